/**
 * Windows: the hours in which something may be done.
 */
import { z } from 'zod';
import { everOpens, type Window } from '../policies/window.ts';
import { days } from './definition.ts';
import { field, type Mismatch, section, together } from './field.ts';
import { oneOf, timeZone } from './fields.ts';

const beginning = /^([01]\d|2[0-3]):[0-5]\d$/;
const end = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** @param zone the config's time zone, for a window without its own */
export function windowSchema(zone: string) {
  const written = section({
    from: timeOfDay(beginning),
    to: timeOfDay(end),
    days: z.array(oneOf(days), someDays).min(1, someDays).optional(),
    timeZone: timeZone().default(zone),
    except: z.array(dates(), { error: "an array of dates such as ['2026-12-24', '12-25']" }).optional(),
  });
  return together(written, opensSometime).transform(ofDefinition);
}

interface Written {
  from: string;
  to: string;
  timeZone: string;
  days?: readonly (typeof days)[number][] | undefined;
  except?: string[] | undefined;
}

function ofDefinition({ days: names, except, ...window }: Written): Window {
  return {
    ...window,
    ...(except && { except }),
    ...(names && { days: days.flatMap((day, index) => (names.includes(day) ? [index] : [])) }),
  };
}

/** Whoever waited for it would wait for ever. */
function opensSometime(written: Readonly<Record<string, unknown>>): Mismatch | undefined {
  const { from, to, days, except } = written;
  // What is wrong with these is said of them.
  const isWell =
    beginning.test(String(from)) &&
    end.test(String(to)) &&
    (days === undefined || Array.isArray(days)) &&
    Array.isArray(except) &&
    except.every(isDates);
  if (!isWell || everOpens(ofDefinition(written as unknown as Written))) return undefined;
  return {
    path: ['except'],
    found: 'dates that leave it no day on which to open',
    expected: 'at least one day left',
    fix: 'Take dates out, or add days.',
  };
}

const someDays = { error: "an array of days such as ['mon', 'tue']" };

const datesWish = {
  expected: 'a date, or a range of dates',
  fix: "Write it as '2026-12-24', '12-25' for every year, or '2026-12-24/2027-01-02'.",
};

const dates = () => field(datesWish, (value) => (isDates(value) ? value : undefined));

function isDates(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const [first = '', last = first, more] = value.split('/');
  if (more !== undefined || !isDate(first) || !isDate(last) || first.length !== last.length) return false;
  // With years, a range that ends before it begins is a mistake; without them, it goes over the new year.
  return first.length === 'MM-DD'.length || first <= last;
}

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
