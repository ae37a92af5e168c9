/**
 * Reads metrics: what was counted of everybody in a length of time, and of one subject hour by hour or day by day.
 */
import { type MetricRow, metricRows, type Span, subjectRows } from '../../persistence/metric-rows.ts';
import type { RowSource } from '../../persistence/row-pages.ts';
import { addTally, type Tally } from './tally.ts';

/** What was counted from one instant up to another, epoch ms. */
export interface Counts {
  from: number;
  to: number;
  /** By subject. */
  tallies: Map<string, Tally>;
}

/** A row that cannot be read counts nothing: it is no reason to show nothing else. */
export function parsedTally(json: string): Tally {
  try {
    const tally = JSON.parse(json) as unknown;
    return typeof tally === 'object' && tally !== null ? tally : {};
  } catch {
    return {};
  }
}

/** Of the hours that began from one instant up to, but without, another (epoch ms). */
export async function countsBetween(source: RowSource, from: number, to: number): Promise<Counts> {
  const tallies = new Map<string, Tally>();
  for await (const { subject, json } of metricRows(source, 'hour', from, to)) {
    addTo(tallies, subject, parsedTally(json));
  }
  return { from, to, tallies };
}

/** With what is not on the disk yet. */
export function withPresent(counts: Counts, present: Iterable<readonly [string, Tally]>): Counts {
  const tallies = new Map(counts.tallies);
  for (const [subject, tally] of present) {
    const sum: Tally = {};
    addTally(sum, tallies.get(subject) ?? {});
    addTally(sum, tally);
    tallies.set(subject, sum);
  }
  return { ...counts, tallies };
}

export interface Point {
  /** When the hour or the day began, epoch ms. */
  at: number;
  tally: Tally;
}

/** One subject's past. Hours and days in which nothing was counted are left out. */
export async function pointsOf(
  source: RowSource,
  span: Span,
  subject: string,
  ats: readonly number[],
): Promise<Point[]> {
  const rows = await subjectRows(source, span, ats, subject);
  return rows.map(({ at, json }: MetricRow) => ({ at, tally: parsedTally(json) }));
}

function addTo(tallies: Map<string, Tally>, subject: string, tally: Tally) {
  const known = tallies.get(subject);
  if (known) addTally(known, tally);
  else tallies.set(subject, tally);
}
