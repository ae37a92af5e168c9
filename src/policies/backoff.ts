/**
 * Backoff: how long to wait before the next attempt.
 *
 * Every policy starts from the same ceiling, `min(cap, base·2ⁿ)` with n = attempt - 1, and differs in how
 * chance spreads the wait, so that a hundred jobs which failed together do not come back together. What a
 * service asks for (`Retry-After`) is a floor: chance is added to it, never taken from it.
 *
 * @see Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015
 */

/** How chance spreads the waits: see {@link backoffMs}. */
export type Jitter = 'partial' | 'full' | 'equal' | 'decorrelated' | 'none';

/** Plain JSON; lengths in milliseconds. */
export type BackoffPolicy = {
  /** The ceiling of the first wait; it doubles with each attempt. Default 1,000. */
  baseMs: number;
  /** What the ceiling grows to. Jitter of the kind `partial` goes up to half of it above. Default 900,000. */
  capMs: number;
  /** Attempts in all, the first one included. Default 5. */
  tries: number;
  /** Default `partial`. */
  jitter: Jitter;
};

export const defaultBackoff: BackoffPolicy = { baseMs: 1000, capMs: 900_000, tries: 5, jitter: 'partial' };

export interface BackoffBounds {
  /** What the service asks for, in milliseconds; it counts even above the cap. Default 0. */
  floorMs?: number;
  /** The wait before this one, in milliseconds; only `decorrelated` looks at it. At least the base, which is the default. */
  previousMs?: number;
}

/**
 * The wait before the next attempt, with `ceiling = min(cap, base·2^(attempt - 1))`:
 *
 * - `partial`: the ceiling and up to half of it on top, so at most 1.5 times the cap
 * - `full`: anything from zero to the ceiling
 * - `equal`: half of the ceiling and up to as much on top
 * - `decorrelated`: from the base to three times the previous wait, at most the cap
 * - `none`: the ceiling
 *
 * A floor replaces the fixed part when it is larger; the jitter comes on top of either.
 *
 * @param attempt attempts made so far, from 1
 * @param random a number from 0 to 1, passed in so that a seed decides it
 * @returns whole milliseconds
 * @throws {RangeError} when `attempt` is not a positive integer, or `random` is out of bounds
 */
export function backoffMs(
  policy: BackoffPolicy,
  attempt: number,
  random: number,
  { floorMs = 0, previousMs = 0 }: BackoffBounds = {},
): number {
  if (!Number.isInteger(attempt) || attempt < 1) {
    throw new RangeError(`backoff: found attempt ${attempt}, expected a whole number from 1. Count the attempts made.`);
  }
  if (!(random >= 0 && random <= 1)) {
    throw new RangeError(`backoff: found the random number ${random}, expected one from 0 to 1.`);
  }
  const { fixedMs, spreadMs } = parts(policy, attempt, previousMs);
  return Math.ceil(Math.max(fixedMs, floorMs || 0)) + Math.floor(random * spreadMs);
}

/** The part of the wait that is certain, and how much chance may add. */
function parts(
  { baseMs, capMs, jitter }: BackoffPolicy,
  attempt: number,
  previousMs: number,
): { fixedMs: number; spreadMs: number } {
  // 2¹⁰²³ is the largest power that is finite, and a base of zero must stay zero.
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 1023));
  switch (jitter) {
    case 'partial':
      return { fixedMs: ceiling, spreadMs: ceiling / 2 };
    case 'full':
      return { fixedMs: 0, spreadMs: ceiling };
    case 'equal':
      return { fixedMs: ceiling / 2, spreadMs: ceiling / 2 };
    case 'decorrelated': {
      const least = Math.min(baseMs, capMs);
      const most = Math.min(capMs, 3 * Math.max(previousMs, baseMs));
      return { fixedMs: least, spreadMs: most - least };
    }
    case 'none':
      return { fixedMs: ceiling, spreadMs: 0 };
    default:
      return jitter satisfies never;
  }
}
