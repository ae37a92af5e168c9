import { expect, it } from 'vitest';
import { type Keep, retained } from '../../src/policies/retention.ts';
import { fc } from '../property.ts';

const dayMs = 86_400_000;
const keep: Keep = { daily: 7, weekly: 4 };
const at = (text: string) => Date.parse(text);
const days = (copies: Iterable<number>) => [...copies].map((copy) => new Date(copy).toISOString().slice(0, 10)).sort();

/** As the nights go by: a copy is made, and what does not stay is removed. */
function afterNights(nights: number, keeping = keep, zone = 'UTC'): Set<number> {
  let copies = new Set<number>();
  const first = at('2026-09-01T03:30:00Z');
  for (let night = 0; night < nights; night++) {
    copies = retained([...copies, first + night * dayMs], keeping, zone);
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
  expect([...retained([noon, morning, next], { daily: 7, weekly: 0 }, 'UTC')]).toEqual([next, noon]);
});

it('lets days begin in the given time zone', () => {
  const copies = [at('2026-11-23T12:00Z'), at('2026-11-23T23:30Z')];
  expect(retained(copies, { daily: 2, weekly: 0 }, 'UTC').size).toBe(1);
  expect(retained(copies, { daily: 2, weekly: 0 }, 'Europe/Berlin').size).toBe(2);
});

it('lets weeks begin on Monday', () => {
  const [sunday, monday] = [at('2026-11-22T12:00Z'), at('2026-11-23T12:00Z')];
  expect(retained([sunday, monday], { daily: 1, weekly: 2 }, 'UTC').size).toBe(2);
  expect(retained([sunday - dayMs, sunday], { daily: 1, weekly: 2 }, 'UTC').size).toBe(1);
});

it('removes nothing for an outage, however long', () => {
  const before = [...afterNights(71)];
  const next = (before.toSorted((a, b) => b - a)[0] ?? 0) + 300 * dayMs;
  // One day and one week more, so one of each less.
  expect(retained([...before, next], keep, 'UTC').size).toBe(before.length - 1);
});

const instants = fc.array(fc.integer({ min: 0, max: 4e12 }), { maxLength: 60 });
const clustered = fc.array(fc.integer({ min: 1.7e12, max: 1.7e12 + 60 * dayMs }), { maxLength: 60 });
const keeping = fc.record({ daily: fc.integer({ min: 1, max: 10 }), weekly: fc.integer({ min: 0, max: 10 }) });
const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu');

it('keeps the newest, nothing that was not there, no more than asked for, and the same when asked again', () => {
  fc.assert(
    fc.property(fc.oneof(instants, clustered), keeping, zones, (copies, keeping, zone) => {
      const stay = retained(copies, keeping, zone);
      if (copies.length > 0) expect(stay).toContain(Math.max(...copies));
      expect(copies).toEqual(expect.arrayContaining([...stay]));
      expect(stay.size).toBeLessThanOrEqual(keeping.daily + keeping.weekly);
      expect(retained([...stay], keeping, zone)).toEqual(stay);
    }),
  );
});

it('does not keep less because more is asked for', () => {
  fc.assert(
    fc.property(clustered, keeping, (copies, keeping) => {
      const more = retained(copies, { daily: keeping.daily + 1, weekly: keeping.weekly + 1 }, 'UTC');
      expect([...more]).toEqual(expect.arrayContaining([...retained(copies, keeping, 'UTC')]));
    }),
  );
});
