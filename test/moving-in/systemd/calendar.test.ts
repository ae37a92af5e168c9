/**
 * Calendar expressions, held against systemd's own reading of them.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { calendarIn } from '../../../src/moving-in/systemd/calendar.ts';
import { anyOf, nextMatch } from '../../../src/policies/cron.ts';
import { fc, runs } from '../../property.ts';

const iterations = 6;

/** When each of them elapses next after an instant, as systemd has it: epoch ms. Those that it refuses are left out. */
function elapses(calendars: readonly string[], after: number): Map<string, number[]> {
  const args = ['calendar', `--base-time=@${after / 1_000}`, `--iterations=${iterations}`, ...calendars];
  const { stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
  // One that is in its normal form already is not shown twice.
  const forms = /^ *(?:Original form: (?<original>.*)\n)?Normalized form: (?<normal>.*)\n(?<times>(?:.+\n?)*)/gm;
  return new Map(
    [...stdout.matchAll(forms)].map(({ groups }) => [
      groups?.original ?? groups?.normal ?? '',
      [...(groups?.times ?? '').matchAll(/(?:elapse|Iter\. #\d+): \w{3} (\S+ \S+) UTC/g)].map(([, at = '']) =>
        Date.parse(`${at.replace(' ', 'T')}Z`),
      ),
    ]),
  );
}

function dues(text: string, after: number): number[] {
  const { expressions, timeZone = 'UTC' } = calendarIn(text);
  const found: number[] = [];
  for (let at: number | null = after; found.length < iterations; found.push(at)) {
    at = nextMatch(anyOf(expressions), timeZone, at);
    if (at === null) break;
  }
  return found;
}

const winter = Date.parse('2026-11-26T12:00:00Z');

/** None for what never comes. */
function duesOf(text: string, after: number): number[] {
  try {
    return dues(text, after);
  } catch (error) {
    expect((error as Error).message).toContain('never comes');
    return [];
  }
}

it.each([
  ...['minutely', 'hourly', 'DAILY', 'weekly', 'monthly', 'quarterly', 'semiannually', 'yearly', 'biannually'],
  ...['Mon..Fri 09:00', 'Mon-Fri 9:5', 'Sun,', 'mon,Wednesday 12:00:30', '12-25', '2-29 1:2:3', '*-*', '2027-01-01'],
  ...['*:0/15', '*:*:0/20', '0/6:30', '8..18/2:0,30', '*-*-1..7 4:00', 'Mon *-*-1..7', 'Fri *-10-13', '28-1-1 0:0'],
  ...['*-*~1', '*-02~03', 'Mon *-05~07/1', '*-*~1..3 5:00', '*-1..6/2-1', '2027..2031/2-06-01', '*-*-5/10', '12~1'],
  ...[
    'daily Europe/Berlin',
    '*-*-* 02:30 America/New_York',
    'Mon 00:00 UTC',
    '*:*:00.0',
    '*-*-*  04:00',
    '99..2027-1-1',
  ],
])('%s elapses when systemd says so', (text) => {
  const [next = []] = elapses([text], winter).values();
  expect(next.length).toBeGreaterThan(0);
  expect(dues(text, winter)).toEqual(next);
});

it.each([
  ...[
    '',
    '5',
    '*',
    'Sat..Mon',
    'Thurs',
    'mon, tue',
    'Mon *-1-1 Foo/Bar',
    '*/2-1-1',
    '*:*/15',
    '*-*~31',
    '*-*-0',
    '10..5:00',
  ],
  ...['24:00', '*:60', '*-13-1', '*-*-*T04:00', '*-*-* 04:00:', 'daily daily', '*-*-* 04:00 more', '@soon', '*-2-30'],
])('%j is refused', (text) => {
  expect(() => calendarIn(text)).toThrow(expect.objectContaining({ code: 'CALENDAR_INVALID' }));
});

it('of parts of seconds it says that no schedule has them', () => {
  expect(() => calendarIn('*:*:0/0.5')).toThrow('parts of seconds');
});

describe('what is written at random', () => {
  const chain = (low: number, high: number) => {
    const one = fc.integer({ min: low, max: high }).map(String);
    const range = fc
      .tuple(fc.integer({ min: low, max: high - 1 }), fc.integer({ min: 1, max: high }))
      .map(([from, more]) => `${from}..${Math.min(from + more, high)}`);
    const step = fc
      .tuple(fc.integer({ min: low, max: high - 3 }), fc.integer({ min: 1, max: 3 }))
      .map((each) => each.join('/'));
    return fc.oneof(fc.constant('*'), fc.array(fc.oneof(one, range, step), { minLength: 1, maxLength: 3 }).map(String));
  };
  const weekday = fc.constantFrom('', '', 'Mon..Fri ', 'Sat,Sun ', 'Wed ');
  const date = fc.oneof(
    fc.constant(''),
    fc.tuple(chain(1, 12), chain(1, 31)).map(([month, day]) => `*-${month}-${day} `),
    fc.tuple(chain(1, 12), chain(1, 28)).map(([month, day]) => `*-${month}~${day.replace('*', '1')} `),
  );
  const time = fc
    .tuple(chain(0, 23), chain(0, 59), fc.oneof(fc.constant('00'), chain(0, 59)))
    .map((each) => each.join(':'));
  const calendar = fc.tuple(weekday, date, time).map((each) => each.join(''));

  it('elapses when systemd says so', () => {
    const all = fc.sample(calendar, { seed: Number(process.env.FC_SEED ?? 5), ...runs(120) });
    const after = Date.parse('2027-12-30T21:17:03Z');
    const expected = elapses(all, after);
    expect(expected.size).toBeGreaterThan(all.length / 3);
    for (const [text, next] of expected) expect({ text, dues: duesOf(text, after) }).toEqual({ text, dues: next });
  });
});
