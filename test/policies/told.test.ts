import { describe, expect, it } from 'vitest';
import { plenty, type Told, toldAfterCall, toldAt, toldKept, toldWith } from '../../src/policies/told.ts';

const at = Date.UTC(2026, 0, 5, 8);
const second = 1_000;
const minute = 60 * second;
const told = (left: number, inMs: number, rest: Partial<Told> = {}): Told => ({ left, until: at + inMs, ...rest });

describe('what was told', () => {
  it('holds until its window ends', () => {
    const one = told(3, 10 * second);
    expect(toldAt(one, at + 10 * second - 1)).toBe(one);
    expect(toldAt(one, at + 10 * second)).toBeNull();
  });

  it('gives the next window the limit, for the length of a window, from its first call on', () => {
    const one = told(0, 10 * second, { limit: 5, lengthMs: minute });
    const next = toldAfterCall(one, at + 5 * minute);
    expect(next).toEqual({ left: 4, until: at + 6 * minute, limit: 5, lengthMs: minute, assumed: true });
    expect(toldAt(next, at + 6 * minute), 'and the one after that nothing').toBeNull();
  });

  it('is not kept while there is plenty', () => {
    expect(toldKept(told(plenty, minute))).toBeNull();
    expect(toldKept(told(plenty - 1, minute))).not.toBeNull();
  });
});

describe('an answer', () => {
  it('does not raise what is left within a window', () => {
    expect(toldWith(told(2, minute), told(9, minute + second), at)).toMatchObject({ left: 2, until: at + minute });
    expect(toldWith(told(9, minute), told(2, minute - second), at)).toMatchObject({ left: 2, until: at + minute });
  });

  it('names the end of the window that was assumed, whose calls go on counting', () => {
    const assumed = told(1, minute, { limit: 5, lengthMs: minute, assumed: true });
    const known = toldWith(assumed, told(4, 20 * second, { limit: 5 }), at);
    expect(known).toEqual({ left: 1, until: at + 20 * second, limit: 5, lengthMs: minute });
    expect(toldWith(assumed, told(4, 90 * second, { limit: 5 }), at)).toMatchObject({
      left: 1,
      until: at + 90 * second,
    });
  });

  it('of the next window counts alone', () => {
    expect(toldWith(told(1, minute, { limit: 5 }), told(4, 2 * minute, { limit: 5 }), at)).toMatchObject({ left: 4 });
  });

  it.each([
    ['a minute’s after an hour’s', told(50, 40 * minute, { limit: 90 }), told(1, 30 * second, { limit: 5 }), 1],
    ['an hour’s after a minute’s', told(1, 30 * second, { limit: 5 }), told(50, 40 * minute, { limit: 90 }), 1],
    ['a looser one', told(1, 40 * minute), told(9, 30 * second), 1],
    [
      'an hour’s after a minute’s that was assumed',
      told(4, minute, { limit: 5, lengthMs: minute, assumed: true }),
      told(50, 40 * minute, { limit: 90 }),
      4,
    ],
  ])('of another window counts when it is the tighter one: %s', (_, before, answer, left) => {
    expect(toldWith(before, answer, at).left).toBe(left);
  });

  it.each([
    [3 * second, undefined, minute],
    [minute, undefined, minute],
    [14 * minute, undefined, 15 * minute],
    [2 * 60 * minute, undefined, 24 * 60 * minute],
    [3 * second, 10 * second, 10 * second],
  ])('whose window ends in %i ms, of the length %o, has one of %i ms', (inMs, lengthMs, length) => {
    const answer = told(3, inMs, { limit: 5, ...(lengthMs !== undefined && { lengthMs }) });
    expect(toldWith(null, answer, at).lengthMs).toBe(length);
  });

  it('of a shorter remainder does not make the window shorter', () => {
    const seen = toldWith(null, told(3, 30 * minute, { limit: 5 }), at);
    expect(toldWith(seen, told(2, 3 * second, { limit: 5 }), at + 30 * minute).lengthMs).toBe(60 * minute);
  });
});
