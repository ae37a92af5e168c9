/**
 * What happened when, in some sixty parts of the time.
 */
import type { Bucket, SimulationReport } from './report.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const partsMax = 60;
/** Lengths that a person can name. */
const lengths = [
  hourMs,
  2 * hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  dayMs,
  2 * dayMs,
  7 * dayMs,
  14 * dayMs,
  28 * dayMs,
];

export class Timeline {
  readonly #from: number;
  readonly #bucketMs: number;
  readonly #buckets: Bucket[];

  /** @param from epoch ms @param to epoch ms */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#bucketMs = lengths.find((length) => (to - from) / length <= partsMax) ?? Math.ceil((to - from) / partsMax);
    const count = Math.max(1, Math.ceil((to - from) / this.#bucketMs));
    this.#buckets = Array.from({ length: count }, nothing);
  }

  /** What comes after the end is left out. @param at epoch ms */
  add(at: number, what: keyof Bucket, times = 1): void {
    const bucket = this.#buckets[Math.floor((at - this.#from) / this.#bucketMs)];
    if (bucket) bucket[what] += times;
  }

  all(): SimulationReport['timeline'] {
    return { bucketMs: this.#bucketMs, buckets: this.#buckets };
  }
}

function nothing(): Bucket {
  return {
    ran: 0,
    late: 0,
    failed: 0,
    unserved: 0,
    crashes: 0,
    alerts: 0,
    interventions: 0,
    wasted: 0,
    offences: 0,
  };
}
