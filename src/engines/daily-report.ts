/**
 * `daily-report`: every morning a page about the last 24 hours, as Markdown and as JSON, and a line in the log.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { FunctionEngine } from '../config/config.ts';
import type { RunScope } from '../config/run-scope.ts';
import { writeDurableFile } from '../persistence/durable-file.ts';
import type { RowSource } from '../persistence/row-pages.ts';
import { dayAt } from '../policies/calendar-day.ts';
import type { Counts } from '../telemetry/daily-report.ts';
import { dailyReportPage, summary } from '../telemetry/daily-report-page.ts';
import { builtInSettings, scheduled } from './built-in-settings.ts';
import { makeReport } from './report-facts.ts';

export interface DailyReportPorts {
  dataDir: string;
  timeZone: string;
  clock: Pick<Clock, 'now'>;
  /** Of the running service. */
  store: () => RowSource;
  redact: (text: string) => string;
}

/** What a run returns. */
export interface DailyReportMade extends Counts {
  file: string;
}

const dayMs = 86_400_000;
const timeoutMs = 600_000;

export function dailyReportEngine({ schedule }: { schedule: string }, ports: DailyReportPorts): FunctionEngine {
  return {
    id: 'daily-report',
    importance: 'low',
    settings: builtInSettings({ schedule: scheduled(schedule, ports.timeZone), timeoutMs }),
    run: (scope) => report(scope, ports),
  };
}

/** Where the report of a day is kept, without an ending: it is there as `.md` and as `.json`. */
export function reportFile(dataDir: string, day: string): string {
  return join(dataDir, 'reports', day);
}

async function report({ log, signal }: RunScope, ports: DailyReportPorts): Promise<DailyReportMade> {
  const { dataDir, timeZone, clock, store, redact } = ports;
  const now = clock.now();
  const day = dayAt(timeZone, now);
  const made = await makeReport(store(), { day, timeZone, from: now - dayMs, to: now, now, signal });
  const file = reportFile(dataDir, day);
  await mkdir(join(dataDir, 'reports'), { recursive: true, mode: 0o700 });
  signal.throwIfAborted();
  writeDurableFile(`${file}.md`, redact(dailyReportPage(made)), 0o600);
  writeDurableFile(`${file}.json`, redact(`${JSON.stringify(made, null, 2)}\n`), 0o600);
  const { totals, todo, incidents, findings } = made;
  const open = { todo: todo.length, incidents: incidents.length, findings: findings.length };
  log.info({ file: `${file}.md`, day, ...totals, ...open, summary: summary(totals) }, 'report.daily');
  return { file: `${file}.md`, ...totals };
}
