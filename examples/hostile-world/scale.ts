/**
 * Time in the hostile world: a hundred times as fast as outside, so that ten minutes show what else takes most of a day.
 */
import { parseDuration } from '../../src/policies/duration.ts';

/**
 * How much faster. Half an hour takes 18 s, a token's hour 36 s, a day 864 s. Where time costs nothing, as in a test of failure
 * paths, `WORLD_SCALE=1` has it go as it does outside.
 */
export const scale = Number(process.env.WORLD_SCALE ?? 100);

/**
 * A length of time as it is in this world.
 *
 * @param length as it would be outside: `'30m'`, `'5s'`
 * @returns whole milliseconds: 18,000, 50
 * @throws {RangeError} for a text that is no length
 */
export function scaled(length: string): number {
  const ms = parseDuration(length);
  if (ms === null) throw new RangeError(`found '${length}', expected a length such as '30m'.`);
  return Math.round(ms / scale);
}
