import { describe, expect, it } from 'vitest';
import { odditiesOf, type Success, withSuccess } from '../../src/policies/oddity.ts';
import { fc } from '../property.ts';

const learnt = (successes: Success[]) => successes.reduce<string>((usual, each) => withSuccess(usual, each), '');
const ten = learnt(Array.from({ length: 10 }, (_, n) => ({ durationMs: 10_000 + 200 * n, size: 30 + n })));

describe('a success', () => {
  it.each([
    ['as always', { durationMs: 10_500, size: 31 }, []],
    ['a little slower', { durationMs: 30_000, size: 31 }, []],
    ['far slower', { durationMs: 40_000, size: 31 }, ['far slower: 40s, usually 10.2s to 11.6s']],
    ['far faster', { durationMs: 120, size: 31 }, ['far faster: 120ms, usually 10.2s to 11.6s']],
    ['far smaller', { durationMs: 10_500, size: 10 }, ['far smaller: 10, usually at least 31']],
    ['a third of the size', { durationMs: 10_500, size: 11 }, []],
    ['that was held, and of nothing', { durationMs: null, size: 0 }, ['far smaller: 0, usually at least 31']],
    ['that was held', { durationMs: null, size: 31 }, []],
  ])('%s', (_, success, odd) => {
    expect(odditiesOf(ten, success)).toEqual(odd);
  });

  it('is odd in nothing before there are ten to compare it with', () => {
    const nine = ten.split(' ').slice(1).join(' ');
    expect(odditiesOf(nine, { durationMs: 1, size: 0 })).toEqual([]);
    expect(odditiesOf(undefined, { durationMs: 1, size: 0 })).toEqual([]);
  });

  it('of some milliseconds is not called slow beside one of a few', () => {
    const quick = learnt(Array.from({ length: 20 }, () => ({ durationMs: 3, size: 1 })));
    expect(odditiesOf(quick, { durationMs: 900, size: 1 })).toEqual([]);
    expect(odditiesOf(quick, { durationMs: 1_100, size: 1 })).toHaveLength(1);
  });

  it('does not become usual by one odd one before it', () => {
    const withOne = withSuccess(ten, { durationMs: 100_000, size: 0 });
    expect(odditiesOf(withOne, { durationMs: 100_000, size: 0 })).toHaveLength(2);
  });

  it('is compared with the latest fifty alone', () => {
    const successes = fc.array(fc.record({ durationMs: fc.nat(1e7), size: fc.nat(1e6) }), {
      minLength: 45,
      maxLength: 120,
    });
    fc.assert(
      fc.property(successes, (all) => {
        expect(learnt(all)).toBe(
          all
            .slice(-50)
            .map(({ durationMs, size }) => `${durationMs}/${size}`)
            .join(' '),
        );
      }),
    );
  });

  it('that was held teaches nothing', () => {
    expect(withSuccess(ten, { durationMs: null, size: 3 })).toBe(ten);
  });
});
