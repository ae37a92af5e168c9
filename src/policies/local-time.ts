/**
 * What the clock on a wall somewhere shows, and when it is set forward or back.
 */
import { memoized } from './memo.ts';

const dayMs = 86_400_000;
/** The last that JavaScript can name, epoch ms. */
const lastInstant = 8.64e15;
const zonesMax = 64;
/** Of a zone. Whoever looks for an opening looks at a few weeks of days. */
const daysMax = 64;

/**
 * How far the local time of a zone is ahead of UTC at an instant.
 *
 * @param timeZone a name of the IANA database
 * @param at epoch ms
 * @returns milliseconds; negative west of Greenwich
 * @throws {RangeError} on an unknown zone
 */
export function utcOffsetMs(timeZone: string, at: number): number {
  return offsetOfDay(timeZone)(Math.floor(at / dayMs)) ?? askedOffsetMs(timeZone, at);
}

/**
 * The instants within a range at which the clock is set. Two settings within one day may be missed; no zone has
 * done that yet.
 *
 * @returns epoch ms, ascending
 */
export function clockChanges(timeZone: string, from: number, to: number): number[] {
  const changes: number[] = [];
  for (let start = from; start < to; start += dayMs) {
    const end = Math.min(start + dayMs, to);
    const before = utcOffsetMs(timeZone, start);
    if (utcOffsetMs(timeZone, end) === before) continue;
    let [early, late] = [start, end];
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if (utcOffsetMs(timeZone, middle) === before) early = middle;
      else late = middle;
    }
    changes.push(late);
  }
  return changes;
}

/** By the day, in UTC: what a zone is ahead of UTC from its beginning to its end; undefined when the clock is set meanwhile. */
const offsetOfDay = memoized(zonesMax, (timeZone) =>
  memoized<number | undefined, number>(daysMax, (day) => {
    const offset = askedOffsetMs(timeZone, day * dayMs);
    const end = Math.min((day + 1) * dayMs, lastInstant);
    return askedOffsetMs(timeZone, end) === offset ? offset : undefined;
  }),
);

function askedOffsetMs(timeZone: string, at: number): number {
  const whole = Math.floor(at / 1000) * 1000;
  const fields: Record<string, number> = {};
  for (const { type, value } of formatter(timeZone).formatToParts(whole)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
}

// Making a formatter costs a thousand times as much as using it.
const formatter = memoized(
  zonesMax,
  (timeZone) =>
    new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }),
);
