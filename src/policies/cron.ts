/**
 * Cron expressions: when they match, in a time zone. The work is croner's; this module keeps its objects few.
 *
 * A croner object holds some 96 KB, so one is parsed per distinct expression and zone, and 256 are kept.
 *
 * What happens when the clock changes:
 * - An expression whose hours and minutes are plain numbers, lists or ranges (`30 2 * * *`, `0 2,14 * * *`) names
 *   times of day. One that does not exist that day matches when the clock has jumped; one that exists twice
 *   matches the first time only. So a nightly job runs once each night.
 * - An expression with `*` or a step in them (`30 * * * *`) names a rhythm. It matches in real time: nothing in the
 *   hour that does not exist, and both times in the hour that exists twice.
 *
 * Several expressions joined by ` | ` match whenever one of them does.
 *
 * Croner looks no further than the year 2999.
 */
import { Cron } from 'croner';
import { NightshiftError } from '../errors.ts';
import { cronMistakeText } from './cron-mistake.ts';
import { memoized } from './memo.ts';

/** `CRON_INVALID`: an expression or a time zone that the configuration should have refused. */
export class CronError extends NightshiftError {}

const keptMax = 256;
/**
 * Whoever runs by an expression asks for its next match several times between two of them, and so do others who run by the same
 * one. A search takes croner a hundred times as long as a look here.
 */
const gapsMax = 3;

/** From the first instant up to the second, which matches, nothing does. */
interface Gap {
  from: number;
  to: number;
}

/** Stands between expressions of which each matches by itself; none of them can hold it. */
const separator = '|';

/** One expression that matches whenever one of these does. */
export function anyOf(expressions: readonly string[]): string {
  return expressions.join(` ${separator} `);
}

/**
 * What is wrong with an expression or its zone, in a sentence; null when it can be used.
 *
 * @param expression five fields, six with seconds in front, seven with years at the end, or a nickname like `@daily`
 * @param timeZone a name of the IANA database, or an offset like `+02:00`
 */
export function checkCron(expression: string, timeZone: string): string | null {
  if (!isTimeZone(timeZone)) return `'${timeZone}' is not a time zone of the IANA database.`;
  for (const part of partsOf(expression)) {
    const wrong = wrongWith(part, timeZone);
    if (wrong !== null) return `'${part}' ${wrong}`;
  }
  return null;
}

/** The same of a single expression, for whoever has just named it and said that it ought to be one. */
export function checkNamedCron(expression: string, timeZone: string): string | null {
  const wrong = wrongWith(expression, timeZone);
  return wrong === null ? null : (/^is not a cron expression: (.*)$/s.exec(wrong)?.[1] ?? `It ${wrong}`);
}

/** The rest of a sentence that begins with the expression. */
function wrongWith(expression: string, timeZone: string): string | null {
  // Croner also takes a date; a job that runs once is not a schedule.
  if (/^\s*\d{4}-\d{2}/.test(expression)) return 'is a date, not a cron expression.';
  try {
    const cron = new Cron(expression, { paused: true, timezone: timeZone });
    return cron.nextRun(new Date(0)) === null ? 'never comes.' : null;
  } catch (error) {
    return `is not a cron expression: ${cronMistakeText(expression, (error as Error).message)}.`;
  }
}

/** The first match after an instant (epoch ms), or null when it never comes again. */
export function nextMatch(expression: string, timeZone: string, after: number): number | null {
  const from = new Date(Math.floor(after));
  if (Number.isNaN(from.getTime())) return null;
  const matches = partsOf(expression).flatMap((part) => nextOfPart(part, timeZone, from) ?? []);
  return matches.length === 0 ? null : Math.min(...matches);
}

function nextOfPart(expression: string, timeZone: string, from: Date): number | null {
  const { cron, gaps } = parsed(key(expression, timeZone));
  const known = gaps.find((gap) => gap.from <= from.getTime() && from.getTime() < gap.to);
  if (known) return known.to;
  const to = cron.nextRun(from)?.getTime();
  if (to === undefined) return null;
  gaps.unshift({ from: from.getTime(), to });
  if (gaps.length > gapsMax) gaps.pop();
  return to;
}

/** The last match up to and including an instant (epoch ms), or null when there was none. */
export function lastMatch(expression: string, timeZone: string, until: number): number | null {
  // Croner's search leaves out the reference itself.
  const before = new Date(Math.floor(until) + 1);
  if (Number.isNaN(before.getTime())) return null;
  const matches = partsOf(expression).flatMap(
    (part) => parsed(key(part, timeZone)).cron.previousRuns(1, before)[0]?.getTime() ?? [],
  );
  return matches.length === 0 ? null : Math.max(...matches);
}

function partsOf(expression: string): string[] {
  return expression.includes(separator) ? expression.split(separator).map((part) => part.trim()) : [expression];
}

const key = (expression: string, timeZone: string) => `${timeZone}\n${expression}`;

const parsed = memoized(keptMax, (key): { cron: Cron; gaps: Gap[] } => {
  const end = key.indexOf('\n');
  const timeZone = key.slice(0, end);
  const expression = key.slice(end + 1);
  const wrong = checkCron(expression, timeZone);
  if (wrong !== null) throw new CronError('CRON_INVALID', `${wrong} Write it as '*/30 * * * *' and 'Europe/Berlin'.`);
  return { cron: new Cron(expression, { paused: true, timezone: timeZone, fixedTimeRule: 'no-wildcard' }), gaps: [] };
});

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return timeZone !== '';
  } catch {
    return false;
  }
}
