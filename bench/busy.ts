/**
 * Keeps engines busy: each is triggered again as soon as its run is durably over.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EmbeddedHost } from '../src/actors/embedded-host.ts';
import { systemClock } from '../src/clock.ts';
import type { Address } from '../src/stream.ts';

export interface Busy {
  runsPerSecond: number;
  transitionsPerSecond: number;
  /** From the trigger to the durable success, in milliseconds. */
  latencyMs: { p50: number; p95: number; p99: number };
  /** How long one turn of the event loop took, in milliseconds, sampled every millisecond. */
  loopDelayMs: { p50: number; p99: number; max: number };
  /** Processor time of one run, in milliseconds. */
  cpuMsPerRun: number;
}

/**
 * @param addresses each of them has one run at a time
 * @param warmUpMs comes first and is not counted
 */
export async function keepBusy(
  host: EmbeddedHost,
  addresses: readonly Address[],
  { warmUpMs, measuredMs }: { warmUpMs: number; measuredMs: number },
): Promise<Busy> {
  const over = new Map<Address, () => void>();
  let transitions = 0;
  const endWatching = host.inspect({
    transition({ address, event }) {
      transitions += 1;
      if (event.type === 'xstate.done.actor.run') over.get(address)?.();
    },
  });
  let latencies: number[] = [];
  let busy = true;
  const loops = addresses.map(async (address) => {
    while (busy) {
      const begunAt = systemClock.monotonic();
      const ended = new Promise<void>((resolve) => over.set(address, resolve));
      await host.send(address, { type: 'engine.trigger' });
      await ended;
      latencies.push(systemClock.monotonic() - begunAt);
    }
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });

  await pause(warmUpMs);
  latencies = [];
  transitions = 0;
  delay.enable();
  const cpuBefore = process.cpuUsage();
  const startedAt = systemClock.monotonic();
  await pause(measuredMs);
  const seconds = (systemClock.monotonic() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  delay.disable();
  const [runs, seen] = [latencies.toSorted((a, b) => a - b), transitions];
  busy = false;
  await Promise.all(loops);
  endWatching();

  return {
    runsPerSecond: runs.length / seconds,
    transitionsPerSecond: seen / seconds,
    latencyMs: { p50: quantile(runs, 0.5), p95: quantile(runs, 0.95), p99: quantile(runs, 0.99) },
    loopDelayMs: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
    cpuMsPerRun: (cpu.user + cpu.system) / 1000 / runs.length,
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(Math.floor(sorted.length * q), sorted.length - 1)] ?? Number.NaN;
}
