/**
 * Windows: the hours in which something may be done.
 *
 * The clock on the wall decides. An hour that the clock shows twice is open, or closed, both times; where the
 * clock jumps over the opening, the window opens with the jump; and one that lies within the jump is left out that day.
 */
import { NightshiftError } from '../errors.ts';
import { clockChanges, utcOffsetMs } from './local-time.ts';

/**
 * Plain JSON. `from` is included, `to` is not. With `to` before `from` it crosses midnight; with both the same it is
 * open for the 24 hours from there.
 */
export type Window = {
  /** Days on which it begins, 0 for Sunday. Default: every day. */
  days?: number[];
  /** `HH:MM`, from `00:00` to `23:59`. */
  from: string;
  /** `HH:MM`, up to `24:00`. */
  to: string;
  /** A name of the IANA database. */
  timeZone: string;
  /**
   * Dates on which it is closed from midnight to midnight, whenever it began: `YYYY-MM-DD`, `MM-DD` for every year, or from
   * one to another with a slash between them, both included.
   */
  except?: string[];
};

/** `WINDOW_INVALID`: a window that the configuration should have refused. */
export class WindowError extends NightshiftError {}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** A window of one day a week that lies within a jump of the clock opens a week later. */
const searchDays = 16;
/** Two years: what lies beyond is looked for when they are over. */
const searchesMax = 46;
/** The days of the week fall on the same dates again after that, in days. */
const calendarDays = 28 * 366;

/** Whether the window is open at an instant (epoch ms). */
export function isOpen(window: Window, at: number): boolean {
  const local = at + utcOffsetMs(window.timeZone, at);
  const today = Math.floor(local / dayMs);
  const time = local - today * dayMs;
  const from = timeOfDay(window.from);
  const to = timeOfDay(window.to);
  if (isExcepted(window, today)) return false;
  const sinceToday = time >= from && (to <= from || time < to);
  const sinceYesterday = to <= from && time < to;
  return (sinceToday && beginsOn(window, today)) || (sinceYesterday && beginsOn(window, today - 1));
}

/**
 * The first instant from `at` on at which the window is open: `at` itself when it is.
 *
 * @param at epoch ms
 * @returns epoch ms; when it stays closed for two years, an instant after those at which it is to be looked at again
 */
export function nextOpening(window: Window, at: number): number {
  if (isOpen(window, at)) return at;
  // Only dates can keep a window closed for longer than one search.
  const searches = window.except ? searchesMax : 1;
  for (let search = 0; search < searches; search++) {
    const opening = openingFrom(window, at + search * searchDays * dayMs);
    if (opening !== undefined) return opening;
  }
  return at + searches * searchDays * dayMs;
}

/** Whether there is a day on which it opens, however far away: its days and the dates on which it is closed may leave none. */
export function everOpens(window: Window): boolean {
  const ends = (window.except ?? []).map((dates) => dates.split('/').at(-1) ?? '');
  const lasts = ends.filter((date) => date.length === 'YYYY-MM-DD'.length).map(Date.parse);
  // After the last date with a year, what is left comes again with every round of the calendar.
  const from = Math.ceil(Math.max(0, ...lasts) / dayMs) + 1;
  const goesOn = timeOfDay(window.to) <= timeOfDay(window.from) && timeOfDay(window.to) > 0;
  for (let day = from; day < from + calendarDays; day++) {
    if (isExcepted(window, day)) continue;
    if (beginsOn(window, day) || (goesOn && beginsOn(window, day - 1))) return true;
  }
  return false;
}

/**
 * The first instant after `at` at which the window is closed, found to the minute; a day later when it is open all day.
 *
 * @param at epoch ms, at which it is open
 */
export function nextClosing(window: Window, at: number): number {
  const last = at + dayMs;
  let next = at - (at % minuteMs) + minuteMs;
  while (next < last && isOpen(window, next)) next += minuteMs;
  return Math.min(next, last);
}

function openingFrom(window: Window, at: number): number | undefined {
  const { timeZone, except } = window;
  const openings = [
    ...beginnings(window, at),
    ...clockChanges(timeZone, at, at + searchDays * dayMs),
    // A window that had begun before a closed date, or on it, goes on after it.
    ...(except ? beginnings({ from: '00:00', timeZone }, at) : []),
  ].filter((candidate) => candidate > at && isOpen(window, candidate));
  return openings.length > 0 ? Math.min(...openings) : undefined;
}

/** Whenever the clock shows the time at which the window begins: once a day, or twice when the clock is set back. */
function beginnings({ from, timeZone }: Pick<Window, 'from' | 'timeZone'>, at: number): number[] {
  const today = Math.floor((at + utcOffsetMs(timeZone, at)) / dayMs);
  return Array.from({ length: searchDays }, (_, index) => {
    const local = (today + index) * dayMs + timeOfDay(from);
    const offsets = [utcOffsetMs(timeZone, local - dayMs), utcOffsetMs(timeZone, local + dayMs)];
    return offsets.map((offset) => local - offset).filter((begin) => begin + utcOffsetMs(timeZone, begin) === local);
  }).flat();
}

/** @param day days since 1970-01-01, which was a Thursday */
function beginsOn({ days }: Window, day: number): boolean {
  return days === undefined || days.includes((((day + 4) % 7) + 7) % 7);
}

/** @param day days since 1970-01-01 */
function isExcepted({ except }: Window, day: number): boolean {
  if (!except) return false;
  const date = new Date(day * dayMs).toISOString().slice(0, 'YYYY-MM-DD'.length);
  return except.some((dates) => {
    const [first = '', last = first] = dates.split('/');
    // A date without its year is compared without it.
    const seen = date.slice(-first.length);
    return first <= last ? seen >= first && seen <= last : seen >= first || seen <= last;
  });
}

/** Milliseconds since midnight. */
function timeOfDay(text: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$|^24:00$/.exec(text) ?? refuse(text);
  return hours === undefined ? dayMs : (Number(hours) * 60 + Number(minutes)) * minuteMs;
}

function refuse(text: string): never {
  throw new WindowError(
    'WINDOW_INVALID',
    `Found the time of day '${text}', expected one from 00:00 to 24:00. Write it as '09:00'.`,
  );
}
