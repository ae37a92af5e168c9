/**
 * Where metrics are kept: a row for each subject of each hour, and of each day.
 *
 * The time comes first in a key, so that what is old is one range, a period is one range, and one subject's past is a list of
 * keys that are known beforehand.
 */
import { type RowSource, rowPages } from './row-pages.ts';
import type { Write } from './store.ts';
import { lastCharacter } from './store-rows.ts';

export type Span = 'hour' | 'day';

/** A row as it is read. */
export interface MetricRow {
  key: string;
  /** When the hour or the day began, epoch ms. */
  at: number;
  subject: string;
  json: string;
}

/**
 * @param at when it began, epoch ms
 * @param json null to delete it
 */
export function metricRow(span: Span, at: number, subject: string, json: string | null): Write {
  return [`${keyAt(span, at)}:${subject}`, json];
}

/** The rows of hours or days that began from one instant up to, but without, another (epoch ms), the oldest first. */
export async function* metricRows(source: RowSource, span: Span, from: number, to: number): AsyncGenerator<MetricRow> {
  for await (const rows of rowPages(source, keyAt(span, from), keyAt(span, to))) {
    for (const { key, json } of rows) {
      const [, at, subject] = /^metrics:\w+:(\d+):(.*)$/s.exec(key) ?? [];
      if (subject !== undefined) yield { key, at: Number(at), subject, json };
    }
  }
}

/** The rows of one subject, of hours or days that began at these instants (epoch ms); those that are not there are left out. */
export async function subjectRows(
  source: RowSource,
  span: Span,
  ats: readonly number[],
  subject: string,
): Promise<MetricRow[]> {
  const found: MetricRow[] = [];
  for (const at of ats) {
    const key = `${keyAt(span, at)}:${subject}`;
    const [row] = await source.range(key, `${key}\0`, 1);
    if (row) found.push({ key, at, subject, json: row.json });
  }
  return found;
}

/** When the newest day began that there are rows of, epoch ms; undefined without one. */
export async function newestAt(source: RowSource, span: Span, before: number): Promise<number | undefined> {
  let newest: number | undefined;
  for (let from = keyAt(span, 0); ; ) {
    const [row] = await source.range(from, keyAt(span, before), 1);
    const at = row && Number(/^metrics:\w+:(\d+):/.exec(row.key)?.[1]);
    if (at === undefined) return newest;
    newest = at;
    from = `${keyAt(span, at)}:${lastCharacter}`;
  }
}

/** Whether there are rows of an hour or a day that began at an instant (epoch ms) or later. */
export async function isAnySince(source: RowSource, span: Span, from: number): Promise<boolean> {
  const rows = await source.range(keyAt(span, from), `metrics:${span}:${lastCharacter}`, 1);
  return rows.length > 0;
}

function keyAt(span: Span, at: number): string {
  return `metrics:${span}:${String(Math.max(Math.floor(at), 0)).padStart(14, '0')}`;
}
