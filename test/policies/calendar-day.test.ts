import { expect, it } from 'vitest';
import { boundsOf, dayAt, isDay, localText } from '../../src/policies/calendar-day.ts';
import { fc } from '../property.ts';

const hour = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();
const zones = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'Pacific/Niue'];

it('says what calendar and clock show', () => {
  const at = Date.parse('2026-11-23T23:30:00Z');
  expect(localText('Europe/Berlin', at)).toBe('2026-11-24 00:30');
  expect(dayAt('America/Los_Angeles', at)).toBe('2026-11-23');
});

it.each([
  ['Europe/Berlin', '2026-11-23', '2026-11-22T23:00:00.000Z', 24],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', 23],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', 25],
  // In Beirut the clock is set at midnight.
  ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z', 23],
])('in %s %s begins at %s and has %i hours', (zone, day, begins, hours) => {
  const { from, to } = boundsOf(zone, day);
  expect([iso(from), (to - from) / hour]).toEqual([begins, hours]);
});

it('puts every instant into exactly the day that it is', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 4e12 }), (zone, at) => {
      const day = dayAt(zone, at);
      expect(isDay(day)).toBe(true);
      const { from, to } = boundsOf(zone, day);
      expect(from).toBeLessThanOrEqual(at);
      expect(to).toBeGreaterThan(at);
    }),
  );
});

it.each(['2026-02-30', '2026-13-01', '2026-1-1', 'today', '', '2026-11-23T00', '20261123', '../2026-11-23'])(
  'is no day: %s',
  (text) => {
    expect(isDay(text)).toBe(false);
  },
);
