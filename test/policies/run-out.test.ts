import { expect, it } from 'vitest';
import { runsOutAt } from '../../src/policies/run-out.ts';
import { fc } from '../property.ts';

const hour = 3_600_000;
const levels = (...values: number[]) => values.map((value, n) => ({ at: n * hour, value }));

it('says when a level that falls or rises steadily reaches its limit', () => {
  expect(runsOutAt(levels(100, 90, 80), { atLeast: 0 }, 2 * hour)).toBeCloseTo(10 * hour);
  expect(runsOutAt(levels(0.2, 0.4, 0.6), { atMost: 1 }, 2 * hour)).toBeCloseTo(4 * hour);
});

it('is not turned round by a clean-up in between', () => {
  const falling = levels(100, 98, 96, 94, 92, 100, 98, 96, 94, 92, 90, 88);
  expect(runsOutAt(falling, { atLeast: 0 }, 11 * hour)).toBeGreaterThan(40 * hour);
  expect(runsOutAt(falling, { atLeast: 0 }, 11 * hour)).toBeLessThan(130 * hour);
});

it.each([
  ['stands still', levels(5, 5, 5)],
  ['moves away', levels(5, 6, 7)],
  ['is one point', levels(5)],
  ['is nothing', []],
  ['was looked at once', [levels(5)[0], levels(4)[0]] as { at: number; value: number }[]],
])('says nothing of a level that %s', (_, some) => {
  expect(runsOutAt(some, { atLeast: 0 }, 3 * hour)).toBeNull();
});

it('says now of a limit that is reached', () => {
  expect(runsOutAt(levels(3, 2, 1, 0, 0), { atLeast: 1 }, 5 * hour)).toBe(5 * hour);
});

it('never names an instant that is over', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 20 }), fc.integer(), (values, limit) => {
      const at = runsOutAt(levels(...values), { atMost: limit }, 20 * hour);
      expect(at === null || at >= 20 * hour).toBe(true);
    }),
  );
});
