import { describe, expect, it } from 'vitest';
import { defaultGraceMs, expectedAfter, graceFrom } from '../../src/policies/expected-beat.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('the grace', () => {
  const cron = (expression: string) => ({ kind: 'cron', expression, timeZone: 'UTC', offsetMs: 0 }) as const;
  it.each([
    ['every five minutes', { kind: 'every', everyMs: 5 * minute, offsetMs: 0 } as const, 5 * minute],
    ['every hour', { kind: 'every', everyMs: hour, offsetMs: 0 } as const, hour],
    ['every day', { kind: 'every', everyMs: 24 * hour, offsetMs: 0 } as const, hour],
    ['*/15 * * * *', cron('*/15 * * * *'), 15 * minute],
    ['0 3 * * *', cron('0 3 * * *'), hour],
  ])('of %s', (_, schedule, graceMs) => {
    expect(defaultGraceMs(schedule, hour, 0)).toBe(graceMs);
  });

  it.each([
    ['every day', { kind: 'every', everyMs: 24 * hour, offsetMs: 0 } as const, 5 * hour],
    ['0 3 * * *', cron('0 3 * * *'), 5 * hour],
    ['every ten minutes', { kind: 'every', everyMs: 10 * minute, offsetMs: 0 } as const, 10 * minute],
  ])('of %s, whose runs may take five hours', (_, schedule, graceMs) => {
    expect(defaultGraceMs(schedule, 5 * hour, 0)).toBe(graceMs);
  });

  it.each([
    ['was due', 0, 30_000, 0],
    ['there was somebody to see it, when nobody was when it was due', 0, 5 * minute, 5 * minute],
    ['it is missed, when it was never due', null, 5 * minute, 5 * minute],
  ])('counts from when a beat %s', (_, expectedAt, at, from) => {
    expect(graceFrom(expectedAt, at)).toBe(from);
  });

  it('counts from when the schedule is due by the clock on the wall, when that changes too', () => {
    const settings = { schedule: { ...cron('0 3 * * *'), timeZone: 'Europe/Berlin' }, window: null, graceMs: hour };
    const at = Date.parse('2026-03-28T12:00:00Z');
    expect(new Date(expectedAfter(settings, 0, at) ?? 0).toISOString()).toBe('2026-03-29T01:00:00.000Z');
  });
});
