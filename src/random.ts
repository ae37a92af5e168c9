/**
 * Chance, injected. Nothing else in nightshift may roll dice, so that a seed reproduces every run.
 */

/** Answers a number in [0, 1), as `Math.random` does. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();

/**
 * A reproducible source: the same seed gives the same numbers on every machine.
 *
 * @param seed any 32-bit integer
 * @see Tommy Ettinger, "Mulberry32", public domain, 2017
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
