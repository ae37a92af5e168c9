/**
 * What the process says of itself, once a minute: memory, processor time, the delay of its event loop, and the room on the disk.
 */
import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../clock.ts';

export interface ProcessSample {
  /** Resident. */
  memoryBytes: number;
  /** Of all threads, since the last sample. */
  cpuMs: number;
  /** Since the last sample. */
  watchedMs: number;
  /** The 99th percentile since the last sample. */
  loopDelayMs: number;
  /** Of the data folder's disk; undefined when that cannot be asked. */
  diskFreeBytes: number | undefined;
}

const everyMs = 60_000;

/** @returns a function that ends it */
export function sampleProcess(
  clock: Pick<Clock, 'after' | 'monotonic'>,
  dataDir: string,
  sampled: (sample: ProcessSample) => void,
): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let cpu = process.cpuUsage();
  let since = clock.monotonic();
  let cancel = clock.after(everyMs, look);
  let ended = false;

  async function look() {
    const diskFreeBytes = await statfs(dataDir).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined,
    );
    if (ended) return;
    const { user, system } = process.cpuUsage(cpu);
    const now = clock.monotonic();
    sampled({
      memoryBytes: process.memoryUsage.rss(),
      cpuMs: (user + system) / 1000,
      watchedMs: now - since,
      loopDelayMs: delay.percentile(99) / 1e6,
      diskFreeBytes,
    });
    delay.reset();
    cpu = process.cpuUsage();
    since = now;
    cancel = clock.after(everyMs, look);
  }

  return () => {
    ended = true;
    delay.disable();
    cancel();
  };
}
