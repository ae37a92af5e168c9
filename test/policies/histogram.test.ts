import { describe, expect, it } from 'vitest';
import {
  addHistogram,
  emptyHistogram,
  type Histogram,
  LengthCounter,
  quantile,
  scaleOf,
  total,
  upTo,
} from '../../src/policies/histogram.ts';
import { fc } from '../property.ts';

const of = (...lengths: number[]): Histogram => {
  const counter = new LengthCounter();
  for (const ms of lengths) counter.count(ms);
  return counter.read() ?? emptyHistogram();
};
const lengths = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 });

describe('a quantile', () => {
  it('is null when nothing has been counted', () => {
    expect(quantile(emptyHistogram(), 0.5)).toBeNull();
  });

  it.each([0, 0.5, 0.95, 0.99, 1])('of %s is within 2.5 % of the exact one, whatever the lengths', (share) => {
    fc.assert(
      fc.property(lengths, (all) => {
        const exact = all.toSorted((a, b) => a - b)[Math.max(Math.ceil(share * all.length), 1) - 1] ?? 0;
        const read = quantile(of(...all), share) ?? Number.NaN;
        expect(Math.abs(read - exact)).toBeLessThanOrEqual(Math.max(exact * 0.025, 1));
      }),
    );
  });

  it('is never above the greatest length', () => {
    expect(quantile(of(1000), 0.99)).toBeLessThanOrEqual(1000);
    expect(quantile(of(0), 0.99)).toBe(0);
  });
});

it('merged ones are what one that has counted everything is, in any order, and after a way through JSON', () => {
  fc.assert(
    fc.property(lengths, lengths, (some, others) => {
      const [one, other] = [JSON.parse(JSON.stringify(of(...some))) as Histogram, of(...others)];
      addHistogram(one, other);
      const all = of(...others, ...some);
      expect(one.bins).toEqual(all.bins);
      expect(one.max).toBe(all.max);
      expect(one.sum).toBeCloseTo(all.sum, 0);
      expect(total(one)).toBe(some.length + others.length);
    }),
  );
});

it('counts what is no length as none at all', () => {
  expect(of(-5, Number.NaN, Number.POSITIVE_INFINITY)).toEqual({ bins: { 0: 3 }, sum: 0, max: 0 });
});

it('takes lengths of years, and is as if nothing had been counted once it is cleared', () => {
  const counter = new LengthCounter();
  counter.count(1e12);
  counter.count(1e13);
  const read = counter.read() ?? emptyHistogram();
  expect([total(read), read.max]).toEqual([2, 1e13]);
  counter.clear();
  expect(counter.read()).toBeNull();
  counter.count(5);
  expect(counter.read()).toEqual(of(5));
});

it('says how many do not exceed its ends, exactly, where it counts for those alone', () => {
  const ends = [50, 100, 2_500, 60_000];
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 120_000, noNaN: true })),
      fc.array(fc.constantFrom(...ends)),
      (some, on) => {
        const counter = new LengthCounter(scaleOf(ends));
        const all = [...some, ...on];
        for (const ms of all) counter.count(ms);
        const read = counter.read() ?? emptyHistogram();
        for (const end of ends) expect(upTo(read, end)).toBe(all.filter((ms) => ms <= end).length);
        expect(total(read)).toBe(all.length);
      },
    ),
  );
});

it('says how many do not exceed a length, and never too many', () => {
  fc.assert(
    fc.property(lengths, fc.double({ min: 1, max: 1e9, noNaN: true }), (all, limit) => {
      const read = upTo(of(...all), limit);
      expect(read).toBeLessThanOrEqual(all.filter((ms) => ms <= limit).length);
      expect(read).toBeGreaterThanOrEqual(all.filter((ms) => ms < limit / 1.05 - 1e-6).length);
    }),
  );
});
