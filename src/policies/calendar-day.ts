/**
 * Days of the calendar, as in `2026-11-23`, in a time zone.
 */
import { nextMatch } from './cron.ts';
import { utcOffsetMs } from './local-time.ts';

const dayMs = 86_400_000;

/** The day that it is there at an instant (epoch ms). */
export function dayAt(timeZone: string, at: number): string {
  return localText(timeZone, at).slice(0, 10);
}

/** What calendar and clock show there at an instant (epoch ms), as in `2026-11-23 07:00`. */
export function localText(timeZone: string, at: number): string {
  return new Date(at + utcOffsetMs(timeZone, at)).toISOString().slice(0, 16).replace('T', ' ');
}

/** Whether a text names a day that exists. */
export function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && Number.isFinite(at) && new Date(at).toISOString().startsWith(text);
}

/**
 * The first instants of a day and of the one after it.
 *
 * @param day one that {@link isDay}
 * @returns epoch ms; days on which the clock is set have 23 or 25 hours
 */
export function boundsOf(timeZone: string, day: string): { from: number; to: number } {
  // No zone is a whole day ahead.
  const midnight = (after: number) => nextMatch('0 0 * * *', timeZone, after) ?? Number.NaN;
  let from = midnight(Date.parse(`${day}T00:00:00Z`) - dayMs);
  while (dayAt(timeZone, from) < day) from = midnight(from);
  return { from, to: midnight(from) };
}
