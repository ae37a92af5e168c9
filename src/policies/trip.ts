/**
 * When a breaker opens: decided from the outcomes of the latest calls.
 *
 * The window is a text, one letter to a call, the oldest first: `s` succeeded, `f` failed, in capitals when
 * the call was slow. A full window of fast successes stays the same text when one more comes, so a healthy
 * service costs no writes.
 *
 * @see resilience4j, "CircuitBreaker", count-based sliding window; our defaults are smaller, because a job that
 *   runs twice an hour would never fill a window of 100
 */
import type { BreakerSettings } from './settings.ts';

export interface CallOutcome {
  failed: boolean;
  /** Milliseconds the call took. */
  durationMs: number;
}

/** The window after one more call. */
export function withOutcome(recent: string, { failed, durationMs }: CallOutcome, settings: BreakerSettings): string {
  const slow = settings.slowCallMs !== null && durationMs >= settings.slowCallMs;
  const letter = failed ? 'f' : 's';
  const size = Math.max(settings.of, settings.failures);
  return (recent + (slow ? letter.toUpperCase() : letter)).slice(-size);
}

/** Why the breaker has to open on this window; undefined when it stays closed. */
export function tripReason(recent: string, settings: BreakerSettings): string | undefined {
  const inARow = recent.length - recent.replace(/f+$/i, '').length;
  if (inARow >= settings.failures) return `${inARow} failures in a row`;
  const window = recent.slice(-settings.of);
  if (window.length < settings.atLeast) return undefined;
  const failed = count(window, /f/gi);
  if (failed / window.length >= settings.rate) return `${failed} of the last ${window.length} calls failed`;
  const slow = count(window, /[SF]/g);
  if (settings.slowCallMs !== null && slow / window.length >= settings.slowRate) {
    return `${slow} of the last ${window.length} calls took ${settings.slowCallMs} ms or more`;
  }
  return undefined;
}

function count(window: string, letter: RegExp) {
  return window.match(letter)?.length ?? 0;
}
