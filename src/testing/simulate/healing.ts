/**
 * How long engines take to get well: from the end of what hit one to its next success.
 */
import { median, quantile } from './quantile.ts';
import type { Healing } from './report.ts';

export class HealingMeter {
  /** By fault: when the latest hit was over, by engine. */
  readonly #open = new Map<string, Map<string, number>>();
  readonly #took = new Map<string, number[]>();

  /** @param overAt when what hit it is over, epoch ms */
  hit(engine: string, fault: string, overAt: number): void {
    const hits = this.#open.get(engine) ?? new Map<string, number>();
    this.#open.set(engine, hits);
    hits.set(fault, Math.max(overAt, hits.get(fault) ?? 0));
  }

  /** @param at epoch ms */
  succeeded(engine: string, at: number): void {
    const hits = this.#open.get(engine);
    if (!hits || hits.size === 0) return;
    for (const [fault, overAt] of hits) {
      const took = this.#took.get(fault) ?? [];
      // Who succeeds before it is over has done without.
      took.push(Math.max(0, at - overAt));
      this.#took.set(fault, took);
    }
    hits.clear();
  }

  /** The slowest to heal first. */
  all(): Healing[] {
    const unhealed = new Map<string, number>();
    for (const hits of this.#open.values()) {
      for (const fault of hits.keys()) unhealed.set(fault, (unhealed.get(fault) ?? 0) + 1);
    }
    const faults = [...new Set([...this.#took.keys(), ...unhealed.keys()])];
    return faults
      .map((fault) => {
        const took = (this.#took.get(fault) ?? []).toSorted((one, other) => one - other);
        const open = unhealed.get(fault) ?? 0;
        return {
          fault,
          hits: took.length + open,
          medianMs: median(took),
          p95Ms: quantile(took, 0.95),
          worstMs: took.at(-1) ?? 0,
          unhealed: open,
        };
      })
      .sort(
        (one, other) =>
          other.unhealed - one.unhealed || other.worstMs - one.worstMs || (one.fault < other.fault ? -1 : 1),
      );
  }
}
