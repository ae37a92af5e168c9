/**
 * Chance by opportunity: whether something happens is a hash of the seed, of what it would happen to, and of how often that has
 * been asked for before.
 *
 * No opportunity draws from a stream that another one draws from, so that leaving one fault out moves none of the others.
 */
import { type Random, seededRandom } from '../../random.ts';

/**
 * The number of what something happens to, for {@link chanceOf}.
 *
 * @see Glenn Fowler, Landon Curt Noll, Phong Vo, FNV-1a
 */
export function subject(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let place = 0; place < name.length; place++) hash = Math.imul(hash ^ name.charCodeAt(place), 0x01000193);
  return mixed(hash);
}

/** A number in [0, 1) for the nth opportunity of a subject. */
export function chanceOf(subject: number, nth: number): number {
  return mixed(subject ^ Math.imul(nth, 0x9e3779b1)) / 2 ** 32;
}

/** A stream of its own for what comes one after the other, as outages do. */
export function streamOf(seed: number, name: string): Random {
  return seededRandom(subject(seed, name));
}

/** @see Austin Appleby, the finalizer of MurmurHash3 */
function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
