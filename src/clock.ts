/**
 * Time, injected. Nothing else in nightshift may read a clock or set a timer.
 *
 * Instants (`now`, `at`) are wall time in epoch milliseconds: they are what a record keeps, so they
 * must mean the same after a restart. Lengths (`monotonic`, `after`) run on monotonic time: a step
 * that may take 30 s may take 30 s whatever somebody does to the system clock.
 *
 * Two things about Node's timers are hidden here. A delay over 2^31-1 ms fires at once, so long
 * waits are cut into pieces. And timers stand still while a machine sleeps, so a wait for an
 * instant looks at the wall clock again at least every 30 s.
 */
import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';

export interface Clock {
  /** The present instant, in epoch milliseconds. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back. */
  monotonic(): number;
  /**
   * Milliseconds since the machine started, those in which it slept included; never goes back, whoever sets the clock. In whole
   * seconds on some systems.
   */
  sinceBoot(): number;
  /** Calls back once the wall clock has reached `instant`, never in the same turn. Returns a function that cancels. */
  at(instant: number, callback: () => void): Cancel;
  /** Calls back after `ms` milliseconds of monotonic time, never in the same turn. Returns a function that cancels. */
  after(ms: number, callback: () => void): Cancel;
}

export type Cancel = () => void;

const longestTimerMs = 2 ** 31 - 1;
const wallCheckMs = 30_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sinceBoot: () => uptime() * 1_000,
  at: (instant, callback) => wait(() => instant - Date.now(), wallCheckMs, callback),
  after(ms, callback) {
    const deadline = performance.now() + ms;
    return wait(() => deadline - performance.now(), longestTimerMs, callback);
  },
};

/** As {@link Clock.after}, and keeps no process alive that has nothing else to wait for. */
export function afterUnlessOver(ms: number, callback: () => void): Cancel {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
}

/** The monotonic clock as every program of this machine reads it (CLOCK_MONOTONIC), in microseconds. */
export function machineMicroseconds(): bigint {
  return process.hrtime.bigint() / 1_000n;
}

/** Sleeps in pieces of at most `pieceMs` until `remainingMs()` is used up. */
function wait(remainingMs: () => number, pieceMs: number, callback: () => void): Cancel {
  let timer: NodeJS.Timeout;
  const sleep = () => {
    const ms = Math.min(Math.max(Math.ceil(remainingMs()), 0), pieceMs);
    timer = setTimeout(() => (remainingMs() > 0 ? sleep() : callback()), ms);
  };
  sleep();
  return () => clearTimeout(timer);
}
