import { expect, it } from 'vitest';
import { minuteOf, tickOf, timeOf, told } from '../../src/page/format.ts';
import { timeRange } from '../../src/page/parts/line-chart.ts';

const at = (hours: number, minutes = 0) => new Date(2026, 10, 27, hours, minutes).getTime();

it('writes times of day as the log does, by 24 hours, in a browser of any language', () => {
  expect(timeOf(at(23, 5), at(23, 30))).toBe('23:05:00');
  expect(timeOf(at(0, 5) - 86_400_000, at(23))).toMatch(/26.*\b00:05$/);
  expect(minuteOf(at(15, 7))).toMatch(/27.*\b15:07$/);
});

it('says the instants in a text, which are kept in UTC, by the clock of who reads it', () => {
  const kept = new Date(at(15, 7)).toISOString();
  expect(told(`used up until ${kept}, as on 2026-11-23`, at(12))).toBe('used up until 15:07:00, as on 2026-11-23');
  expect(told('not before 2026-13-40T00:00:00Z', at(12))).toBe('not before 2026-13-40T00:00:00Z');
});

it('has the minute at an axis, and the day where that begins', () => {
  expect(tickOf(at(18))).toBe('18:00');
  expect(tickOf(at(0))).toMatch(/27/);
  expect(tickOf(at(0))).not.toContain(':');
});

it('shows some hours around a single point, and all of many', () => {
  expect(timeRange(100, 100, 6)).toEqual([94, 100]);
  expect(timeRange(52, 100, 6)).toEqual([52, 100]);
});
