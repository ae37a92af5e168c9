/**
 * Windows: the hours in which something may be done.
 */
import { z } from 'zod';
import type { Window } from '../policies/window.ts';
import { days } from './definition.ts';
import { field, section } from './field.ts';
import { oneOf, timeZone } from './fields.ts';

/** @param zone the config's time zone, for a window without its own */
export function windowSchema(zone: string) {
  return section({
    from: timeOfDay(/^([01]\d|2[0-3]):[0-5]\d$/),
    to: timeOfDay(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/),
    days: z.array(oneOf(days), someDays).min(1, someDays).optional(),
    timeZone: timeZone().default(zone),
    except: z.array(dates(), { error: "an array of dates such as ['2026-12-24', '12-25']" }).optional(),
  }).transform(
    ({ days: names, except, ...window }): Window => ({
      ...window,
      ...(except && { except }),
      ...(names && { days: days.flatMap((day, index) => (names.includes(day) ? [index] : [])) }),
    }),
  );
}

const someDays = { error: "an array of days such as ['mon', 'tue']" };

const datesWish = {
  expected: 'a date, or a range of dates',
  fix: "Write it as '2026-12-24', '12-25' for every year, or '2026-12-24/2027-01-02'.",
};

const dates = () =>
  field(datesWish, (value) => {
    if (typeof value !== 'string') return undefined;
    const [first = '', last = first, more] = value.split('/');
    if (more !== undefined || !isDate(first) || !isDate(last) || first.length !== last.length) return undefined;
    // With years, a range that ends before it begins is a mistake; without them, it goes over the new year.
    return first.length === 'MM-DD'.length || first <= last ? value : undefined;
  });

/** Of a leap year when no year is given. */
function isDate(text: string): boolean {
  if (!/^(\d{4}-)?\d{2}-\d{2}$/.test(text)) return false;
  const whole = text.length === 'MM-DD'.length ? `2024-${text}` : text;
  const ms = Date.parse(`${whole}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(whole);
}

const timeOfDay = (written: RegExp) =>
  field({ expected: 'a time of day', fix: "Write it as '09:00'." }, (value) =>
    typeof value === 'string' && written.test(value) ? value : undefined,
  );
