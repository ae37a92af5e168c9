import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shrunk } from '../../src/testing/shrink.ts';

const numbers = fc.uniqueArray(fc.nat(1_000), { minLength: 1, maxLength: 24 });

describe('shrinking a list', () => {
  it('finds exactly the items that it takes, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.infiniteStream(fc.boolean()), async (items, choice) => {
        const needed = items.filter(() => choice.next().value);
        const fails = async (some: readonly number[]) => needed.every((item) => some.includes(item));
        expect(await shrunk(items, fails, { triesMax: 10_000 })).toEqual(needed);
      }),
    );
  });

  it('leaves nothing out without which it still fails, whatever the reason', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 1, max: 500 }), async (items, least) => {
        const fails = async (some: readonly number[]) => some.reduce((sum, item) => sum + item, 0) >= least;
        fc.pre(await fails(items));
        const short = await shrunk(items, fails, { triesMax: 10_000 });
        expect(await fails(short)).toBe(true);
        for (const item of short) expect(await fails(short.filter((other) => other !== item))).toBe(false);
      }),
    );
  });

  it('asks no more often than it may, and what it gives fails', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 1, max: 10 }), async (items, triesMax) => {
        let asked = 0;
        const fails = async (some: readonly number[]) => {
          asked += 1;
          return some.length > items.length / 2;
        };
        const short = await shrunk(items, fails, { triesMax });
        expect(asked).toBeLessThanOrEqual(triesMax);
        expect(short.length).toBeGreaterThan(items.length / 2);
      }),
    );
  });

  it('needs few tries for one item among many', async () => {
    let asked = 0;
    const items = Array.from({ length: 256 }, (_, n) => n);
    const short = await shrunk(items, async (some) => {
      asked += 1;
      return some.includes(77);
    });
    expect(short).toEqual([77]);
    expect(asked).toBeLessThan(30);
  });

  it('is empty where it fails with nothing', async () => {
    expect(await shrunk([1, 2, 3], async () => true)).toEqual([]);
  });
});
