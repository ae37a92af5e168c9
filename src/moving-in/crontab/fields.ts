/**
 * The five fields of a crontab's line, as cron reads them: sets of numbers.
 *
 * @see crontab(5) of ISC cron and of cronie
 */
import { NightshiftError } from '../../errors.ts';
import { stableOffsetMs } from '../../policies/schedule.ts';
import type { Cron } from './crons.ts';

export interface Field {
  /** Ascending. Days of the week count from Sunday, 0, to 6. */
  numbers: readonly number[];
  /** It begins with a star, which decides about more than the numbers. */
  isStar: boolean;
  text: string;
}

export interface Fields {
  minute: Field;
  hour: Field;
  day: Field;
  month: Field;
  weekday: Field;
}

/** Something that cron does not take, or takes for nothing: `CRONTAB_FIELD`. */
export class FieldError extends NightshiftError {
  constructor(message: string) {
    super('CRONTAB_FIELD', message);
  }
}

interface Range {
  what: string;
  low: number;
  high: number;
  names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const ranges: Record<keyof Fields, Range> = {
  minute: { what: 'minute', low: 0, high: 59 },
  hour: { what: 'hour', low: 0, high: 23 },
  day: { what: 'day of the month', low: 1, high: 31 },
  month: { what: 'month', low: 1, high: 12, names: months },
  weekday: { what: 'day of the week', low: 0, high: 7, names: weekdays },
};

/** In the order in which they are written. */
const order = Object.keys(ranges) as (keyof Fields)[];

/**
 * @param written the five fields
 * @param cron who reads them
 * @param seed of what cronie draws: the same line draws the same, and other lines others
 * @throws {FieldError}
 */
export function fieldsIn(written: readonly string[], cron: Cron, seed: string): Fields {
  const fields = order.map((key, n) => {
    const range = { ...ranges[key], cron, seed: `${seed} ${key}` };
    return [key, fieldIn(written[n] ?? '', range)] as const;
  });
  return Object.fromEntries(fields) as unknown as Fields;
}

type Reading = Range & { cron: Cron; seed: string };

function fieldIn(text: string, range: Reading): Field {
  const numbers = text.split(',').flatMap((part) => numbersIn(part, range));
  const counted = range.names === weekdays ? numbers.map((number) => number % 7) : numbers;
  return { text, isStar: text.startsWith('*'), numbers: [...new Set(counted)].sort((a, b) => a - b) };
}

const form = /^(?:(?<star>\*)|(?<from>[a-z\d]+)(?:-(?<to>[a-z\d]+))?)(?:\/(?<step>\d{1,9}))?$/i;
const anyOf = /^(?<from>[a-z\d]*)~(?<to>[a-z\d]*)$/i;

function numbersIn(part: string, range: Reading): number[] {
  const drawn = anyOf.exec(part)?.groups;
  if (drawn) return [drawnFrom(part, drawn, range)];
  const { star, from = '', to = from, step = '1' } = form.exec(part)?.groups ?? refuse(part, range);
  if (!star && step !== '1' && to === from)
    throw new FieldError(`${part}: cron knows a step behind a star or a range only.`);
  if (Number(step) === 0) throw new FieldError(`${part}: a step of nothing leads nowhere.`);
  const [low, high] = star ? [range.low, range.high] : rangeOf(numberIn(from, range), numberIn(to, range), range, part);
  return Array.from({ length: Math.floor((high - low) / Number(step)) + 1 }, (_, n) => low + n * Number(step));
}

/** Where Sunday is an end, up to it is up to the 7. */
function rangeOf(low: number, high: number, { names, cron }: Reading, part: string): [number, number] {
  if (low <= high) return [low, high];
  if (names === weekdays && high === 0 && cron.endsWithSunday) return [low, 7];
  throw new FieldError(`${part}: ${cron.called} takes a range that goes down for nothing at all.`);
}

/** Cronie draws a number each time that it loads the table; here it is the same each time. Debian's cron reads no further than to the sign. */
function drawnFrom(part: string, { from, to }: Readonly<Record<string, string>>, range: Reading): number {
  if (!range.cron.hasZonesAndChance) return numberIn(from ?? '', range);
  const [low, high] = [numberIn(from || range.low, range), numberIn(to || range.high, range)];
  if (low > high) throw new FieldError(`${part}: cron takes no range that goes down.`);
  return low + stableOffsetMs(range.seed, high - low + 1);
}

function numberIn(text: string | number, range: Range): number {
  if (text === '') refuse(text, range);
  const named = range.names?.indexOf(String(text).toLowerCase()) ?? -1;
  const number = named >= 0 ? named + range.low : Number(text);
  return Number.isInteger(number) && number >= range.low && number <= range.high ? number : refuse(String(text), range);
}

function refuse(text: string, { what, low, high }: Range): never {
  throw new FieldError(
    `'${text}' is no ${what}: cron takes ${low} to ${high}${low === high ? '' : ', lists, ranges and steps of them'}.`,
  );
}
