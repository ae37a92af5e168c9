/**
 * `resources`: looks every minute at the memory of the process, the delay of its event loop and the free space
 * of the data folder's disk. Past a threshold its run is held, says what to do, and looks again until all is well.
 */
import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FunctionEngine, ResourcesConfig } from '../config/config.ts';
import { formatDuration } from '../policies/duration.ts';
import { ClassifiedError } from '../policies/failure.ts';
import { formatSize } from '../policies/size.ts';
import { builtInSettings } from './built-in-settings.ts';

const everyMs = 60_000;

export interface Resources {
  /** Of the process, resident. */
  memoryBytes: number;
  /** The 99th percentile since the last look. */
  eventLoopDelayMs: number;
  diskFreeBytes: number;
}

export function resourcesEngine(limits: ResourcesConfig, dataDir: string): FunctionEngine {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    id: 'resources',
    importance: 'high',
    settings: builtInSettings({ schedule: { kind: 'every', everyMs, offsetMs: 0 } }),
    async run() {
      const { bavail, bsize } = await statfs(dataDir);
      const used: Resources = {
        memoryBytes: process.memoryUsage.rss(),
        eventLoopDelayMs: Math.round(delay.percentile(99) / 1e6),
        diskFreeBytes: bavail * bsize,
      };
      delay.reset();
      const problems = exceeded(used, limits, dataDir);
      if (problems.length === 0) return used;
      throw new ClassifiedError({ class: 'degraded', code: 'RESOURCES_SHORT', message: problems.join(' ') });
    },
  };
}

/** What is past its threshold: found, allowed, and what to do. */
export function exceeded(used: Resources, limits: ResourcesConfig, dataDir: string): string[] {
  const problems: string[] = [];
  if (used.memoryBytes > limits.memoryBytes) {
    problems.push(
      `The process holds ${formatSize(used.memoryBytes)} of memory, allowed are ${formatSize(limits.memoryBytes)}: look for a job that keeps what it reads, or raise builtIn.resources.memory.`,
    );
  }
  if (used.eventLoopDelayMs > limits.eventLoopDelayMs) {
    problems.push(
      `The event loop was held up for ${formatDuration(used.eventLoopDelayMs)}, allowed are ${formatDuration(limits.eventLoopDelayMs)}: move the work that computes into a process of its own, or raise builtIn.resources.eventLoopDelay.`,
    );
  }
  if (used.diskFreeBytes < limits.diskFreeBytes) {
    problems.push(
      `The disk of ${dataDir} has ${formatSize(used.diskFreeBytes)} left, wanted are ${formatSize(limits.diskFreeBytes)}: make room, or lower builtIn.resources.disk.`,
    );
  }
  return problems;
}
