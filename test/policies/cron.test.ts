import { expect, it } from 'vitest';
import { anyOf, checkCron, lastMatch, nextMatch } from '../../src/policies/cron.ts';

it.each([
  '* * * * *',
  '*/30 * * * *',
  '0 3 * * MON-FRI',
  '@daily',
  '0 0 L * *',
  '30 * * * * *',
  '0 0 0 1 1 * 2030',
  '0 0 29 2 *',
])('accepts %s', (expression) => {
  expect(checkCron(expression, 'Europe/Berlin')).toBeNull();
});

it.each([
  ['61 * * * *', '61 is no minute, which takes 0 to 59'],
  ['0 0 32 * *', '32 is no day of the month, which takes 1 to 31'],
  ['0 0 1-40 * *', '32 is no day of the month'],
  ['0 0 0 * *', '0 is no day of the month'],
  ['0 0 1 13 *', '13 is no month, which takes 1 to 12, or jan to dec'],
  ['0 9 * * mon-fry', "'mon-fry' is no weekday, which takes 0 to 7, or sun to sat, lists"],
  ['0 3 * * * # x', "'x' is no year"],
  ['every 30m', 'exactly five, six, or seven'],
  ['', 'exactly five, six, or seven'],
  ['5/15 * * * *', 'stepping with numeric prefix'],
  ['@reboot', '@reboot is not supported'],
  ['0 0 31 2 *', 'never comes'],
  ['2030-01-01T00:00:00', 'is a date'],
])('refuses %o: %s', (expression, reason) => {
  expect(checkCron(expression, 'UTC')).toContain(reason);
  expect(checkCron(expression, 'UTC')).toContain(`'${expression}'`);
});

it.each(['Mars/Crater', '', 'Europe/berlin\n'])('refuses the time zone %o', (zone) => {
  expect(checkCron('* * * * *', zone)).toContain('is not a time zone');
});

it('matches whenever one of several expressions does', () => {
  const both = anyOf(['0 3 * * *', '30 15 1 * *']);
  const at = (text: string) => Date.parse(text);
  expect(checkCron(both, 'UTC')).toBeNull();
  expect(nextMatch(both, 'UTC', at('2026-01-01T03:00:00Z'))).toBe(at('2026-01-01T15:30:00Z'));
  expect(nextMatch(both, 'UTC', at('2026-01-01T15:30:00Z'))).toBe(at('2026-01-02T03:00:00Z'));
  expect(lastMatch(both, 'UTC', at('2026-02-01T15:29:59Z'))).toBe(at('2026-02-01T03:00:00Z'));
  expect(lastMatch(both, 'UTC', at('2026-02-01T15:30:00Z'))).toBe(at('2026-02-01T15:30:00Z'));
  expect(checkCron(anyOf(['0 3 * * *', '61 * * * *']), 'UTC')).toContain("'61 * * * *' is not");
});

it('keeps expressions of different zones apart', () => {
  const noon = (zone: string) => nextMatch('0 12 * * *', zone, Date.parse('2025-06-01T00:00:00Z'));
  expect(noon('UTC')).toBe(Date.parse('2025-06-01T12:00:00Z'));
  expect(noon('Europe/Berlin')).toBe(Date.parse('2025-06-01T10:00:00Z'));
  expect(noon('UTC')).toBe(Date.parse('2025-06-01T12:00:00Z'));
});

it('matches nothing beyond the instants there are', () => {
  expect(nextMatch('* * * * *', 'UTC', Number.NaN)).toBeNull();
  expect(lastMatch('* * * * *', 'UTC', Number.POSITIVE_INFINITY)).toBeNull();
});

it.each(['*/20 * * * *', '30 2 * * *', '15 1-3 * * *'])(
  'matches %s at the same instants in whatever order they are asked for',
  (expression) => {
    // The clock changes twice, and one time of day is there twice.
    const [from, to] = [Date.parse('2026-10-24T00:00:00Z'), Date.parse('2026-10-26T12:00:00Z')];
    const matches: number[] = [];
    for (let at: number | null = from; at !== null && at < to; at = nextMatch(expression, 'Europe/Berlin', at))
      matches.push(at);
    for (let step = 0; step < 500; step++) {
      const after = from + ((step * 7_919) % 500) * 420_000 + step;
      const next = matches.find((match) => match > after && match > from);
      if (next !== undefined) expect(nextMatch(expression, 'Europe/Berlin', after)).toBe(next);
    }
  },
);
