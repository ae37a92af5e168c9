import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/actors/deadlines.ts';
import { fc } from '../property.ts';

/** What is done to the deadlines: arm or move, remove, or take all that is due. */
type Move = { set: string; dueAt: number } | { remove: string } | { takeUntil: number };

const owner = fc.constantFrom(...'abcdefghijklmnop');
const instant = fc.integer({ min: 0, max: 40 });
const move = fc.oneof(
  { weight: 5, arbitrary: fc.record({ set: owner, dueAt: instant }) },
  { weight: 2, arbitrary: fc.record({ remove: owner }) },
  { weight: 1, arbitrary: fc.record({ takeUntil: instant }) },
);

describe('deadlines', () => {
  it('fires in the order in which a sorted list would, whatever is armed, moved and removed', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 200 }), (moves: Move[]) => {
        const deadlines = new Deadlines<string>();
        const model = new Map<string, number>();
        for (const each of moves) {
          if ('set' in each) {
            deadlines.set(each.set, each.dueAt);
            model.set(each.set, each.dueAt);
          } else if ('remove' in each) {
            deadlines.set(each.remove, undefined);
            model.delete(each.remove);
          } else {
            const taken: number[] = [];
            for (let one = deadlines.take(each.takeUntil); one; one = deadlines.take(each.takeUntil)) {
              taken.push(model.get(one) ?? Number.NaN);
              model.delete(one);
            }
            expect(taken).toEqual(taken.toSorted((a, b) => a - b));
          }
          const due = [...model.values()].sort((a, b) => a - b);
          expect(deadlines.size).toBe(model.size);
          expect(deadlines.next).toBe(due[0]);
        }
        const rest: string[] = [];
        for (let one = deadlines.take(100); one; one = deadlines.take(100)) rest.push(one);
        expect(rest.map((one) => model.get(one))).toEqual([...model.values()].sort((a, b) => a - b));
        expect(rest.toSorted()).toEqual([...model.keys()].sort());
      }),
    );
  });

  it('takes nobody before the instant, and the owner at it', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('one', 1_000);
    expect(deadlines.take(999)).toBeUndefined();
    expect(deadlines.take(1_000)).toBe('one');
    expect(deadlines.take(1_000)).toBeUndefined();
    expect(deadlines.next).toBeUndefined();
  });

  it('keeps one entry for an owner that is armed again and again', () => {
    const deadlines = new Deadlines<string>();
    for (let n = 0; n < 1_000; n++) deadlines.set('busy', n);
    expect(deadlines.size).toBe(1);
    expect(deadlines.next).toBe(999);
  });

  it('forgets the last one as it forgets any other', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('one', 1);
    deadlines.set('one', undefined);
    deadlines.set('never armed', undefined);
    expect(deadlines.size).toBe(0);
    expect(deadlines.take(Number.POSITIVE_INFINITY)).toBeUndefined();
  });
});
