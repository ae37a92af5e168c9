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
  }).transform(
    ({ days: names, ...window }): Window => ({
      ...window,
      ...(names && { days: days.flatMap((day, index) => (names.includes(day) ? [index] : [])) }),
    }),
  );
}

const someDays = { error: "an array of days such as ['mon', 'tue']" };

const timeOfDay = (written: RegExp) =>
  field({ expected: 'a time of day', fix: "Write it as '09:00'." }, (value) =>
    typeof value === 'string' && written.test(value) ? value : undefined,
  );
