import { expect, it } from 'vitest';
import { type Keep, retained } from '../../src/policies/retention.ts';
import { fc } from '../property.ts';

const dayMs = 86_400_000;
const only = (daily: number, weekly: number): Keep => ({ last: 1, daily, weekly, maxAgeMs: null });
const keep = only(7, 4);
const at = (text: string) => Date.parse(text);
const late = at('2027-01-01T00:00Z');
const days = (copies: Iterable<number>) => [...copies].map((copy) => new Date(copy).toISOString().slice(0, 10)).sort();

/** As the nights go by: a copy is made, and what does not stay is removed. */
function afterNights(nights: number, keeping = keep, zone = 'UTC'): Set<number> {
  let copies = new Set<number>();
  const first = at('2026-09-01T03:30:00Z');
  for (let night = 0; night < nights; night++) {
    const now = first + night * dayMs;
    copies = retained([...copies, now], keeping, zone, now);
  }
  return copies;
}

it('keeps a copy of each of the latest days and weeks', () => {
  // 1 September 2026 is a Tuesday; the last night is that to Tuesday, 10 November.
  expect(days(afterNights(71))).toEqual([
    '2026-10-25',
    '2026-11-01',
    '2026-11-04',
    '2026-11-05',
    '2026-11-06',
    '2026-11-07',
    '2026-11-08',
    '2026-11-09',
    '2026-11-10',
  ]);
});

it('keeps the newest of a day on which several were made', () => {
  const [morning, noon, next] = [at('2026-11-23T03:30Z'), at('2026-11-23T12:00Z'), at('2026-11-24T03:30Z')];
  expect([...retained([noon, morning, next], only(7, 0), 'UTC', late)]).toEqual([next, noon]);
});

it('keeps the latest few, though they were made on one day', () => {
  const hourly = [0, 1, 2, 3].map((hour) => at('2026-11-23T03:30Z') + hour * 3_600_000);
  expect([...retained(hourly, { ...only(1, 0), last: 3 }, 'UTC', late)]).toEqual(hourly.slice(1).reverse());
});

it('lets go of what is too old, but not of the latest few', () => {
  const nights = [0, 1, 2, 3, 4].map((night) => at('2026-11-01T03:30Z') + night * dayMs);
  const old = { ...keep, last: 2, maxAgeMs: 3 * dayMs };
  expect(retained(nights, old, 'UTC', nights[4] ?? 0)).toEqual(new Set(nights.slice(1).reverse()));
  // As after a clock that was wrong for years.
  expect(retained(nights, old, 'UTC', late)).toEqual(new Set(nights.slice(3).reverse()));
});

it('lets days begin in the given time zone', () => {
  const copies = [at('2026-11-23T12:00Z'), at('2026-11-23T23:30Z')];
  expect(retained(copies, only(2, 0), 'UTC', late).size).toBe(1);
  expect(retained(copies, only(2, 0), 'Europe/Berlin', late).size).toBe(2);
});

it('lets weeks begin on Monday', () => {
  const [sunday, monday] = [at('2026-11-22T12:00Z'), at('2026-11-23T12:00Z')];
  expect(retained([sunday, monday], only(1, 2), 'UTC', late).size).toBe(2);
  expect(retained([sunday - dayMs, sunday], only(1, 2), 'UTC', late).size).toBe(1);
});

it('removes nothing for an outage, however long', () => {
  const before = [...afterNights(71)];
  const next = (before.toSorted((a, b) => b - a)[0] ?? 0) + 300 * dayMs;
  // One day and one week more, so one of each less.
  expect(retained([...before, next], keep, 'UTC', next).size).toBe(before.length - 1);
});

const instants = fc.array(fc.integer({ min: 0, max: 4e12 }), { maxLength: 60 });
const clustered = fc.array(fc.integer({ min: 1.7e12, max: 1.7e12 + 60 * dayMs }), { maxLength: 60 });
const keeping = fc.record({
  last: fc.integer({ min: 1, max: 10 }),
  daily: fc.integer({ min: 1, max: 10 }),
  weekly: fc.integer({ min: 0, max: 10 }),
  maxAgeMs: fc.option(fc.integer({ min: 1, max: 90 * dayMs })),
});
const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu');

it('keeps the newest, nothing that was not there, no more than asked for, and the same when asked again', () => {
  fc.assert(
    fc.property(fc.oneof(instants, clustered), keeping, zones, (copies, keeping, zone) => {
      const stay = retained(copies, keeping, zone, 2e12);
      if (copies.length > 0) expect(stay).toContain(Math.max(...copies));
      expect(copies).toEqual(expect.arrayContaining([...stay]));
      expect(stay.size).toBeLessThanOrEqual(keeping.last + keeping.daily + keeping.weekly);
      expect(retained([...stay], keeping, zone, 2e12)).toEqual(stay);
    }),
  );
});

it('does not keep less because more is asked for', () => {
  fc.assert(
    fc.property(clustered, keeping, (copies, keeping) => {
      const { last, daily, weekly, maxAgeMs } = keeping;
      const wish = { last: last + 1, daily: daily + 1, weekly: weekly + 1, maxAgeMs: maxAgeMs && maxAgeMs + dayMs };
      const more = retained(copies, wish, 'UTC', 2e12);
      expect([...more]).toEqual(expect.arrayContaining([...retained(copies, keeping, 'UTC', 2e12)]));
    }),
  );
});
