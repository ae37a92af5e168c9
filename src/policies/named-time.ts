/**
 * A time as a person names it: `03:00`, `03:00:15`, or with its day, as in `2026-11-23 03:00`; or as logs and records write an
 * instant, `2026-11-23T02:00:15.120Z`.
 */
import { dayAt, isDay } from './calendar-day.ts';
import { utcOffsetMs } from './local-time.ts';

/** From one instant up to, but without, another: epoch ms. */
export interface Span {
  from: number;
  to: number;
}

const form = /^(?:(\d{4}-\d\d-\d\d)[T ])?([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const dayMs = 86_400_000;

/**
 * The minute or second that is meant: without a day, the latest one up to now.
 *
 * @param now epoch ms
 * @returns undefined for a text that names none, or a day that there is not
 */
export function namedTime(text: string, timeZone: string, now: number): Span | undefined {
  if (instantForm.test(text.trim())) return secondOf(Date.parse(text.trim()));
  const [, day, hour = '', minute = '', second] = form.exec(text.trim()) ?? [];
  if (hour === '' || (day !== undefined && !isDay(day))) return undefined;
  const on = (date: string) => instantOf(`${date}T${hour.padStart(2, '0')}:${minute}:${second ?? '00'}Z`, timeZone);
  const today = on(day ?? dayAt(timeZone, now));
  const from = day === undefined && today > now ? on(dayAt(timeZone, now - dayMs)) : today;
  return Number.isNaN(from) ? undefined : { from, to: from + (second === undefined ? 60_000 : 1_000) };
}

function secondOf(at: number): Span | undefined {
  const from = Math.floor(at / 1_000) * 1_000;
  return Number.isNaN(from) ? undefined : { from, to: from + 1_000 };
}

/** @param local what the clock there shows, written as if it were UTC */
function instantOf(local: string, timeZone: string): number {
  const at = Date.parse(local);
  if (Number.isNaN(at)) return at;
  return at - utcOffsetMs(timeZone, at - utcOffsetMs(timeZone, at));
}
