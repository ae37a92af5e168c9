/**
 * `logs`: the log's files, read again: what fits, readable in a terminal, and with `--follow` what comes. It reads files alone, so that
 * it works whether the service runs or not.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { systemClock } from '../clock.ts';
import { logLevels } from '../config/definition.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { boundsOf, isDay } from '../policies/calendar-day.ts';
import { parseDuration } from '../policies/duration.ts';
import { namedTime } from '../policies/named-time.ts';
import { fits, type LogFilter, LogTail } from '../telemetry/log-reader.ts';
import { coloursFor, readableLines } from '../telemetry/readable-line.ts';
import { logFilesIn } from '../telemetry/rolling-file.ts';
import { ClientError, refuseUnreadable, toldIfClosed } from './client.ts';
import { engineRecord } from './engine-past.ts';
import { oneOf } from './one-of.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { stored } from './stored.ts';
import { UsageError } from './usage-error.ts';
import { zoneIn } from './zone-in.ts';

export interface LogsOptions extends PlaceOptions {
  follow?: boolean;
  engine?: string;
  run?: string;
  since?: string;
  level?: string;
  lines?: string;
  /** An error with its stack. */
  stacks?: boolean;
  json?: boolean;
}

const lookEveryMs = 200;
/** Whoever follows wants to know what is said now. */
const linesBeforeFollowing = 10;

/** @param now epoch ms */
export async function logs(options: LogsOptions, now: number): Promise<number> {
  const { data } = placeOf(options);
  const timeZone = await zoneIn(data);
  const filter = filterOf(options, timeZone, now);
  const last = linesOf(options);
  const folder = folderIn(data);
  const tail = new LogTail(folder, filter.since);
  const reader = printer(options, timeZone);
  const wanted = fitting(options.follow ? tail.lines() : toTheEnd(tail), filter);
  await reader.print(last === undefined ? wanted : lastOf(wanted, last));
  if (reader.count === 0 && last !== 0) await sayWhyNone(options, data, folder);
  while (options.follow && !reader.isGone) {
    await new Promise<void>((looked) => {
      systemClock.after(lookEveryMs, looked);
    });
    await reader.print(fitting(tail.lines(), filter));
  }
  return 0;
}

/** @throws {ClientError} `LOG_MISSING`, `DATA_UNREADABLE` */
function folderIn(data: string): string {
  refuseUnreadable(data);
  const folder = dataDirAt(data).logs;
  refuseUnreadable(folder);
  if (logFilesIn(folder).length > 0) return folder;
  throw new ClientError(
    'LOG_MISSING',
    `${folder}: found no log, expected one. Start the service: nightshift start; or look at log.files in the config.`,
  );
}

/** To stdout, until nobody reads that any more, and no faster than it is read. */
function printer({ json, stacks = false }: LogsOptions, timeZone: string) {
  const { stdout } = process;
  const readable = readableLines({
    colours: coloursFor(stdout),
    timeZone,
    now: systemClock.now,
    // A pipe, and a terminal that does not know its own, have no limit.
    width: () => stdout.columns || Number.POSITIVE_INFINITY,
    hasStacks: stacks,
  });
  const shown = json ? (line: string) => `${line}\n` : readable;
  const reader = {
    isGone: false,
    count: 0,
    async print(lines: Iterable<string>) {
      for (const line of lines) {
        if (reader.isGone) return;
        reader.count += 1;
        // That the reader has gone ends the wait as well.
        if (!stdout.write(shown(line))) await once(stdout, 'drain').catch(() => {});
      }
    },
  };
  stdout.once('error', () => {
    reader.isGone = true;
  });
  return reader;
}

/** An engine that left the config has lines still: its name is looked at when there are none. @throws {UsageError} when nobody has it */
async function sayWhyNone({ engine, json, follow }: LogsOptions, data: string, folder: string): Promise<void> {
  if (engine !== undefined && existsSync(dataDirAt(data).store)) {
    await stored(data, async (reader) => engineRecord(reader, engine));
  }
  if (!json && !follow) console.error(`${folder}: there is no such line.`);
}

/** With the last line of a service that was killed while it wrote. */
function* toTheEnd(tail: LogTail): Generator<string> {
  yield* tail.lines();
  if (tail.begun !== '') yield tail.begun;
}

/** @throws {ClientError} `DATA_UNREADABLE` */
function* fitting(lines: Iterable<string>, filter: LogFilter): Generator<string> {
  try {
    for (const line of lines) if (fits(line, filter)) yield line;
  } catch (error) {
    throw toldIfClosed(error);
  }
}

/** Holds as many as are wanted, and no more. */
function lastOf(lines: Iterable<string>, count: number): string[] {
  const kept: string[] = [];
  let oldest = 0;
  for (const line of lines) {
    if (kept.length < count) kept.push(line);
    else if (count > 0) {
      kept[oldest] = line;
      oldest = (oldest + 1) % count;
    }
  }
  return [...kept.slice(oldest), ...kept.slice(0, oldest)];
}

function filterOf({ engine, run, since, level }: LogsOptions, timeZone: string, now: number): LogFilter {
  return {
    engine: engine?.replace(/^engine\//, ''),
    run,
    since: since === undefined ? undefined : instantOf(since, timeZone, now),
    level: level === undefined ? undefined : oneOf('--level', level, logLevels),
  };
}

function instantOf(text: string, timeZone: string, now: number): number {
  const ago = parseDuration(text);
  if (ago !== null) return now - ago;
  if (isDay(text)) return boundsOf(timeZone, text).from;
  const from = namedTime(text, timeZone, now)?.from ?? (isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN);
  if (!Number.isNaN(from)) return from;
  throw new UsageError(
    `--since: found '${text}', expected a length of time or a time, as in 2h, 03:00 or '2026-11-23 03:00'.`,
  );
}

function linesOf({ lines, follow, since }: LogsOptions): number | undefined {
  if (lines === undefined) return follow && since === undefined ? linesBeforeFollowing : undefined;
  if (/^\d{1,9}$/.test(lines)) return Number(lines);
  throw new UsageError(`--lines: found '${lines}', expected a number of lines.`);
}
