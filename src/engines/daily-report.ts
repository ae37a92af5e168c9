/**
 * `daily-report`: every morning a report of the last 24 hours, as Markdown, as a page and as JSON, a line in the log, and a message to
 * those channels that the config names.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Message } from '../actors/effects/alert-channels.ts';
import type { Clock } from '../clock.ts';
import { channelService } from '../config/alert-schema.ts';
import type { DailyReportConfig, FunctionEngine } from '../config/config.ts';
import type { CallScope, RunScope } from '../config/run-scope.ts';
import { writeDurableFile } from '../persistence/durable-file.ts';
import type { RowSource } from '../persistence/row-pages.ts';
import { dayAt } from '../policies/calendar-day.ts';
import { classify } from '../policies/classify.ts';
import { ClassifiedError, type Failure } from '../policies/failure.ts';
import type { Counts } from '../telemetry/daily-report.ts';
import type { Overview } from '../telemetry/metrics/overview.ts';
import { markdownReport } from '../telemetry/report/markdown.ts';
import { type ReportMessage, reportMessage } from '../telemetry/report/message.ts';
import { reportPage } from '../telemetry/report/page.ts';
import { summary } from '../telemetry/report/verdict.ts';
import { builtInSettings, scheduled } from './built-in-settings.ts';
import { makeReport } from './report-facts.ts';

export interface DailyReportPorts {
  dataDir: string;
  timeZone: string;
  clock: Pick<Clock, 'now'>;
  /** Of the running service. */
  store: () => RowSource;
  /** The figures of the last day, with what is not in the store yet. */
  overview: (now: number) => Promise<Overview>;
  redact: (text: string) => string;
  /** Gives a message to a channel. @throws what it was not taken for */
  deliver: (channel: string, message: Message, call: CallScope) => Promise<void>;
}

/** What a run returns. */
export interface DailyReportMade extends Counts {
  file: string;
}

const dayMs = 86_400_000;
const timeoutMs = 600_000;
/** For channels that do not take it. */
const retry = { tries: 4, baseMs: 300_000, capMs: 3_600_000, jitter: 'partial' } as const;

export function dailyReportEngine({ schedule, send }: DailyReportConfig, ports: DailyReportPorts): FunctionEngine {
  return {
    id: 'daily-report',
    importance: 'low',
    settings: builtInSettings({ schedule: scheduled(schedule, ports.timeZone), timeoutMs, retry }),
    run: async (scope) => {
      const { message, ...made } = await scope.step('make', () => make(scope, ports));
      await tell(scope, send, message, ports);
      return made;
    },
  };
}

/** Where the report of a day is kept, without an ending: it is there as `.md`, `.html` and `.json`. */
export function reportFile(dataDir: string, day: string): string {
  return join(dataDir, 'reports', day);
}

async function make(
  { log, signal }: RunScope,
  ports: DailyReportPorts,
): Promise<DailyReportMade & { message: ReportMessage }> {
  const { dataDir, timeZone, clock, store, redact } = ports;
  const now = clock.now();
  const day = dayAt(timeZone, now);
  const period = { period: 'day', day, timeZone, from: now - dayMs, to: now, now } as const;
  const made = await makeReport(store(), { ...period, overview: await ports.overview(now), signal });
  const file = reportFile(dataDir, day);
  await mkdir(join(dataDir, 'reports'), { recursive: true, mode: 0o700 });
  signal.throwIfAborted();
  writeDurableFile(`${file}.md`, redact(markdownReport(made)), 0o600);
  writeDurableFile(`${file}.html`, redact(reportPage(made)), 0o600);
  writeDurableFile(`${file}.json`, redact(`${JSON.stringify(made, null, 2)}\n`), 0o600);
  const { totals, todo, incidents, failing, findings, errors } = made;
  const open = {
    todo: todo.length,
    incidents: incidents.length,
    failing: failing?.length ?? 0,
    findings: findings.length,
  };
  const facts = { ...totals, ...open, newErrors: errors.counts.new, growingErrors: errors.counts.growing };
  log.info({ file: `${file}.md`, day, ...facts, summary: summary(totals) }, 'report.daily');
  const message = reportMessage(made);
  return {
    file: `${file}.md`,
    ...totals,
    message: { ...message, title: redact(message.title), text: redact(message.text) },
  };
}

/** A channel's trouble is none of the engine's, whatever it is: it is asked again. What is waited for or is everybody's stays that. */
function again(failure: Failure): ClassifiedError {
  const isOurs = failure.class === 'bug' || failure.class === 'fatal' || failure.class === 'critical';
  return new ClassifiedError(isOurs ? { ...failure, class: 'recoverable' } : failure);
}

/** Each channel is a step of its own: one that fails is tried again alone. @throws what the first one did not take it for */
async function tell(
  { step, service, signal }: RunScope,
  channels: readonly string[],
  message: ReportMessage,
  { deliver, clock }: DailyReportPorts,
): Promise<void> {
  const troubles: unknown[] = [];
  for (const channel of channels) {
    try {
      await step(`tell ${channel}`, async () => {
        await service(channelService(channel)).call((call) => deliver(channel, message, call));
        return null;
      });
    } catch (error) {
      signal.throwIfAborted();
      troubles.push(error);
    }
  }
  if (troubles.length > 0) throw again(classify(troubles[0], clock.now()));
}
