import { describe, expect, it } from 'vitest';
import { everOpens, isOpen, nextOpening, type Window } from '../../src/policies/window.ts';
import { fc } from '../property.ts';

const minute = 60_000;
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();
const window = (from: string, to: string, more: Partial<Window> = {}): Window => ({
  from,
  to,
  timeZone: 'UTC',
  ...more,
});
const berlin = { timeZone: 'Europe/Berlin' };

describe('a window', () => {
  it.each([
    ['09:00', '22:00', '2025-06-02T08:59:59.999Z', false],
    ['09:00', '22:00', '2025-06-02T09:00:00Z', true],
    ['09:00', '22:00', '2025-06-02T21:59:59.999Z', true],
    ['09:00', '22:00', '2025-06-02T22:00:00Z', false],
    ['22:00', '06:00', '2025-06-02T23:00:00Z', true],
    ['22:00', '06:00', '2025-06-02T05:59:59Z', true],
    ['22:00', '06:00', '2025-06-02T06:00:00Z', false],
    ['22:00', '24:00', '2025-06-02T23:59:59.999Z', true],
    ['22:00', '24:00', '2025-06-02T00:00:00Z', false],
    ['09:00', '09:00', '2025-06-02T03:00:00Z', true],
    ['00:00', '00:00', '2025-06-02T03:00:00Z', true],
  ])('from %s to %s, seen at %s: open is %s', (from, to, instant, open) => {
    expect(isOpen(window(from, to), at(instant))).toBe(open);
  });

  it.each([
    // 2025-06-02 is a Monday.
    ['begins on its days', '09:00', '17:00', [1], '2025-06-02T10:00:00Z', true],
    ['stays closed on others', '09:00', '17:00', [1], '2025-06-03T10:00:00Z', false],
    ['goes on past midnight', '22:00', '06:00', [1], '2025-06-03T05:00:00Z', true],
    ['does not begin the night before', '22:00', '06:00', [1], '2025-06-02T05:00:00Z', false],
    ['lasts a whole day', '00:00', '00:00', [1], '2025-06-02T23:59:59Z', true],
    ['ends with that day', '00:00', '00:00', [1], '2025-06-03T00:00:00Z', false],
    ['knows Sunday as 0', '09:00', '17:00', [0], '2025-06-01T10:00:00Z', true],
  ])('%s', (_, from, to, days, instant, open) => {
    expect(isOpen(window(from, to, { days }), at(instant))).toBe(open);
  });

  it.each([
    ['is now while it is open', window('09:00', '22:00'), '2025-06-02T10:00:00.123Z', '2025-06-02T10:00:00.123Z'],
    ['is later today', window('09:00', '22:00'), '2025-06-02T08:00:00Z', '2025-06-02T09:00:00.000Z'],
    ['is tomorrow', window('09:00', '22:00'), '2025-06-02T22:00:00Z', '2025-06-03T09:00:00.000Z'],
    ['is in a week', window('09:00', '10:00', { days: [1] }), '2025-06-02T10:00:00Z', '2025-06-09T09:00:00.000Z'],
    ['follows the zone', window('09:00', '22:00', berlin), '2025-06-02T00:00:00Z', '2025-06-02T07:00:00.000Z'],
    [
      'follows the zone in winter',
      window('09:00', '22:00', berlin),
      '2025-12-02T00:00:00Z',
      '2025-12-02T08:00:00.000Z',
    ],
    [
      'comes with the jump that swallows it',
      window('02:30', '05:00', berlin),
      '2025-03-29T23:00:00Z',
      '2025-03-30T01:00:00.000Z',
    ],
    [
      'is a day later when it lies in the jump',
      window('02:15', '02:45', berlin),
      '2025-03-29T23:00:00Z',
      '2025-03-31T00:15:00.000Z',
    ],
    [
      'is a week later when its day lies in the jump',
      window('02:15', '02:45', { ...berlin, days: [0] }),
      '2025-03-29T23:00:00Z',
      '2025-04-06T00:15:00.000Z',
    ],
    [
      'comes again in the second hour',
      window('02:15', '02:45', berlin),
      '2025-10-26T00:50:00Z',
      '2025-10-26T01:15:00.000Z',
    ],
    [
      'comes again as the clock goes back',
      window('22:00', '02:30', berlin),
      '2025-10-26T00:40:00Z',
      '2025-10-26T01:00:00.000Z',
    ],
  ])('the next opening %s', (_, shape, from, opening) => {
    expect(iso(nextOpening(shape, at(from)))).toBe(opening);
  });

  it('opens exactly at the first open minute from now on, on every night the clocks change', () => {
    const time = fc
      .tuple(fc.nat(23), fc.constantFrom(0, 15, 30, 45))
      .map((parts) => parts.map((part) => `${part}`.padStart(2, '0')).join(':'));
    const nights = [
      '2025-03-30',
      '2025-10-26',
      '2025-03-09',
      '2025-11-02',
      '2025-04-05',
      '2025-10-04',
      '2025-09-07',
    ].map(at);
    fc.assert(
      fc.property(
        time,
        time,
        fc.option(fc.uniqueArray(fc.nat(6), { minLength: 4 }), { nil: undefined }),
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago'),
        fc.constantFrom(...nights),
        fc.integer({ min: -720, max: 1440 }),
        (from, to, days, timeZone, night, shift) => {
          const shape: Window = { from, to, timeZone, ...(days && { days }) };
          const start = night + shift * minute;
          let open = start;
          while (!isOpen(shape, open)) open += 15 * minute - (open % (15 * minute));
          expect(iso(nextOpening(shape, start))).toBe(iso(open));
        },
      ),
    );
  });

  describe('closed on some dates', () => {
    const days = (...except: string[]) => window('09:00', '17:00', { except });
    const nights = (...except: string[]) => window('22:00', '06:00', { except });

    it.each([
      ['is closed all day', days('2025-12-24'), '2025-12-24T10:00:00Z', false],
      ['is open the year after', days('2025-12-24'), '2026-12-24T10:00:00Z', true],
      ['is closed each year', days('12-25'), '2031-12-25T10:00:00Z', false],
      ['is closed on the first of a range', days('2025-12-24/2026-01-02'), '2025-12-24T09:00:00Z', false],
      ['and on its last', days('2025-12-24/2026-01-02'), '2026-01-02T16:59:59Z', false],
      ['not after it', days('2025-12-24/2026-01-02'), '2026-01-03T09:00:00Z', true],
      ['is closed over the new year each year', days('12-24/01-02'), '2029-01-01T10:00:00Z', false],
      ['is open between two of those', days('12-24/01-02'), '2029-06-01T10:00:00Z', true],
      ['ends at midnight although it began before', nights('2025-12-25'), '2025-12-25T00:00:00Z', false],
      ['is open until then', nights('2025-12-25'), '2025-12-24T23:59:59Z', true],
      ['goes on after the date', nights('2025-12-25'), '2025-12-26T00:00:00Z', true],
    ])('%s', (_, window, instant, open) => {
      expect(isOpen(window, at(instant))).toBe(open);
    });

    it.each([
      ['after the date', days('2025-12-24'), '2025-12-23T18:00:00Z', '2025-12-25T09:00:00.000Z'],
      ['at midnight after it', nights('2025-12-25'), '2025-12-25T00:00:00Z', '2025-12-26T00:00:00.000Z'],
      ['after three months', days('2025-06-01/2025-08-31'), '2025-06-01T00:00:00Z', '2025-09-01T09:00:00.000Z'],
      [
        'on the day of its own zone',
        window('00:00', '24:00', { ...berlin, except: ['2025-12-24'] }),
        '2025-12-23T23:30:00Z',
        '2025-12-24T23:00:00.000Z',
      ],
    ])('opens %s', (_, window, instant, opening) => {
      expect(iso(nextOpening(window, at(instant)))).toBe(opening);
    });

    it.each([
      ['2026-01-01/2028-12-31', '2026-06-01T00:00:00Z'],
      ['01-01/12-31', '2025-06-01T00:00:00Z'],
    ])('opens too late to be found: it is looked at again in two years: %s', (dates, instant) => {
      expect(nextOpening(days(dates), at(instant)) - at(instant)).toBe(736 * 86_400_000);
    });
  });

  it.each<[boolean, string, Partial<Window>]>([
    [true, 'on any day', {}],
    [true, 'after dates that last for years', { except: ['2026-01-01/2128-12-31'] }],
    [false, 'on no date of the year', { except: ['01-01/12-31'] }],
    [false, 'on no date of two parts of the year', { except: ['03-01/12-31', '01-01/02-29'] }],
    [true, 'on the last of February, once in 28 years', { days: [1], except: ['03-01/12-31', '01-01/02-28'] }],
    [false, 'before a date with a year alone', { except: ['01-01/12-31', '2026-01-01'] }],
    [false, 'on no day of the week', { days: [] }],
    [true, 'after midnight of a day that is closed', { from: '22:00', to: '02:00', except: ['01-01/12-30'] }],
  ])('says %s to whether it ever opens %s', (opens, _, more) => {
    expect(everOpens({ ...window('09:00', '10:00'), ...more })).toBe(opens);
  });

  it.each(['9:00', '25:00', '12:60', 'noon', ''])('refuses %o as a time of day', (from) => {
    expect(() => isOpen(window(from, '10:00'), 0)).toThrow(expect.objectContaining({ code: 'WINDOW_INVALID' }));
  });
});
