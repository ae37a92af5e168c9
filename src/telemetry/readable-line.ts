/**
 * Log lines for people: the time, the level, what happened, and its facts, on one line.
 */
import { styleText } from 'node:util';
import { utcOffsetMs } from '../policies/local-time.ts';
import { wantsColours } from '../policies/terminal.ts';
import { clockOf } from '../policies/why.ts';
import { errorLines, errorsIn, type Facts, readableFacts } from './readable-facts.ts';
import { shortLine } from './short-line.ts';

export interface ReadableOptions {
  colours: boolean;
  /** In which times are said. */
  timeZone: string;
  /** The present instant, epoch ms: a line of another day has its day. Default: each line is taken for one of today. */
  now?: () => number;
  /** Characters that a line may have: what is beyond them is cut off. Default: none. */
  width?: () => number;
  /** Whether all that is known of an error comes beneath its line: stack, codes, causes. Default: no. */
  hasStacks?: boolean;
}

type Style = Parameters<typeof styleText>[0];
type Part = readonly [text: string, style?: Style | undefined];

const levels: readonly [least: number, name: string, style: Style][] = [
  [60, 'FATAL', 'bgRed'],
  [50, 'ERROR', 'red'],
  [40, 'WARN', 'yellow'],
  [30, 'INFO', 'green'],
  [20, 'DEBUG', 'blue'],
  [Number.NEGATIVE_INFINITY, 'TRACE', 'gray'],
];
/** JavaScript has instants up to 8.64e15 ms, and the zone adds hours to them. */
const timeMax = 8.6e15;

/** Turns lines of JSON into text for a terminal, long ones in short. What is no JSON stays as it is, but for what could repaint the screen. */
export function readableLines(options: ReadableOptions): (line: string) => string {
  return (whole) => {
    const line = shortLine(whole.trimEnd());
    const facts = factsOf(line);
    const parts: Part[] = facts === undefined ? [[harmless(line)]] : partsOf(facts, options);
    const beneath = facts === undefined || !options.hasStacks ? [] : stacksIn(facts, options);
    return [cut(parts, options.width?.()), ...beneath].map((each) => `${painted(each, options.colours)}\n`).join('');
  };
}

/** Whether it gets colours: no file or pipe does. */
export function coloursFor(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && wantsColours(process.env);
}

/** undefined for what is no JSON object. */
function factsOf(line: string): Facts | undefined {
  try {
    const facts: unknown = JSON.parse(line);
    return typeof facts === 'object' && facts !== null && !Array.isArray(facts) ? (facts as Facts) : undefined;
  } catch {
    return undefined;
  }
}

function partsOf(line: Facts, { timeZone, now }: ReadableOptions): Part[] {
  const { time, level, msg } = line;
  const said: Part[][] = [];
  const rest = { ...line };
  if (isTime(time)) {
    said.push([[`[${timeText(time, timeZone, now?.() ?? time)}]`]]);
    rest.time = undefined;
  }
  if (typeof level === 'number') {
    const [, name = '', style] = levels.find(([least]) => level >= least) ?? [];
    said.push([[name, style], [':']]);
    rest.level = undefined;
  }
  if (typeof msg === 'string') {
    said.push([[harmless(msg), 'cyan']]);
    rest.msg = undefined;
  }
  for (const { name, value } of readableFacts(rest, clockIn(line, timeZone))) {
    said.push([[`${harmless(name)}=`, 'dim'], [harmless(value)]]);
  }
  return said.flatMap((each, n): Part[] => (n === 0 ? each : [[' '], ...each]));
}

function stacksIn(line: Facts, { timeZone }: ReadableOptions): Part[][] {
  const lines = errorsIn(line).flatMap((error) => errorLines(error, clockIn(line, timeZone)));
  return lines.map((each) => [[`    ${harmless(each)}`, 'dim']]);
}

/** As of the line's own time: what happens on that day is told by its time alone. */
function clockIn({ time }: Facts, timeZone: string): (at: number) => string {
  return clockOf({ timeZone, now: isTime(time) ? time : 0 });
}

function isTime(time: unknown): time is number {
  return typeof time === 'number' && Math.abs(time) < timeMax;
}

/** To the millisecond, with the day unless that is today. */
function timeText(at: number, timeZone: string, now: number): string {
  const [day, time = ''] = localIso(at, timeZone).replace('Z', '').split('T');
  const isToday = day === localIso(now, timeZone).split('T')[0];
  return isToday ? time : `${day} ${time}`;
}

function localIso(at: number, timeZone: string): string {
  return new Date(at + utcOffsetMs(timeZone, at)).toISOString();
}

function cut(parts: readonly Part[], width = Number.POSITIVE_INFINITY): Part[] {
  const length = parts.reduce((sum, [text]) => sum + text.length, 0);
  if (length <= width) return [...parts];
  const kept: Part[] = [];
  let room = Math.max(width - 1, 0);
  for (const [text, style] of parts) {
    kept.push([text.slice(0, room), style]);
    room -= Math.min(text.length, room);
  }
  // Not half of a character that takes two.
  return [...kept.map(([text, style]): Part => [text.replace(/[\ud800-\udbff]$/, ''), style]), ['…']];
}

function painted(parts: readonly Part[], colours: boolean): string {
  const text = parts.map(([text, style]) =>
    colours && style !== undefined && text !== '' ? styleText(style, text, { validateStream: false }) : text,
  );
  return text.join('');
}

/** A line stays one, and repaints nothing. */
function harmless(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
