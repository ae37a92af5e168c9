import { describe, expect, it } from 'vitest';
import { type ClockReading, upsetAt, upsetsBetween, upsetText } from '../../src/policies/clock-upset.ts';

const second = 1_000;
const hour = 3_600 * second;
const before: ClockReading = { wall: 1_000_000, monotonic: 50 * second, sinceBoot: 70 * second };
const later = (wall: number, monotonic: number, sinceBoot: number): ClockReading => ({
  wall: before.wall + wall,
  monotonic: before.monotonic + monotonic,
  sinceBoot: before.sinceBoot + sinceBoot,
});

describe('the clocks', () => {
  it.each<[string, ClockReading, ReturnType<typeof upsetsBetween>]>([
    ['of a quiet time say nothing', later(5 * second, 5 * second, 5 * second), []],
    ['of a busy machine say nothing', later(14 * second, 14 * second, 14 * second), []],
    [
      'tell of a sleep, in which the monotonic clock stands still',
      later(4 * hour, 3 * second, 4 * hour),
      [{ kind: 'slept', from: before.wall + 3 * second, to: before.wall + 4 * hour }],
    ],
    [
      'tell that nobody looked, though the machine was awake',
      later(hour, hour, hour),
      [{ kind: 'stood', from: before.wall + 5 * second, to: before.wall + hour }],
    ],
    [
      'tell that they were set forward',
      later(hour + 5 * second, 5 * second, 5 * second),
      [{ kind: 'set', from: before.wall + 5 * second, to: before.wall + hour + 5 * second }],
    ],
    [
      'tell that they were set back',
      later(-hour, 5 * second, 5 * second),
      [{ kind: 'set', from: before.wall + 5 * second, to: before.wall - hour }],
    ],
    [
      'tell of a sleep after which they were set, in the time that is right',
      later(8 * hour, 5 * second, 4 * hour),
      [
        { kind: 'slept', from: before.wall + 4 * hour + 5 * second, to: before.wall + 8 * hour },
        { kind: 'set', from: before.wall + 4 * hour, to: before.wall + 8 * hour },
      ],
    ],
  ])('%s', (_, now, upsets) => {
    expect(upsetsBetween(before, now, 5 * second, 'stood')).toEqual(upsets);
  });

  it('tell of a sleep also where the monotonic clock goes on in one', () => {
    expect(upsetsBetween(before, later(hour, hour, hour), 5 * second, 'slept')).toMatchObject([{ kind: 'slept' }]);
  });

  it('that are looked at when it comes, and at no set times, know sleeps alone', () => {
    expect(upsetsBetween(before, later(hour, hour, hour), Number.POSITIVE_INFINITY, 'stood')).toEqual([]);
    expect(upsetsBetween(before, later(hour, 0, hour), Number.POSITIVE_INFINITY, 'stood')).toMatchObject([
      { kind: 'slept' },
    ]);
  });
});

it.each([
  ['slept', 1, 2, 'the machine slept from 1 to 2'],
  ['stood', 1, 2, 'the service stood still from 1 to 2'],
  ['set', 1, 2, 'the clock was set forward from 1 to 2'],
  ['set', 2, 1, 'the clock was set back from 2 to 1'],
] as const)('%s from %i to %i is told in words', (kind, from, to, text) => {
  expect(upsetText({ kind, from, to }, String)).toBe(text);
});

it('an instant passed in the latest time in which nobody was there', () => {
  const upsets = [
    { kind: 'slept', from: 10, to: 30 },
    { kind: 'stood', from: 20, to: 40 },
    { kind: 'set', from: 90, to: 80 },
  ] as const;
  expect(upsetAt(upsets, 25, 99)).toBe(upsets[1]);
  expect(upsetAt(upsets, 10, 99)).toBe(upsets[0]);
  expect(upsetAt(upsets, 85, 99)).toBeUndefined();
  // What was decided before the second of them is not its doing; by a clock that was set back since, nobody knows.
  expect(upsetAt(upsets, 25, 35)).toBe(upsets[0]);
  expect(upsetAt(upsets, 25, 5)).toBe(upsets[1]);
});
