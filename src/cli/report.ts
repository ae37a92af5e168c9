/**
 * `report`: the last 24 hours or seven days as they are now; or the report of a day, as it was written or, when it was not, made on
 * the spot. It reads files, so that it works whether the service runs or not; of a running one it asks for the figures of the present hour.
 */
import { existsSync } from 'node:fs';
import { reportFile } from '../engines/daily-report.ts';
import { makeReport } from '../engines/report-facts.ts';
import { textOf } from '../persistence/file-kind.ts';
import { boundsOf, dayAt, isDay } from '../policies/calendar-day.ts';
import type { DailyReport } from '../telemetry/daily-report.ts';
import type { Overview, Period } from '../telemetry/metrics/overview.ts';
import { coloursFor } from '../telemetry/readable-line.ts';
import { markdownReport } from '../telemetry/report/markdown.ts';
import { reportPage } from '../telemetry/report/page.ts';
import { indentation, type TextOptions, textReport } from '../telemetry/report/text.ts';
import { downText, isServiceDown } from './client.ts';
import { configZone } from './engine-past.ts';
import { overviewAt } from './metrics.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { stored } from './stored.ts';
import { table } from './table.ts';
import { withTypedPlace } from './typed-place.ts';
import { UsageError } from './usage-error.ts';

export interface ReportOptions extends PlaceOptions {
  /** true: today. */
  day?: string | true;
  week?: boolean;
  markdown?: boolean;
  html?: boolean;
  json?: boolean;
}

const dayMs = 86_400_000;
const forms = ['markdown', 'html', 'json'] as const;

/** @param now epoch ms */
export async function report(options: ReportOptions, now: number): Promise<number> {
  const wanted = options.day === true ? undefined : options.day;
  if (wanted !== undefined && !isDay(wanted)) throw noDay(wanted, 'a day such as 2026-11-23');
  if (options.week && options.day !== undefined) throw notBoth('--day', '--week', 'one of them');
  const [form, other] = forms.filter((each) => options[each]);
  if (other) throw notBoth(`--${form}`, `--${other}`, 'one form');
  const { data } = placeOf(options);
  return await stored(data, async (reader) => {
    // Its days are the service's.
    const timeZone = configZone(reader);
    const today = dayAt(timeZone, now);
    const day = wanted ?? today;
    if (day > today) throw noDay(day, `a day up to today, ${today}`);
    const made =
      (options.day === undefined ? undefined : written(`${reportFile(data, day)}.json`)) ??
      (await makeReport(reader, await orderFor(data, options.week ? 'week' : 'day', { day, today, timeZone }, now)));
    console.log(printed(made, form));
    if (form === undefined && day === today && isServiceDown(data))
      console.log(`\n${withTypedPlace(downText, options)}`);
    return 0;
  });
}

async function orderFor(
  data: string,
  period: Period,
  { day, today, timeZone }: { day: string; today: string; timeZone: string },
  now: number,
) {
  const order = { period, day, timeZone, now };
  if (day !== today) return { ...order, ...boundsOf(timeZone, day) };
  const overview = await freshFigures(data, period, now);
  return { ...order, from: now - (period === 'week' ? 7 : 1) * dayMs, to: now, ...(overview && { overview }) };
}

/** A service that does not answer is no reason to have no report: those in the store will do. */
async function freshFigures(data: string, period: Period, now: number): Promise<Overview | undefined> {
  try {
    return await overviewAt(data, period, now);
  } catch {
    return undefined;
  }
}

/** undefined when there is none, or one of an older version, which does not have everything. */
function written(file: string): DailyReport | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const report = JSON.parse(textOf(file)) as Partial<DailyReport>;
    return report.errors && report.forecasts && report.changes ? (report as DailyReport) : undefined;
  } catch {
    return undefined;
  }
}

function printed(report: DailyReport, form: (typeof forms)[number] | undefined): string {
  switch (form) {
    case 'json':
      return JSON.stringify(report);
    case 'markdown':
      return markdownReport(report).trimEnd();
    case 'html':
      return reportPage(report).trimEnd();
    case undefined: {
      const width = (process.stdout.columns || Number.POSITIVE_INFINITY) - indentation;
      const columns: TextOptions['table'] = (head, rows) => table(head, rows, width);
      return textReport(report, { hasColours: coloursFor(process.stdout), table: columns, oneLine });
    }
    default:
      return form satisfies never;
  }
}

function noDay(found: string, expected: string) {
  return new UsageError(`--day: found '${found}', expected ${expected}.`);
}

function notBoth(one: string, other: string, expected: string) {
  return new UsageError(`${one}: found beside ${other}, expected ${expected}.`);
}
