/**
 * Accounts of due times: which of them nobody has settled yet.
 *
 * They are kept outside of the runtime, from the schedule and from what the run ledger was told, so that they can say when the
 * ledger and the schedule do not agree. What is settled is forgotten: an account is as small after a year as after an hour.
 */
import { lastDue, nextDue, type Schedule } from '../../policies/schedule.ts';

export interface DueAccount {
  /** Settles a range, both ends included. @returns what is wrong with it, in words; undefined when nothing is */
  settle(from: number, to: number): string | undefined;
  /**
   * The first unsettled due time before an instant, besides the one that is held by a run.
   *
   * @param before epoch ms
   * @param held epoch ms; undefined for none
   */
  lost(before: number, held: number | undefined): number | undefined;
}

interface Range {
  from: number;
  to: number;
}

/** The due times of a schedule that goes on for ever. */
export class PlannedDues implements DueAccount {
  readonly anchorAt: number;
  readonly #schedule: Schedule;
  /** In order. Both ends of each are due times, and every due time in between is unsettled; the last one has no end. */
  #unsettled: Range[];

  /**
   * @param anchorAt when the engine came into being, epoch ms
   * @param after what is due counts after that instant, epoch ms. Default: from the beginning
   */
  constructor(schedule: Schedule, anchorAt: number, after = schedule.kind === 'every' ? anchorAt - 1 : anchorAt) {
    this.anchorAt = anchorAt;
    this.#schedule = schedule;
    const first = nextDue(schedule, anchorAt, after);
    this.#unsettled = first === null ? [] : [{ from: first, to: Number.POSITIVE_INFINITY }];
  }

  settle(from: number, to: number): string | undefined {
    if (from > to) return 'ends before it begins';
    const place = this.#unsettled.findIndex((range) => range.from <= from && from <= range.to);
    const range = this.#unsettled[place];
    if (!range) return this.#isDue(from) ? 'was settled before' : 'is no due time';
    if (from !== range.from && !this.#isDue(from)) return 'is no due time';
    if (to > range.to) return 'covers a due time that was settled before';
    if (to !== from && to !== range.to && !this.#isDue(to)) return 'ends at what is no due time';
    this.#unsettled.splice(place, 1, ...this.#before(range, from), ...this.#after(range, to));
    return undefined;
  }

  lost(before: number, held: number | undefined): number | undefined {
    for (let place = 0; place < this.#unsettled.length; place++) {
      const range = this.#unsettled[place] as Range;
      if (range.from >= before) return undefined;
      if (range.from !== held) return range.from;
      // Apart from the others from now on, it costs nothing to look again.
      if (range.to !== held) this.#unsettled.splice(place, 1, { from: held, to: held }, ...this.#after(range, held));
    }
    return undefined;
  }

  #isDue(at: number): boolean {
    return nextDue(this.#schedule, this.anchorAt, at - 1) === at;
  }

  #before(range: Range, from: number): Range[] {
    const to = range.from < from ? lastDue(this.#schedule, this.anchorAt, range.from, from - 1) : null;
    return to === null ? [] : [{ from: range.from, to }];
  }

  #after(range: Range, to: number): Range[] {
    const from = to < range.to ? nextDue(this.#schedule, this.anchorAt, to) : null;
    return from === null ? [] : [{ from, to: range.to }];
  }
}

/** The due times of an engine that runs after another one: they are not known before they come. */
export class FollowedDues implements DueAccount {
  readonly #unsettled = new Set<number>();
  /** What came while the engine was given up: it may be settled, and need not be. */
  readonly #excused = new Set<number>();

  /** @param at when the other engine succeeded, epoch ms */
  add(at: number, { isExcused }: { isExcused: boolean }): void {
    (isExcused ? this.#excused : this.#unsettled).add(at);
  }

  settle(from: number, to: number): string | undefined {
    if (from > to) return 'ends before it begins';
    for (const end of [from, to]) {
      if (!this.#unsettled.has(end) && !this.#excused.has(end)) return 'is no success that nobody has settled';
    }
    for (const dues of [this.#unsettled, this.#excused]) {
      for (const due of dues) if (due >= from && due <= to) dues.delete(due);
    }
    return undefined;
  }

  lost(before: number, held: number | undefined): number | undefined {
    for (const due of this.#unsettled) if (due < before && due !== held) return due;
    return undefined;
  }
}
