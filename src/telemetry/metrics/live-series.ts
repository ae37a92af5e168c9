/**
 * What is counted for as long as the process lives, twice: since the last `take`, and, for Prometheus, since the process began.
 *
 * A subject has all its room from its first length on, in both: nothing grows with the hours, nor at the change of one.
 */
import { LengthCounter } from '../../policies/histogram.ts';
import { bucketScale } from './buckets.ts';
import { Places, Series, type Subject } from './series.ts';
import { add, addTally, type Length, type Tally } from './tally.ts';

interface Live {
  /** All but its lengths. */
  tally: Tally;
  lengths: Partial<Record<Length, LengthCounter>>;
}

export class LiveSeries {
  readonly #places = new Places();
  readonly #present = new Map<Subject, Live>();
  readonly #total = new Map<Subject, Live>();

  /** @param change counts anything but a length; it is called for each of the two tallies */
  count(subject: Subject, change: (tally: Tally) => void): void {
    for (const live of this.#both(subject)) change(live.tally);
  }

  /** @param ms what is no length counts as 0 */
  countLength(subject: Subject, what: Length, ms: number): void {
    const [present, total] = this.#both(subject);
    present.lengths[what] ??= new LengthCounter();
    present.lengths[what].count(ms);
    total.lengths[what] ??= new LengthCounter(bucketScale);
    total.lengths[what].count(ms);
  }

  /** A success or a failure, and how long it took. */
  ended(subject: Subject, result: 'success' | 'failure', durationMs: number | undefined): void {
    this.count(subject, (tally) => add(tally, result, 1));
    if (durationMs !== undefined) this.countLength(subject, 'duration', durationMs);
  }

  /** What was counted since the last time. */
  take(): Series {
    const taken = this.present();
    for (const live of this.#present.values()) {
      live.tally = {};
      for (const counter of Object.values(live.lengths)) counter.clear();
    }
    return taken;
  }

  /** What was counted since the last `take`. */
  present(): Series {
    return this.#copy(this.#present);
  }

  /** What was counted since the process began; lengths as exactly as Prometheus' buckets tell them. */
  total(): Series {
    return this.#copy(this.#total);
  }

  #both(subject: Subject): [Live, Live] {
    const placed = this.#places.of(subject);
    return [liveIn(this.#present, placed), liveIn(this.#total, placed)];
  }

  #copy(live: ReadonlyMap<Subject, Live>): Series {
    const series = new Series(this.#places);
    for (const [subject, { tally, lengths }] of live) {
      const read = Object.entries(lengths).flatMap(([what, counter]) => {
        const histogram = counter.read();
        return histogram ? [[what, histogram] as const] : [];
      });
      addTally(series.of(subject), { ...tally, lengths: Object.fromEntries(read) });
    }
    return series;
  }
}

function liveIn(all: Map<Subject, Live>, subject: Subject): Live {
  let live = all.get(subject);
  if (!live) {
    live = { tally: {}, lengths: {} };
    all.set(subject, live);
  }
  return live;
}
