import { describe, expect, it } from 'vitest';
import { lastDue, nextDue, type Schedule, stableOffsetMs } from '../../src/policies/schedule.ts';
import { fc } from '../property.ts';

const at = (text: string) => Date.parse(text);
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const cron = (expression: string, timeZone = 'UTC', offsetMs = 0): Schedule => ({
  kind: 'cron',
  expression,
  timeZone,
  offsetMs,
});
const every = (everyMs: number, offsetMs = 0): Schedule => ({ kind: 'every', everyMs, offsetMs });

/** The due times after an instant, one by one. */
function dues(schedule: Schedule, after: string, count: number): (string | null)[] {
  const found: (string | null)[] = [];
  let from = at(after);
  for (let index = 0; index < count; index++) {
    const due = nextDue(schedule, 0, from);
    found.push(iso(due));
    if (due === null) break;
    from = due;
  }
  return found;
}

describe('an interval', () => {
  it('is due at its anchor for the first time', () => {
    expect(nextDue(every(60_000), 1000, 0)).toBe(1000);
    expect(nextDue(every(60_000), 1000, 999)).toBe(1000);
    expect(nextDue(every(60_000), 1000, 1000)).toBe(61_000);
  });

  it('is moved by its offset', () => {
    expect(nextDue(every(60_000, 7), 1000, 0)).toBe(1007);
    expect(lastDue(every(60_000, 7), 1000, 0, 61_006)).toBe(1007);
  });

  it('has nothing due before its anchor', () => {
    expect(lastDue(every(60_000), 1000, 0, 999)).toBeNull();
  });

  it('ends where instants end', () => {
    expect(nextDue(every(60_000), 0, 8.64e15)).toBeNull();
  });

  it('refuses an interval of nothing', () => {
    for (const everyMs of [0, -1, Number.NaN]) {
      expect(() => nextDue(every(everyMs), 0, 0)).toThrow(RangeError);
      expect(() => lastDue(every(everyMs), 0, 0, 1)).toThrow(RangeError);
    }
  });

  it('stays on its grid, and the next due time is the first after the last', () => {
    const instants = fc.integer({ min: 0, max: 4 * 10 ** 12 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.integer({ min: 0, max: 10 ** 6 }),
        instants,
        instants,
        (everyMs, offsetMs, anchor, now) => {
          const schedule = every(everyMs, offsetMs);
          const next = nextDue(schedule, anchor, now) as number;
          const last = lastDue(schedule, anchor, 0, now);
          expect(next).toBeGreaterThan(now);
          expect((next - anchor - offsetMs) % everyMs).toBe(0);
          expect(last ?? next - everyMs).toBe(next - everyMs);
          expect(last === null).toBe(now < anchor + offsetMs);
        },
      ),
    );
  });
});

describe('a cron expression', () => {
  it('is due strictly after', () => {
    expect(dues(cron('*/30 * * * *'), '2025-06-01T10:29:59.999Z', 2)).toEqual([
      '2025-06-01T10:30:00.000Z',
      '2025-06-01T11:00:00.000Z',
    ]);
  });

  it('is moved by its offset, both ways', () => {
    const schedule = cron('0 * * * *', 'UTC', 90_500);
    expect(dues(schedule, '2025-06-01T10:01:30.499Z', 2)).toEqual([
      '2025-06-01T10:01:30.500Z',
      '2025-06-01T11:01:30.500Z',
    ]);
    const from = at('2025-06-01T00:00:00Z');
    expect(iso(lastDue(schedule, 0, from, at('2025-06-01T10:01:30.499Z')))).toBe('2025-06-01T09:01:30.500Z');
    expect(iso(lastDue(schedule, 0, from, at('2025-06-01T10:01:30.500Z')))).toBe('2025-06-01T10:01:30.500Z');
  });

  it('knows the last due time of a range, its ends included', () => {
    const hourly = cron('0 * * * *');
    const due = at('2025-06-01T10:00:00Z');
    expect(lastDue(hourly, 0, due, due)).toBe(due);
    expect(lastDue(hourly, 0, due + 1, due + 3_599_999)).toBeNull();
    expect(lastDue(hourly, 0, due - 1, due + 3_599_999)).toBe(due);
  });

  it('finds the last due time of a year of minutes without counting them', () => {
    const to = at('2026-01-01T00:00:30Z');
    expect(iso(lastDue(cron('* * * * *'), 0, at('2025-01-01T00:00:00Z'), to))).toBe('2026-01-01T00:00:00.000Z');
  });

  it('waits for leap days, across a century that has none', () => {
    expect(dues(cron('0 0 29 2 *'), '2096-02-28T00:00:00Z', 2)).toEqual([
      '2096-02-29T00:00:00.000Z',
      '2104-02-29T00:00:00.000Z',
    ]);
  });

  it('goes on in the far future, up to the year 2999', () => {
    expect(dues(cron('0 12 1 1 *'), '2998-06-01T00:00:00Z', 2)).toEqual(['2999-01-01T12:00:00.000Z', null]);
    expect(nextDue(cron('0 12 1 1 *'), 0, 8.64e15 + 1)).toBeNull();
  });

  it('never comes again after its last year', () => {
    expect(dues(cron('0 0 0 1 1 * 2030'), '2025-01-01T00:00:00Z', 2)).toEqual(['2030-01-01T00:00:00.000Z', null]);
    expect(lastDue(cron('0 0 0 1 1 * 2030'), 0, 0, at('2025-01-01T00:00:00Z'))).toBeNull();
  });

  const clockChanges = [
    [
      'a nightly time that does not exist comes when the clock has jumped',
      'Europe/Berlin',
      '30 2 * * *',
      '2025-03-29T02:00:00Z',
      ['2025-03-30T01:00:00.000Z', '2025-03-31T00:30:00.000Z'],
    ],
    [
      'a nightly time that exists twice comes the first time',
      'Europe/Berlin',
      '30 2 * * *',
      '2025-10-25T02:00:00Z',
      ['2025-10-26T00:30:00.000Z', '2025-10-27T01:30:00.000Z'],
    ],
    [
      'a list of times counts as times of day',
      'Europe/Berlin',
      '30 2,14 * * *',
      '2025-03-29T20:00:00Z',
      ['2025-03-30T01:00:00.000Z', '2025-03-30T12:30:00.000Z'],
    ],
    [
      'a rhythm runs through the missing hour',
      'Europe/Berlin',
      '*/30 * * * *',
      '2025-03-30T00:00:00Z',
      ['2025-03-30T00:30:00.000Z', '2025-03-30T01:00:00.000Z', '2025-03-30T01:30:00.000Z'],
    ],
    [
      'a rhythm runs through both hours',
      'Europe/Berlin',
      '0 * * * *',
      '2025-10-25T23:30:00Z',
      ['2025-10-26T00:00:00.000Z', '2025-10-26T01:00:00.000Z', '2025-10-26T02:00:00.000Z'],
    ],
    [
      'a nightly time that does not exist comes when the clock has jumped',
      'America/New_York',
      '30 2 * * *',
      '2025-03-08T08:00:00Z',
      ['2025-03-09T07:00:00.000Z', '2025-03-10T06:30:00.000Z'],
    ],
    [
      'a nightly time that exists twice comes the first time',
      'America/New_York',
      '30 1 * * *',
      '2025-11-01T12:00:00Z',
      ['2025-11-02T05:30:00.000Z', '2025-11-03T06:30:00.000Z'],
    ],
    [
      'a rhythm runs through both hours',
      'America/New_York',
      '0 * * * *',
      '2025-11-02T04:30:00Z',
      ['2025-11-02T05:00:00.000Z', '2025-11-02T06:00:00.000Z', '2025-11-02T07:00:00.000Z'],
    ],
  ] as const;

  it.each(clockChanges)('%s (%s, %s)', (_, zone, expression, after, expected) => {
    const schedule = cron(expression, zone);
    expect(dues(schedule, after, expected.length)).toEqual(expected);
    for (const [index, due] of expected.entries()) {
      const before = index === 0 ? null : (expected[index - 1] ?? null);
      expect(iso(lastDue(schedule, 0, at(after) + 1, at(due)))).toBe(due);
      expect(iso(lastDue(schedule, 0, at(after) + 1, at(due) - 1))).toBe(before);
    }
  });

  it('agrees with itself: the last due time up to an instant is the one before the next', () => {
    const day = 86_400_000;
    const days = ['2025-03-30', '2025-10-26', '2025-11-02', '2025-03-09', '2024-02-29'].map(at);
    fc.assert(
      fc.property(
        fc.constantFrom('*/30 * * * *', '30 2 * * *', '30 1,2,14 * * *', '15 0-4 * * *', '0 3 * * SUN', '*/20 2 * * *'),
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
        fc.constantFrom(...days),
        fc.integer({ min: -day, max: 2 * day }),
        (expression, zone, start, shift) => {
          const schedule = cron(expression, zone);
          const now = start + shift;
          const next = nextDue(schedule, 0, now) as number;
          const last = lastDue(schedule, 0, 0, now) as number;
          expect(next).toBeGreaterThan(now);
          expect(last).toBeLessThanOrEqual(now);
          expect(nextDue(schedule, 0, last)).toBe(next);
          expect(lastDue(schedule, 0, 0, next)).toBe(next);
          expect(lastDue(schedule, 0, 0, next - 1)).toBe(last);
        },
      ),
    );
  });

  it('refuses an expression or a zone that nobody knows, and says why', () => {
    expect(() => nextDue(cron('61 * * * *'), 0, 0)).toThrow(expect.objectContaining({ code: 'CRON_INVALID' }));
    expect(() => lastDue(cron('0 0 * * *', 'Mars/Crater'), 0, 0, 1)).toThrow("'Mars/Crater' is not a time zone");
  });
});

describe('a stable offset', () => {
  it('is the same for an id for ever', () => {
    expect([stableOffsetMs('youtube', 60_000), stableOffsetMs('mail', 60_000)]).toEqual([59_380, 22_980]);
  });

  it('is nothing without jitter', () => {
    for (const jitterMs of [0, -1, Number.NaN]) expect(stableOffsetMs('youtube', jitterMs)).toBe(0);
  });

  it('is a whole number of milliseconds below the jitter', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 10 ** 9 }), (id, jitterMs) => {
        const offset = stableOffsetMs(id, jitterMs);
        expect(Number.isInteger(offset)).toBe(true);
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThan(jitterMs);
      }),
    );
  });

  it('spreads ids that look alike', () => {
    const tenths = Array.from({ length: 1000 }, (_, index) => stableOffsetMs(`engine-${index}`, 10));
    for (let tenth = 0; tenth < 10; tenth++) {
      expect(tenths.filter((offset) => offset === tenth).length).toBeGreaterThan(50);
    }
  });
});

describe('due times that are moved each by a length of its own', () => {
  const minute = 60_000;
  const spread = (schedule: Schedule, spanMs: number, seed = 'mail'): Schedule => ({
    ...schedule,
    spread: { seed, spanMs },
  });
  const several = (schedule: Schedule, count = 200) =>
    dues(schedule, '2026-01-05T08:00:00Z', count).map((due) => at(String(due)));

  it.each([
    ['an interval', every(10 * minute), 10 * minute],
    ['a cron expression', cron('*/10 * * * *'), 10 * minute],
  ])('stay within the jitter after those of the schedule: %s', (_, schedule, gapMs) => {
    const plain = several(schedule);
    const lengths = several(spread(schedule, 5 * minute)).map((due, n) => due - (plain[n] as number) + gapMs);
    const moved = lengths.map((length) => length % gapMs);
    expect(Math.max(...moved)).toBeLessThan(5 * minute);
    expect(Math.max(...moved)).toBeGreaterThan(4 * minute);
    expect(Math.min(...moved)).toBeLessThan(minute);
    expect(new Set(moved).size).toBeGreaterThan(190);
  });

  it('are the same for a seed and others for another', () => {
    const mail = several(spread(every(minute), minute));
    expect(several(spread(every(minute), minute))).toEqual(mail);
    expect(several(spread(every(minute), minute, 'news'))).not.toEqual(mail);
  });

  it('come in order, none of them twice and none left out, also when the jitter is longer than the gap', () => {
    const schedules = fc.constantFrom<Schedule>(
      spread(every(7 * minute), 90 * minute),
      spread(cron('*/20 2,3 * * *', 'Europe/Berlin'), 60 * minute),
      spread(cron('5 */6 * * *', 'UTC', 90_000), 5 * minute),
    );
    fc.assert(
      fc.property(schedules, fc.integer({ min: 0, max: 400 * 24 * 60 }), (schedule, minutes) => {
        const now = at('2026-01-05T08:00:00Z') + minutes * minute + 1;
        const next = nextDue(schedule, 0, now) as number;
        const last = lastDue(schedule, 0, 0, now) as number;
        expect(next).toBeGreaterThan(now);
        expect(last).toBeLessThanOrEqual(now);
        expect(nextDue(schedule, 0, last)).toBe(next);
        expect(lastDue(schedule, 0, 0, next)).toBe(next);
        expect(lastDue(schedule, 0, 0, next - 1)).toBe(last);
      }),
    );
  });

  it('are as many as those of the schedule', () => {
    const from = at('2026-01-05T00:00:00Z');
    const count = (schedule: Schedule) => {
      let [found, due] = [0, nextDue(schedule, from, from - 1)];
      for (; due !== null && due < from + 24 * 60 * minute; due = nextDue(schedule, from, due)) found += 1;
      return found;
    };
    expect(count(spread(every(10 * minute), 90 * minute))).toBe(count(every(10 * minute)));
  });
});
