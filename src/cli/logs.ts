/**
 * `logs`: the log's files, read again: what fits, readable in a terminal, and with `--follow` what comes. It reads files alone, so that
 * it works whether the service runs or not.
 */
import { systemClock } from '../clock.ts';
import { type LogLevel, logLevels } from '../config/definition.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { isDay } from '../policies/calendar-day.ts';
import { parseDuration } from '../policies/duration.ts';
import { namedTime } from '../policies/named-time.ts';
import { fits, type LogFilter, LogTail } from '../telemetry/log-reader.ts';
import { coloursFor, readableLines } from '../telemetry/readable-line.ts';
import { logFilesIn } from '../telemetry/rolling-file.ts';
import { ClientError, refuseUnreadable } from './client.ts';
import { engineRecord } from './engine-past.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { stored } from './stored.ts';
import { UsageError } from './usage-error.ts';

export interface LogsOptions extends PlaceOptions {
  follow?: boolean;
  engine?: string;
  run?: string;
  since?: string;
  level?: string;
  lines?: string;
  json?: boolean;
}

const lookEveryMs = 200;
/** Whoever follows wants to know what is said now. */
const linesBeforeFollowing = 10;

/** @param now epoch ms */
export async function logs(options: LogsOptions, now: number): Promise<number> {
  const { data } = placeOf(options);
  const filter = filterOf(options, now);
  const last = linesOf(options);
  refuseUnreadable(data);
  const folder = dataDirAt(data).logs;
  if (logFilesIn(folder).length === 0) {
    throw new ClientError(
      'LOG_MISSING',
      `${folder}: found no log, expected one. Start the service: nightshift start; or look at log.files in the config.`,
    );
  }
  const { engine } = options;
  if (engine !== undefined) await stored(data, async (reader) => engineRecord(reader, engine));
  const tail = new LogTail(folder, filter.since);
  const shown = options.json ? (line: string) => `${line}\n` : readableLines(coloursFor(process.stdout));
  const reader = { isGone: false };
  process.stdout.once('error', () => {
    reader.isGone = true;
  });
  const print = (lines: Iterable<string>) => {
    for (const line of lines) {
      if (reader.isGone) return;
      process.stdout.write(shown(line));
    }
  };
  const wanted = () => fitting(tail.lines(), filter);
  print(last === undefined ? wanted() : lastOf(wanted(), last));
  while (options.follow && !reader.isGone) {
    await new Promise<void>((looked) => {
      systemClock.after(lookEveryMs, looked);
    });
    print(wanted());
  }
  return 0;
}

function* fitting(lines: Iterable<string>, filter: LogFilter): Generator<string> {
  for (const line of lines) if (fits(line, filter)) yield line;
}

function lastOf(lines: Iterable<string>, count: number): string[] {
  const kept: string[] = [];
  for (const line of lines) {
    kept.push(line);
    // Cut now and then, and not with every line.
    if (kept.length >= 2 * count + 1_000) kept.splice(0, kept.length - count);
  }
  return kept.slice(Math.max(kept.length - count, 0));
}

function filterOf({ engine, run, since, level }: LogsOptions, now: number): LogFilter {
  return {
    engine: engine?.replace(/^engine\//, ''),
    run,
    since: since === undefined ? undefined : instantOf(since, now),
    level: level === undefined ? undefined : levelOf(level),
  };
}

function instantOf(text: string, now: number): number {
  const ago = parseDuration(text);
  if (ago !== null) return now - ago;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const from = namedTime(text, zone, now)?.from ?? (isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN);
  if (!Number.isNaN(from)) return from;
  throw new UsageError(
    `--since: found '${text}', expected a length of time or a time, as in 2h, 03:00 or '2026-11-23 03:00'.`,
  );
}

function levelOf(text: string): LogLevel {
  const level = logLevels.find((each) => each === text);
  if (level !== undefined) return level;
  throw new UsageError(`--level: found '${text}', expected one of ${logLevels.join(', ')}.`);
}

function linesOf({ lines, follow, since }: LogsOptions): number | undefined {
  if (lines === undefined) return follow && since === undefined ? linesBeforeFollowing : undefined;
  if (/^\d{1,9}$/.test(lines)) return Number(lines);
  throw new UsageError(`--lines: found '${lines}', expected a number of lines.`);
}
