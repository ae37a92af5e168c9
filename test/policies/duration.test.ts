import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/policies/duration.ts';
import { fc } from '../property.ts';

it.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['1w', 604_800_000],
  ['1h30m', 5_400_000],
  ['1h 30m', 5_400_000],
  [' 1m ', 60_000],
  ['1.5h', 5_400_000],
  ['1m250ms', 60_250],
  ['0.5ms', 1],
  ['0s', 0],
])('reads %s as %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  '',
  ' ',
  '30',
  's',
  '-5m',
  '5 minutes',
  '30m1h',
  '1h1h',
  '5M',
  '1e3s',
  'Infinitys',
  '.5s',
  '1..5s',
  '999999999999999d',
])('does not read %o', (text) => {
  expect(parseDuration(text)).toBeNull();
});

it.each([
  [0, '0ms'],
  [250, '250ms'],
  [1500, '1.5s'],
  [90_000, '1m30s'],
  [93_600_000, '1d2h'],
  [604_800_000, '7d'],
  [-90_000, '-1m30s'],
  [0.4, '0ms'],
  [-0.4, '0ms'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('writes %d ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('reads what it wrote', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 13 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
});

it('reads any text in a moment', () => {
  expect(parseDuration('1'.repeat(100_000))).toBeNull();
  expect(parseDuration(`${'1h '.repeat(50_000)}x`)).toBeNull();
});
