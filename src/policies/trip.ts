/**
 * When a breaker opens: decided from the outcomes of the latest calls.
 *
 * The latest calls are a text, one letter to a call, the oldest first: `s` succeeded, `f` failed, in capitals when
 * the call was slow. A full text of fast successes stays the same when one more comes, so a healthy service costs no writes.
 * Shares over a length of time need numbers instead: a tally, in tenths of that time. Nothing is written for its sake
 * alone; what a crash takes from it are successes since the last failure.
 *
 * @see resilience4j, "CircuitBreaker", count-based and time-based sliding window; our defaults are smaller, because a job
 *   that runs twice an hour would never fill a window of 100
 */
import { formatDuration } from './duration.ts';
import type { BreakerSettings } from './settings.ts';

export interface CallOutcome {
  failed: boolean;
  /** Milliseconds the call took. */
  durationMs: number;
  /** Epoch ms. */
  at: number;
}

/** Calls of one tenth of the window, counted from the epoch in such tenths; the oldest first. */
export type Tally = { slice: number; calls: number; failed: number; slow: number }[];

const slices = 10;
const noTally: Tally = [];

/** The latest calls after one more. */
export function withOutcome(recent: string, outcome: CallOutcome, settings: BreakerSettings): string {
  const letter = outcome.failed ? 'f' : 's';
  const size = settings.withinMs === null ? Math.max(settings.of, settings.failures) : settings.failures;
  return (recent + (isSlow(outcome, settings) ? letter.toUpperCase() : letter)).slice(-size);
}

/** The latest calls without the last that succeeded: it failed after all. */
export function withoutSuccess(recent: string, tally: Tally): { recent: string; tally: Tally } {
  const last = Math.max(recent.lastIndexOf('s'), recent.lastIndexOf('S'));
  const counted = tally.findLastIndex(({ calls, failed }) => calls > failed);
  return {
    recent: last < 0 ? recent : recent.slice(0, last) + recent.slice(last + 1),
    tally: tally.map((slice, n) => (n === counted ? { ...slice, calls: slice.calls - 1 } : slice)),
  };
}

/** The tally after one more call; empty where shares are taken over a number of calls. */
export function tallied(tally: Tally, outcome: CallOutcome, settings: BreakerSettings): Tally {
  if (settings.withinMs === null) return noTally;
  const slice = Math.floor((outcome.at * slices) / settings.withinMs);
  const counting = tally.filter((each) => each.slice > slice - slices && each.slice <= slice);
  const last = counting.at(-1);
  const now = last?.slice === slice ? last : { slice, calls: 0, failed: 0, slow: 0 };
  return [
    ...counting.filter((each) => each !== now),
    {
      slice,
      calls: now.calls + 1,
      failed: now.failed + (outcome.failed ? 1 : 0),
      slow: now.slow + (isSlow(outcome, settings) ? 1 : 0),
    },
  ];
}

/** Why the breaker has to open on these calls; undefined when it stays closed. */
export function tripReason(recent: string, tally: Tally, settings: BreakerSettings): string | undefined {
  const inARow = recent.length - recent.replace(/f+$/i, '').length;
  if (inARow >= settings.failures) return `${inARow} failures in a row`;
  const { calls, failed, slow } = settings.withinMs === null ? lettersOf(recent, settings.of) : sumOf(tally);
  if (calls < settings.atLeast) return undefined;
  const which =
    settings.withinMs === null
      ? `the last ${calls} calls`
      : `the ${calls} calls within ${formatDuration(settings.withinMs)}`;
  if (failed / calls >= settings.rate) return `${failed} of ${which} failed`;
  if (settings.slowCallMs !== null && slow / calls >= settings.slowRate) {
    return `${slow} of ${which} took ${settings.slowCallMs} ms or more`;
  }
  return undefined;
}

interface Sum {
  calls: number;
  failed: number;
  slow: number;
}

function lettersOf(recent: string, of: number): Sum {
  const window = recent.slice(-of);
  return { calls: window.length, failed: count(window, /f/gi), slow: count(window, /[SF]/g) };
}

function sumOf(tally: Tally): Sum {
  return tally.reduce(
    (sum, each) => ({ calls: sum.calls + each.calls, failed: sum.failed + each.failed, slow: sum.slow + each.slow }),
    { calls: 0, failed: 0, slow: 0 },
  );
}

/** Whether a call counts as slow. */
export function isSlow({ durationMs }: CallOutcome, { slowCallMs }: BreakerSettings): boolean {
  return slowCallMs !== null && durationMs >= slowCallMs;
}

function count(window: string, letter: RegExp) {
  return window.match(letter)?.length ?? 0;
}
