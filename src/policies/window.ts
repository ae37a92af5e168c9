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
};

/** `WINDOW_INVALID`: a window that the configuration should have refused. */
export class WindowError extends NightshiftError {}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** A window of one day a week that lies within a jump of the clock opens a week later. */
const searchDays = 16;

/** Whether the window is open at an instant (epoch ms). */
export function isOpen(window: Window, at: number): boolean {
  const local = at + utcOffsetMs(window.timeZone, at);
  const today = Math.floor(local / dayMs);
  const time = local - today * dayMs;
  const from = timeOfDay(window.from);
  const to = timeOfDay(window.to);
  const sinceToday = time >= from && (to <= from || time < to);
  const sinceYesterday = to <= from && time < to;
  return (sinceToday && beginsOn(window, today)) || (sinceYesterday && beginsOn(window, today - 1));
}

/**
 * The first instant from `at` on at which the window is open: `at` itself when it is.
 *
 * @param at epoch ms
 * @returns epoch ms
 * @throws {WindowError} when the window never opens
 */
export function nextOpening(window: Window, at: number): number {
  if (isOpen(window, at)) return at;
  const openings = [...beginnings(window, at), ...clockChanges(window.timeZone, at, at + searchDays * dayMs)].filter(
    (candidate) => candidate > at && isOpen(window, candidate),
  );
  if (openings.length > 0) return Math.min(...openings);
  throw new WindowError(
    'WINDOW_INVALID',
    `Found a window from ${window.from} to ${window.to} on the days [${window.days}] that never opens, expected days from 0 to 6. Name at least one day.`,
  );
}

/** Whenever the clock shows the time at which the window begins: once a day, or twice when the clock is set back. */
function beginnings({ from, timeZone }: Window, at: number): number[] {
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
