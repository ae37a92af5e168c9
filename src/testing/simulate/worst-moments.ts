/**
 * The ten worst moments. One is told in full only once it is known to be among them.
 */
import type { Moment } from './report.ts';

const kept = 10;

export class WorstMoments {
  readonly #moments: { badness: number; moment: Moment }[] = [];

  /** What is no worse than this is not kept. */
  get threshold(): number {
    return this.#moments.length < kept ? 0 : (this.#moments.at(-1)?.badness ?? 0);
  }

  /** @param badness compared with the others'; Infinity for a violation */
  add(badness: number, tell: () => Moment): void {
    if (badness <= this.threshold && this.#moments.length >= kept) return;
    const place = this.#moments.findIndex((other) => other.badness < badness);
    this.#moments.splice(place === -1 ? this.#moments.length : place, 0, { badness, moment: tell() });
    if (this.#moments.length > kept) this.#moments.pop();
  }

  all(): Moment[] {
    return this.#moments.map(({ moment }) => moment);
  }
}
