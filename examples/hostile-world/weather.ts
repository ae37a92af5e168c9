/**
 * Weather: what a service does with a request today. A seed decides it, for each service on its own, so that who else is
 * called does not change it.
 */
import { hash } from 'node:crypto';
import { type Random, seededRandom } from '../../src/random.ts';
import { scaled } from './scale.ts';

/**
 * `outage`: 503 for minutes on end. `silence`: no answer for longer than anybody waits. `reset before`, `reset after`: the
 * connection is cut, before the work is done or after it. `empty`: 200 and nothing in it. `garbage`: 200 and a web page of somebody
 * else's. `cut short`: 200 and half of the answer. `drip`: all of it, a few bytes at a time. `bug`: a single 500. `rejected`: the token is
 * taken back before its time.
 */
export type Mood = (typeof faults)[number] | 'well' | 'outage';

const faults = [
  'silence',
  'reset before',
  'reset after',
  'empty',
  'garbage',
  'cut short',
  'drip',
  'bug',
  'rejected',
] as const;

/** Of a hundred requests outside of an outage, so many meet with a fault. */
const faultPercent = 16;

interface Outage {
  from: number;
  to: number;
}

/** The weather at one service. */
export class Weather {
  readonly #random: Random;
  readonly #frail: boolean;
  #outage: Outage;
  #calm = false;

  /**
   * @param startAt epoch ms
   * @param frail its outages take hours instead of minutes
   */
  constructor(seed: number, service: string, startAt: number, frail: boolean) {
    this.#frail = frail;
    this.#random = seededRandom(seed ^ Number.parseInt(hash('sha256', service).slice(0, 8), 16));
    this.#outage = this.#next(startAt);
  }

  /** @param at epoch ms, not before the last one that was asked about */
  mood(at: number): Mood {
    while (at >= this.#outage.to) this.#outage = this.#next(this.#outage.to);
    const dice = this.#random() * 100;
    if (this.#calm) return 'well';
    if (at >= this.#outage.from) return 'outage';
    const fault = Math.floor((dice / faultPercent) * faults.length);
    return faults[fault] ?? 'well';
  }

  /** From now on all is well. */
  calm() {
    this.#calm = true;
  }

  /** An outage of 5 to 20 minutes, half an hour to two hours after the last one; of what is frail, up to an hour, soon after it. */
  #next(after: number): Outage {
    const [soonest, longest] = this.#frail ? (['15m', '1h'] as const) : (['30m', '20m'] as const);
    const from = after + scaled(soonest) + this.#random() * 3 * scaled(soonest);
    const shortest = scaled('5m');
    return { from, to: from + shortest + this.#random() * (scaled(longest) - shortest) };
  }
}
