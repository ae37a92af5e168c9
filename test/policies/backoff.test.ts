import { describe, expect, it } from 'vitest';
import { type BackoffPolicy, backoffMs, defaultBackoff, type Jitter } from '../../src/policies/backoff.ts';
import { fc } from '../property.ts';

const jitters: Jitter[] = ['partial', 'full', 'equal', 'decorrelated', 'none'];
const policy = (jitter: Jitter): BackoffPolicy => ({ baseMs: 1000, capMs: 60_000, tries: 5, jitter });

describe('backoff', () => {
  it('is five tries from one second up to a quarter of an hour, with partial jitter, by default', () => {
    expect(defaultBackoff).toEqual({ baseMs: 1000, capMs: 900_000, tries: 5, jitter: 'partial' });
  });

  it.each([
    ['partial', 1, 0, 1000],
    ['partial', 1, 1, 1500],
    ['partial', 3, 0.5, 5000],
    ['partial', 7, 0, 60_000],
    ['partial', 7, 1, 90_000],
    ['full', 3, 0, 0],
    ['full', 3, 0.5, 2000],
    ['full', 3, 1, 4000],
    ['equal', 3, 0, 2000],
    ['equal', 3, 1, 4000],
    ['none', 3, 0.9, 4000],
    ['none', 2000, 0.9, 60_000],
  ] as const)('waits with %s jitter after attempt %i and chance %d for %i ms', (jitter, attempt, random, ms) => {
    expect(backoffMs(policy(jitter), attempt, random)).toBe(ms);
  });

  it.each([
    [undefined, 0, 1000],
    [undefined, 1, 3000],
    [0, 1, 3000],
    [5000, 0, 1000],
    [5000, 0.5, 8000],
    [5000, 1, 15_000],
    [50_000, 1, 60_000],
    [Number.MAX_VALUE, 1, 60_000],
  ])('waits with decorrelated jitter after a wait of %s and chance %d for %i ms', (previousMs, random, ms) => {
    const bounds = previousMs === undefined ? {} : { previousMs };
    expect(backoffMs(policy('decorrelated'), 1, random, bounds)).toBe(ms);
  });

  it.each([
    ['partial', 0, 120_000],
    ['partial', 1, 120_500],
    ['full', 1, 121_000],
    ['equal', 1, 120_500],
    ['none', 1, 120_000],
    ['decorrelated', 0, 120_000],
  ] as const)('puts %s jitter with chance %d on top of a floor above the cap: %i ms', (jitter, random, ms) => {
    expect(backoffMs(policy(jitter), 1, random, { floorMs: 120_000 })).toBe(ms);
  });

  it('ignores a floor that is no length', () => {
    for (const floorMs of [Number.NaN, -5]) expect(backoffMs(policy('none'), 1, 0, { floorMs })).toBe(1000);
  });

  const lengths = fc.integer({ min: 0, max: 10 ** 10 });
  const bounds = fc.record({
    jitter: fc.constantFrom(...jitters),
    baseMs: lengths,
    capMs: lengths,
    attempt: fc.integer({ min: 1, max: 2000 }),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    floorMs: lengths,
    previousMs: lengths,
  });

  it('answers whole milliseconds, never below the floor, never more than half of the cap above cap and floor', () => {
    fc.assert(
      fc.property(bounds, ({ jitter, baseMs, capMs, attempt, random, floorMs, previousMs }) => {
        const ms = backoffMs({ baseMs, capMs, tries: 5, jitter }, attempt, random, { floorMs, previousMs });
        expect(Number.isSafeInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(floorMs);
        expect(ms).toBeLessThanOrEqual(floorMs + 1.5 * capMs);
        if (floorMs === 0) expect(ms).toBeLessThanOrEqual((jitter === 'partial' ? 1.5 : 1) * capMs);
      }),
    );
  });

  it('is decided by its arguments alone, and by more chance never shortened', () => {
    fc.assert(
      fc.property(bounds, fc.double({ min: 0, max: 1, noNaN: true }), (given, other) => {
        const { attempt, random, floorMs, previousMs, ...shape } = given;
        const wait = (chance: number) => backoffMs({ ...shape, tries: 5 }, attempt, chance, { floorMs, previousMs });
        expect(wait(random)).toBe(wait(random));
        expect(wait(Math.max(random, other))).toBeGreaterThanOrEqual(wait(Math.min(random, other)));
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d as an attempt', (attempt) => {
    expect(() => backoffMs(defaultBackoff, attempt, 0)).toThrow(RangeError);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses %d as a random number', (random) => {
    expect(() => backoffMs(defaultBackoff, 1, random)).toThrow(RangeError);
  });
});
