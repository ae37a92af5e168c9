/**
 * Calendar expressions of systemd, as in `Mon..Fri *-*-01..07 09,18:00 Europe/Berlin`, as cron expressions that match at the same times.
 *
 * What a cron expression cannot say is said by several: days that count from the end of a month are others in months of another
 * length. Weekday and date have to fit both.
 *
 * When the clock is set, the two part: systemd leaves out what stands in an hour that does not exist that day, and runs once what
 * stands in one that exists twice.
 *
 * @see systemd.time(7), "Calendar Events"
 */
import { isTimeZone } from '../../config/fields.ts';
import { checkCron } from '../../policies/cron.ts';
import { numbersText } from '../numbers-text.ts';
import { CalendarError, type Chain, chainIn, daysFromEnd, numbersOf } from './calendar-chain.ts';

export interface Calendar {
  /** Each is due by itself. */
  expressions: string[];
  /** Absent: the machine's. */
  timeZone?: string;
}

interface Parts {
  /** From Sunday, 0; null for all. */
  weekdays: number[] | null;
  year: Chain;
  month: Chain;
  day: Chain;
  countsDays: 'from the beginning' | 'from the end';
  hour: Chain;
  minute: Chain;
  second: Chain;
}

const shorthands: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  quarterly: '*-01,04,07,10-01 00:00:00',
  semiannually: '*-01,07-01 00:00:00',
  'semi-annually': '*-01,07-01 00:00:00',
  biannually: '*-01,07-01 00:00:00',
  'bi-annually': '*-01,07-01 00:00:00',
  yearly: '*-01-01 00:00:00',
  annually: '*-01-01 00:00:00',
  anually: '*-01-01 00:00:00',
};

/** @throws {CalendarError} */
export function calendarIn(text: string): Calendar {
  const words = text.trim().split(/[ \t]+/);
  const last = words.at(-1) ?? '';
  const zone = /^[A-Za-z]/.test(last) && words.length > 1 && isTimeZone(last) ? last : undefined;
  const rest = zone === undefined ? words : words.slice(0, -1);
  const [only = ''] = rest;
  const isKnown = rest.length === 1 && Object.hasOwn(shorthands, only.toLowerCase());
  const known = isKnown ? shorthands[only.toLowerCase()] : undefined;
  const parts = partsIn(known === undefined ? rest : known.split(' '), text);
  const expressions = expressionsOf(parts);
  const wrong = expressions.map((expression) => checkCron(expression, 'UTC')).filter((each) => each !== null);
  if (expressions.length === wrong.length) throw new CalendarError(`'${text}' never comes.`);
  const coming = expressions.filter((expression) => checkCron(expression, 'UTC') === null);
  return { expressions: coming, ...(zone !== undefined && { timeZone: zone }) };
}

function partsIn(words: readonly string[], text: string): Parts {
  const left = [...words];
  const weekdays = /^[a-z]/i.test(left[0] ?? '') ? weekdaysIn(left.shift() ?? '') : null;
  const date = /^[^:]*$/.test(left[0] ?? ':') ? dateIn(left.shift() ?? '') : dateIn('*-*-*');
  const time = timeIn(left.shift() ?? '00:00:00');
  if (left.length > 0 || words.length === 0)
    throw new CalendarError(`'${text}' is no calendar expression: '${left[0] ?? ''}' is too much.`);
  return { weekdays, ...date, ...time };
}

const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function weekdaysIn(text: string): number[] {
  // A comma at the end is allowed.
  const days = text
    .replace(/,$/, '')
    .split(',')
    .flatMap((part) => {
      const [from = '', to = from, ...more] = part.split(/\.\.|-/);
      const [first, last] = [weekdayIn(from), weekdayIn(to)];
      if (more.length > 0 || last < first) throw new CalendarError(`'${part}' is no range of days of the week.`);
      return Array.from({ length: last - first + 1 }, (_, n) => (first + n) % 7);
    });
  return [...new Set(days)].sort((one, other) => one - other);
}

/** From Monday, 1, to Sunday, 7. */
function weekdayIn(text: string): number {
  const lower = text.toLowerCase();
  const index = names.findIndex((name) => name === lower || name.slice(0, 3) === lower);
  if (index < 0) throw new CalendarError(`'${text}' is no day of the week.`);
  return index === 0 ? 7 : index;
}

function dateIn(text: string): Pick<Parts, 'year' | 'month' | 'day' | 'countsDays'> {
  const [, year = '*', month = '', sign, day = ''] = /^(?:([^-~]*)-)?([^-~]+)([-~])([^-~]+)$/.exec(text) ?? [];
  if (sign === undefined) throw new CalendarError(`'${text}' is no date: year, month and day, as in *-*-01.`);
  const isFromEnd = sign === '~';
  return {
    year: yearIn(year),
    month: chainIn(month, 'month', 1, 12),
    day: chainIn(day, 'day of the month', 1, isFromEnd ? 28 : 31),
    countsDays: isFromEnd ? 'from the end' : 'from the beginning',
  };
}

const years = { first: 1970, last: 2199 };

/** Two digits are of this century, or of the last. */
function yearIn(text: string): Chain {
  const whole = (year: number) => (year < 70 ? year + 2000 : year < 100 ? year + 1900 : year);
  const written = chainIn(text, 'year', 0, years.last);
  return (
    written?.map(({ from, to, ...step }) => ({
      from: whole(from),
      ...(to !== undefined && { to: whole(to) }),
      ...step,
    })) ?? null
  );
}

function timeIn(text: string): Pick<Parts, 'hour' | 'minute' | 'second'> {
  const [hour = '', minute, second = '00', ...more] = text.split(':');
  if (minute === undefined || more.length > 0) throw new CalendarError(`'${text}' is no time of day, as in 04:00.`);
  const whole = second.replaceAll(/\.0+(?=$|[,/.])/g, '');
  if (/\d\.\d/.test(whole)) throw new CalendarError(`'${second}' has parts of seconds, which no schedule here has.`);
  return {
    hour: chainIn(hour, 'hour', 0, 23),
    minute: chainIn(minute, 'minute', 0, 59),
    second: chainIn(whole, 'second', 0, 59),
  };
}

function expressionsOf(parts: Parts): string[] {
  const time = timeTexts(parts);
  const months = parts.month === null ? null : numbersOf(parts.month, 12);
  const year = parts.year === null ? '*' : yearText(numbersOf(parts.year, years.last), () => true);
  const { weekdays, day } = parts;
  const at = (month: string, days: string, inYears: string) => expressionText(time, days, month, weekdays, inYears);
  const month = months === null ? '*' : numbersText(months);
  if (day === null) return [at(month, '*', year)];
  if (parts.countsDays === 'from the beginning') return [at(month, numbersText(numbersOf(day, 31)), year)];
  return monthLengths.flatMap(({ length, months: those, isLeap }) => {
    const named = those.filter((each) => months === null || months.includes(each));
    const days = daysFromEnd(day, length);
    if (named.length === 0 || days.length === 0) return [];
    const inYears = isLeap === undefined ? year : yearsText(parts.year, isLeap);
    return inYears === '' ? [] : [at(numbersText(named), numbersText(days), inYears)];
  });
}

const monthLengths: readonly { length: number; months: number[]; isLeap?: boolean }[] = [
  { length: 31, months: [1, 3, 5, 7, 8, 10, 12] },
  { length: 30, months: [4, 6, 9, 11] },
  { length: 28, months: [2], isLeap: false },
  { length: 29, months: [2], isLeap: true },
];

function yearsText(year: Chain, isLeap: boolean): string {
  const all = year === null ? numbersOf([{ from: years.first, step: 1 }], years.last) : numbersOf(year, years.last);
  return yearText(all, (each) => isLeap === isLeapYear(each));
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Years that repeat every four are written so: a list of them would be long. */
function yearText(all: readonly number[], isMeant: (year: number) => boolean): string {
  const meant = all.filter(isMeant);
  if (meant.length < 12) return numbersText(meant);
  const byRest = [0, 1, 2, 3].flatMap((rest) => runsOfFour(meant.filter((year) => year % 4 === rest)));
  const text = byRest.map(([from, to]) => (from === to ? String(from) : `${from}-${to}/4`)).join(',');
  const plain = numbersText(meant);
  return plain.length <= text.length ? plain : text;
}

function runsOfFour(numbers: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && last[1] === number - 4) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}

function timeTexts({ hour, minute, second }: Parts): { second: string; minute: string; hour: string } {
  return { second: stepText(second, 60), minute: stepText(minute, 60), hour: stepText(hour, 24) };
}

/** What repeats through the whole field is written as a step, and is a rhythm when the clock is set. */
function stepText(chain: Chain, count: number): string {
  if (chain === null) return '*';
  const [first] = chain;
  const isStep = chain.length === 1 && first?.from === 0 && first.to === undefined && first.step !== undefined;
  if (isStep && (first.step ?? 0) < count) return first.step === 1 ? '*' : `*/${first.step}`;
  return numbersText(numbersOf(chain, count - 1));
}

function expressionText(
  { second, minute, hour }: ReturnType<typeof timeTexts>,
  days: string,
  month: string,
  weekdays: number[] | null,
  year: string,
): string {
  const weekday =
    weekdays === null || weekdays.length === 7 ? '*' : `${days === '*' ? '' : '+'}${numbersText(weekdays)}`;
  const fields = [minute, hour, days, month, weekday];
  if (year !== '*') return [second, ...fields, year].join(' ');
  return (second === '0' ? fields : [second, ...fields]).join(' ');
}
