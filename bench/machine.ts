/**
 * What the numbers were taken on. The same code is twice as fast on a machine that nobody else uses, so the
 * facts include how fast this one was at the time.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { cpus, loadavg, setPriority, totalmem } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import { median } from './median.ts';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  node: string;
  sqlite: string;
  /** Median of 4 KB overwritten in place and synced, in milliseconds. Node's SQLite calls `fsync`. */
  fdatasyncMs: number;
  fsyncMs: number;
  /** Median time to write a typical record as JSON, in microseconds: how fast the processor is just now. */
  jsonUs: number;
}

/** @param folder on the disk that is measured */
export function machineFacts(folder: string): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    sqlite: process.versions.sqlite ?? 'unknown',
    fdatasyncMs: syncMs(folder, fdatasyncSync),
    fsyncMs: syncMs(folder, fsyncSync),
    jsonUs: jsonUs(),
  };
}

/**
 * Takes the highest priority, which the processes to come inherit: other work on the machine would otherwise be measured as well.
 *
 * @returns whether it was given: it is for root only
 */
export function takePriority(): boolean {
  try {
    setPriority(highestPriority);
    return true;
  } catch {
    return false;
  }
}

const highestPriority = -20;

/** How much of the machine others had, between two calls: shares of the processors' time. */
export function othersSince(): () => { stolen: number; load: number } {
  const before = processorTimes();
  return () => {
    const times = processorTimes().map((time, n) => time - (before[n] ?? 0));
    const all = times.reduce((sum, time) => sum + time, 0);
    return { stolen: (times[stealColumn] ?? 0) / (all || 1), load: loadavg()[0] ?? 0 };
  };
}

/** In `/proc/stat`, see proc(5): time that the hypervisor gave to others. */
const stealColumn = 7;

function processorTimes(): number[] {
  try {
    const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    return first.trim().split(/\s+/).slice(1, 9).map(Number);
  } catch {
    // Only Linux has it; elsewhere nothing is known to be stolen.
    return [];
  }
}

function syncMs(folder: string, sync: (file: number) => void): number {
  const [blocks, bytes] = [200, 4096];
  const file = openSync(join(folder, 'sync'), 'w');
  writeSync(file, Buffer.alloc(blocks * bytes));
  fsyncSync(file);
  const took: number[] = [];
  for (let n = 0; n < blocks; n++) {
    writeSync(file, Buffer.alloc(bytes, n + 1), 0, bytes, n * bytes);
    const before = systemClock.monotonic();
    sync(file);
    took.push(systemClock.monotonic() - before);
  }
  closeSync(file);
  return median(took);
}

function jsonUs(): number {
  const steps = { find: { items: ['one', 'two'] }, render: 'two items', publish: { published: 'two items' } };
  const run = { id: 'job.1', trigger: 'schedule', dueAt: 1_767_225_600_000, attempt: 1, steps, begun: [], skipped: [] };
  const record = { machine: 'engine', version: 1, state: { value: 'running', context: { run, lastGood: run } } };
  const took: number[] = [];
  for (let round = 0; round < 50; round++) {
    const before = systemClock.monotonic();
    for (let n = 0; n < 1_000; n++) JSON.stringify(record);
    took.push(systemClock.monotonic() - before);
  }
  return median(took);
}
