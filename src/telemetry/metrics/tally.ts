/**
 * A tally: what was counted of one subject in some length of time. Plain JSON; two of one subject are merged by adding them up, so
 * that hours make days, and days make weeks.
 *
 * A subject is an engine (`engine/youtube`), a step of one (`step/youtube/upload`), a service (`service/shop`), a token
 * (`token/google`) or the process (`process/self`).
 */
import { addHistogram, emptyHistogram, type Histogram } from '../../policies/histogram.ts';

export interface Tally {
  /** How often. */
  counts?: Partial<Record<Counted, number>>;
  /** How long. */
  lengths?: Partial<Record<Length, Histogram>>;
  /** How long it stood in a state, ms, by the state's name. States at rest are not counted: they are what is left. */
  states?: Record<string, number>;
  /** The most there was at once. */
  peaks?: Partial<Record<Peak, number>>;
  /** The least. */
  lows?: Partial<Record<Low, number>>;
}

/**
 * `success`, `failure`: ends of runs, ends of steps, calls, refreshes. `attempts`, `late`: of runs. `coalesced`, `skipped`, `missed`:
 * decisions about due times that had no run of their own. `openings`: a breaker that was closed. `incidents`: those opened. `cpuMs`,
 * `watchedMs`: of the process.
 */
export type Counted =
  | 'success'
  | 'failure'
  | 'attempts'
  | 'late'
  | 'coalesced'
  | 'skipped'
  | 'missed'
  | 'openings'
  | 'incidents'
  | 'cpuMs'
  | 'watchedMs';

/** `duration`: of runs from their first attempt, steps and calls, ms. `lag`: from a due time to the begin of its run, ms. */
export type Length = 'duration' | 'lag';

/** `quotaShare`: 1 is all of it. `loopDelayMs`: the worst minute's 99th percentile. */
export type Peak = 'quotaShare' | 'memoryBytes' | 'loopDelayMs';

export type Low = 'diskFreeBytes';

export function add(tally: Tally, what: Counted, more: number): void {
  tally.counts ??= {};
  tally.counts[what] = (tally.counts[what] ?? 0) + more;
}

export function addState(tally: Tally, state: string, ms: number): void {
  if (!(ms > 0)) return;
  tally.states ??= {};
  tally.states[state] = (tally.states[state] ?? 0) + ms;
}

export function addPeak(tally: Tally, what: Peak, value: number): void {
  tally.peaks ??= {};
  tally.peaks[what] = Math.max(tally.peaks[what] ?? value, value);
}

export function addLow(tally: Tally, what: Low, value: number): void {
  tally.lows ??= {};
  tally.lows[what] = Math.min(tally.lows[what] ?? value, value);
}

/** Adds the other to it, in place. */
export function addTally(to: Tally, { counts = {}, lengths = {}, states = {}, peaks = {}, lows = {} }: Tally): void {
  for (const [what, more] of entries(counts)) add(to, what, more);
  for (const [what, more] of entries(lengths)) {
    to.lengths ??= {};
    to.lengths[what] ??= emptyHistogram();
    addHistogram(to.lengths[what], more);
  }
  for (const [state, ms] of Object.entries(states)) addState(to, state, ms);
  for (const [what, value] of entries(peaks)) addPeak(to, what, value);
  for (const [what, value] of entries(lows)) addLow(to, what, value);
}

export function tallyOf(all: Iterable<Tally>): Tally {
  const sum: Tally = {};
  for (const each of all) addTally(sum, each);
  return sum;
}

export function isEmptyTally(tally: Tally): boolean {
  return Object.keys(tally).length === 0;
}

function entries<Name extends string, Value>(of: Partial<Record<Name, Value>>): [Name, Value][] {
  return Object.entries(of) as [Name, Value][];
}
