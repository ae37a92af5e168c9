/**
 * What Linux says of a process.
 */
import { readFileSync } from 'node:fs';

/** Processor time of all its threads so far, in milliseconds. */
export function cpuMs(pid: number): number {
  // The name, in brackets, may hold spaces. See proc(5).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * (1000 / ticksPerSecond);
}

/** `USER_HZ`, which is the same on every architecture that Node runs on. */
const ticksPerSecond = 100;

export interface Memory {
  /** What is its own alone: what the browser's task manager calls its memory footprint. */
  privateMb: number;
  /** The same, with its share of what it has together with others. */
  pssMb: number;
}

export function memoryOf(pid: number): Memory {
  const kb = (file: string, ...names: string[]) => {
    const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
    return names.reduce((sum, name) => sum + Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]), 0);
  };
  return { privateMb: kb('status', 'RssAnon', 'VmSwap') / 1024, pssMb: kb('smaps_rollup', 'Pss') / 1024 };
}
