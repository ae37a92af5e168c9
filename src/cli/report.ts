/**
 * `report`: the report of a day, as it was written or, when it was not, made on the spot. It reads files alone, so that it works
 * whether the service runs or not.
 */
import { existsSync, readFileSync } from 'node:fs';
import { reportFile } from '../engines/daily-report.ts';
import { makeReport } from '../engines/report-facts.ts';
import { recordKey } from '../persistence/record.ts';
import type { StoreReader } from '../persistence/store.ts';
import { boundsOf, dayAt, isDay } from '../policies/calendar-day.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { DailyReport } from '../telemetry/daily-report.ts';
import { dailyReportPage } from '../telemetry/daily-report-page.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { stored } from './stored.ts';
import { UsageError } from './usage-error.ts';

export interface ReportOptions extends PlaceOptions {
  day?: string;
  json?: boolean;
}

const dayMs = 86_400_000;

/** @param now epoch ms */
export async function report({ day: wanted, json, ...place }: ReportOptions, now: number): Promise<number> {
  if (wanted !== undefined && !isDay(wanted)) throw noDay(wanted, 'a day such as 2026-11-23');
  const { data } = placeOf(place);
  return await stored(data, async (reader) => {
    const timeZone = zoneIn(reader);
    const today = dayAt(timeZone, now);
    const day = wanted ?? today;
    if (day > today) throw noDay(day, `a day up to today, ${today}`);
    const written = `${reportFile(data, day)}.${json ? 'json' : 'md'}`;
    if (existsSync(written)) print(readFileSync(written, 'utf8'), json);
    else {
      const period = day === today ? { from: now - dayMs, to: now } : boundsOf(timeZone, day);
      const made: DailyReport = await makeReport(reader, { day, timeZone, ...period, now });
      print(json ? JSON.stringify(made) : dailyReportPage(made), json);
    }
    return 0;
  });
}

function print(text: string, json = false) {
  console.log(json ? JSON.stringify(JSON.parse(text)) : text.trimEnd());
}

function noDay(found: string, expected: string) {
  return new UsageError(`--day: found '${found}', expected ${expected}.`);
}

/** In which the service's days begin; the machine's, when the service has no daily report. */
function zoneIn(reader: StoreReader): string {
  const key = recordKey('engine/daily-report');
  const [row] = reader.range(key, `${key}\0`);
  try {
    const { state } = JSON.parse(row?.json ?? '') as { state: { context: EngineContext } };
    const { schedule } = state.context.settings;
    if (schedule?.kind === 'cron') return schedule.timeZone;
  } catch {
    // There is none, or the next start puts it into quarantine.
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
