/**
 * What is asked of metrics: everybody's figures in the last day or week, and one subject's past for a chart.
 */
import type { Span } from '../../persistence/metric-rows.ts';
import type { RowSource } from '../../persistence/row-pages.ts';
import { boundsOf, dayAt } from '../../policies/calendar-day.ts';
import { figuresOf, type SubjectFigures, subjectFigures } from './figures.ts';
import { hourMs, hourOf } from './keeper.ts';
import { type Counts, countsBetween, pointsOf, withPresent } from './reading.ts';
import type { Tally } from './tally.ts';

export type Period = 'day' | 'week';

export interface Overview {
  period: Period;
  /** Epoch ms: a whole hour … */
  from: number;
  /** … and the present instant. */
  to: number;
  /** What `before` is in each figure: the seven days up to `from`. */
  before: { from: number; to: number };
  subjects: SubjectFigures[];
}

/** A subject's figures in one hour or day. */
export interface PastPoint extends Pick<SubjectFigures, 'figures' | 'states'> {
  /** When it began, epoch ms. */
  at: number;
}

const weekMs = 168 * hourMs;
const lengthMs: Readonly<Record<Period, number>> = { day: 24 * hourMs, week: weekMs };

/** What was counted and is not on the disk yet; nothing when no service runs. */
export type Present = () => Iterable<readonly [string, Tally]>;

export class Metrics {
  readonly #source: RowSource;
  readonly #present: Present;
  /** What the hours that are over have brought: it is the same until the next one is over. */
  readonly #past = new Map<Period, { from: number; counts: Promise<[Counts, Counts]> }>();

  constructor(source: RowSource, present: Present = () => []) {
    this.#source = source;
    this.#present = present;
  }

  /** @param now epoch ms */
  async overview(period: Period, now: number): Promise<Overview> {
    const from = hourOf(now) + hourMs - lengthMs[period];
    const [past, before] = await this.#counted(period, from, hourOf(now) + hourMs);
    return {
      period,
      from,
      to: now,
      before: { from: before.from, to: before.to },
      subjects: figuresOf(withPresent(past, this.#present()), before),
    };
  }

  /**
   * One subject's past, the oldest first; of hours in which nothing was counted there is no point.
   *
   * @param subject as in `engine/youtube`
   * @param count how many hours or days, up to the present one
   * @param timeZone in which days begin
   * @param now epoch ms
   */
  async past(subject: string, span: Span, count: number, timeZone: string, now: number): Promise<PastPoint[]> {
    const ats = span === 'hour' ? hoursUpTo(now, count) : daysUpTo(timeZone, now, count);
    const points = await pointsOf(this.#source, span, subject, ats);
    return points.map(({ at, tally }) => {
      const { figures, states } = subjectFigures(subject, tally, {}, null);
      return { at, figures, states };
    });
  }

  /** Forgets what it has read: another hour is on the disk. */
  refresh(): void {
    this.#past.clear();
  }

  #counted(period: Period, from: number, to: number): Promise<[Counts, Counts]> {
    const known = this.#past.get(period);
    if (known?.from === from) return known.counts;
    const counts = Promise.all([
      countsBetween(this.#source, from, to),
      countsBetween(this.#source, from - weekMs, from),
    ]) as Promise<[Counts, Counts]>;
    this.#past.set(period, { from, counts });
    // What could not be read is asked for again.
    counts.catch(() => this.#past.delete(period));
    return counts;
  }
}

function hoursUpTo(now: number, count: number): number[] {
  return Array.from({ length: count }, (_, back) => hourOf(now) - (count - 1 - back) * hourMs);
}

function daysUpTo(timeZone: string, now: number, count: number): number[] {
  const days: number[] = [];
  for (let { from } = boundsOf(timeZone, dayAt(timeZone, now)); days.length < count; ) {
    days.unshift(from);
    from = boundsOf(timeZone, dayAt(timeZone, from - 1)).from;
  }
  return days;
}
