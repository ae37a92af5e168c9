/**
 * Programs of the system, run one after the other.
 */
import { shellQuoted } from '../policies/shell-quoted.ts';

/** How a program ended, and what it said. */
export interface Ended {
  /** Null when there is no such program, or a signal ended it. */
  code: number | null;
  isMissing: boolean;
  out: string;
  err: string;
}

export type Words = readonly [string, ...string[]];
export type RunProgram = (words: Words) => Promise<Ended>;

/** On this machine, without a shell. */
export const runProgram: RunProgram = async ([program, ...args]) => {
  const { execa } = await import('execa');
  const { exitCode, code, stdout, stderr } = await execa(program, args, { reject: false, stdin: 'ignore' });
  return { code: exitCode ?? null, isMissing: code === 'ENOENT', out: stdout, err: stderr };
};

/** As one would type it. */
export function shellLine(words: Words): string {
  return words.map(shellQuoted).join(' ');
}
