/**
 * Spells: times in which something is not as it ought to be, as an outage, one after the other.
 *
 * Each is worked out when it is asked for, from the seed and the name alone: whoever asks more often gets the same.
 */
import type { Random } from '../../random.ts';
import { streamOf } from './chance.ts';

/** How often something comes over one, and for how long: means of exponential distributions, in milliseconds. */
export interface SpellRate {
  everyMs: number;
  lastsMs: number;
}

export interface Spell {
  /** Counts the spells of this kind, from 0. */
  number: number;
  /** Epoch ms. */
  from: number;
  /** Epoch ms: it is over by then. */
  to: number;
}

/** A spell lasts for at least a tenth of what is usual, and at most for four times that. */
const extremes = { least: 0.1, most: 4 };

export class Spells {
  readonly #rate: SpellRate;
  readonly #random: Random;
  #present: Spell;

  /** @param startAt when the first wait begins, epoch ms */
  constructor(seed: number, name: string, rate: SpellRate, startAt: number) {
    this.#rate = rate;
    this.#random = streamOf(seed, name);
    this.#present = this.#after(startAt, 0);
  }

  /** The spell at an instant, or the next one after it. Instants are asked for in order. */
  at(instant: number): Spell {
    while (this.#present.to <= instant) this.#present = this.#after(this.#present.to, this.#present.number + 1);
    return this.#present;
  }

  /** The spell in which an instant is; undefined when it is in none. Instants are asked for in order. */
  during(instant: number): Spell | undefined {
    const spell = this.at(instant);
    return spell.from <= instant ? spell : undefined;
  }

  #after(instant: number, number: number): Spell {
    const { everyMs, lastsMs } = this.#rate;
    const from = instant + 1 + Math.round(exponential(everyMs, this.#random()));
    const usual = exponential(lastsMs, this.#random());
    const length = Math.min(Math.max(usual, lastsMs * extremes.least), lastsMs * extremes.most);
    return { number, from, to: from + Math.max(1, Math.round(length)) };
  }
}

/** Instants at which something happens, one after the other: the exponential distribution's. */
export class Moments {
  readonly #everyMs: number;
  readonly #random: Random;
  #next: number;
  #number = 0;

  /** @param startAt when the first wait begins, epoch ms */
  constructor(seed: number, name: string, everyMs: number, startAt: number) {
    this.#everyMs = everyMs;
    this.#random = streamOf(seed, name);
    this.#next = startAt;
    this.#draw();
  }

  /** Epoch ms. */
  get next(): number {
    return this.#next;
  }

  /** Goes on to the one after it. @returns which one this was, from 0 */
  take(): number {
    this.#draw();
    this.#number += 1;
    return this.#number - 1;
  }

  /** Goes on past what would have come while nobody was there. @param instant epoch ms */
  passTo(instant: number): void {
    while (this.#next < instant) this.take();
  }

  #draw(): void {
    this.#next += 1 + Math.round(exponential(this.#everyMs, this.#random()));
  }
}

function exponential(mean: number, random: number): number {
  return -mean * Math.log(1 - random);
}
