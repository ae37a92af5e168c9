import { describe, expect, it } from 'vitest';
import { leftOf, roomAt, type Spent, spentUnder, withCall } from '../../src/policies/budget.ts';
import type { QuotaSettings } from '../../src/policies/settings.ts';
import { fc } from '../property.ts';

const at = Date.UTC(2026, 0, 5, 8);
const minute = 60_000;
const aMinute = (limit: number): QuotaSettings => ({ limit, per: 'minute', periodMs: minute, resets: null });
const pacific = { expression: '0 0 * * *', timeZone: 'America/Los_Angeles' };
const aDay = (limit: number): QuotaSettings => ({ limit, per: 'day', periodMs: 86_400_000, resets: pacific });

/** The budget after calls at these instants. */
function spentBy(settings: QuotaSettings, ...instants: number[]): Spent[] {
  return instants.reduce<Spent[]>((spent, instant) => withCall(spent, settings, instant), []);
}

describe('a budget for any window of a length', () => {
  it('counts a call for the length, and for what is left of its tenth', () => {
    const spent = spentBy(aMinute(2), at, at + 1);
    expect(spent).toEqual([{ until: at + 66_000, calls: 2 }]);
    expect(leftOf(spent, aMinute(2), at + 65_999)).toBe(0);
    expect(leftOf(spent, aMinute(2), at + 66_000)).toBe(2);
    expect(roomAt(spent, aMinute(2), at + 2)).toBe(at + 66_000);
  });

  it('has room again as soon as one call is over', () => {
    const spent = spentBy(aMinute(2), at, at + 30_000);
    expect(roomAt(spent, aMinute(2), at + 30_000)).toBe(at + 66_000);
    expect(roomAt(spent, aMinute(1), at + 30_000), 'of a lower limit').toBe(at + 96_000);
    expect(roomAt(spent, aMinute(3), at + 30_000)).toBe(at + 30_000);
  });

  it('is never overdrawn in any window, wherever it begins, and never holds so much that there is no room', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 7 }), (gaps, limit) => {
        const settings = aMinute(limit);
        const calls: number[] = [];
        let spent: Spent[] = [];
        let now = at;
        for (const gap of gaps) {
          now = roomAt(spent, settings, now + gap);
          expect(leftOf(spent, settings, now)).toBeGreaterThan(0);
          spent = withCall(spent, settings, now);
          calls.push(now);
          expect(spent.length).toBeLessThanOrEqual(12);
        }
        for (const [n, first] of calls.entries()) {
          expect(calls.slice(n).filter((call) => call < first + minute).length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});

describe('a budget for a day', () => {
  it('is filled up at its time of day, in its time zone', () => {
    const spent = spentBy(aDay(2), at, at + 3_600_000);
    // 8:00 UTC is midnight in Los Angeles.
    expect(spent).toEqual([{ until: at + 86_400_000, calls: 2 }]);
    expect(roomAt(spent, aDay(2), at + 7_200_000)).toBe(at + 86_400_000);
  });

  it.each([
    ['a day of 23 hours', Date.UTC(2026, 2, 8, 8), 23],
    ['a day of 25 hours', Date.UTC(2026, 10, 1, 7), 25],
  ])('is filled up after %s', (_, midnight, hours) => {
    expect(spentBy(aDay(1), midnight)).toEqual([{ until: midnight + hours * 3_600_000, calls: 1 }]);
  });
});

it('without a limit keeps nothing', () => {
  const none: QuotaSettings = { limit: null, per: 'day', periodMs: 86_400_000, resets: null };
  expect(spentBy(none, at, at)).toEqual([]);
  expect(leftOf([], none, at)).toBe(Number.POSITIVE_INFINITY);
  expect(roomAt([], none, at)).toBe(at);
});

describe('a budget whose settings change', () => {
  const day = 86_400_000;
  const moved = (hour: number): QuotaSettings => ({
    ...aDay(9),
    resets: { expression: `0 ${hour} * * *`, timeZone: 'UTC' },
  });

  it('keeps what was spent when only the limit does', () => {
    const spent = spentBy(aMinute(2), at, at + 30_000);
    expect(spentUnder(spent, aMinute(2), aMinute(5), at + 40_000)).toEqual(spent);
    // By a clock that was a year ahead.
    const ahead = spentBy(aMinute(2), at + 31_536_000_000);
    expect(leftOf(spentUnder(ahead, aMinute(2), aMinute(2), at), aMinute(2), at)).toBeLessThan(2);
    expect(leftOf(spentUnder(ahead, aMinute(2), aMinute(2), at), aMinute(2), at + 66_001)).toBe(2);
  });

  it('counts calls of a minute for a whole day', () => {
    const spent = spentBy(aMinute(9), at, at + 1_000, at + 30_000);
    const anyDay: QuotaSettings = { ...aDay(9), resets: null };
    const now = spentUnder(spent, aMinute(9), anyDay, at + 40_000);
    expect(leftOf(now, anyDay, at + 40_000 + day - 60_000)).toBe(6);
    expect(leftOf(now, anyDay, at + 1.2 * day)).toBe(9);
    expect(spentUnder(spent, aMinute(9), moved(0), at + 40_000)).toEqual([{ until: Date.UTC(2026, 0, 6), calls: 3 }]);
  });

  it('counts calls until the new time of day when that is moved', () => {
    const spent = spentBy(moved(0), at, at);
    expect(spentUnder(spent, moved(0), moved(10), at + 1)).toEqual([{ until: Date.UTC(2026, 0, 5, 10), calls: 2 }]);
  });

  it('counts calls of a day for one more minute', () => {
    const spent = spentBy(moved(0), at, at);
    expect(leftOf(spentUnder(spent, moved(0), aMinute(2), at + 30_000), aMinute(2), at + 60_000)).toBe(0);
    expect(leftOf(spentUnder(spent, moved(0), aMinute(2), at + 30_000), aMinute(2), at + 120_000)).toBe(2);
  });

  it('counts nothing without a limit', () => {
    expect(spentUnder(spentBy(aMinute(2), at), aMinute(2), { ...aMinute(2), limit: null }, at)).toEqual([]);
  });
});
