import { describe, expect, it } from 'vitest';
import { countCrash } from '../../src/policies/restart-intensity.ts';
import type { BreakerSettings } from '../../src/policies/settings.ts';
import { type CallOutcome, type Tally, tallied, tripReason, withOutcome } from '../../src/policies/trip.ts';
import { fc } from '../property.ts';

const settings: BreakerSettings = {
  failures: 3,
  rate: 0.5,
  of: 10,
  atLeast: 5,
  withinMs: null,
  slowCallMs: 1_000,
  slowRate: 0.5,
  cooldownMs: 60_000,
  cooldownMsMax: 600_000,
  probeTimeoutMs: 60_000,
};

describe('a breaker', () => {
  it.each([
    ['ssff', undefined],
    ['ssfff', '3 failures in a row'],
    ['sfFf', '3 failures in a row'],
    ['sfsf', undefined],
    ['sfsfs', undefined],
    ['ssfsff', '3 of the last 6 calls failed'],
    ['ffsssssssss', undefined],
    ['SsSs', undefined],
    ['SsSsS', '3 of the last 5 calls took 1000 ms or more'],
  ])('that saw %s opens for the reason: %s', (recent, reason) => {
    expect(tripReason(recent, [], settings)).toBe(reason);
  });

  it('that knows no slow calls opens for none', () => {
    expect(tripReason('SSSSS', [], { ...settings, slowCallMs: null })).toBeUndefined();
  });

  it('keeps as many outcomes as it decides by', () => {
    const seen = Array.from({ length: 30 }).reduce<string>(
      (recent) => withOutcome(recent, { failed: false, durationMs: 1, at: 0 }, settings),
      '',
    );
    expect(seen).toBe('ssssssssss');
    expect(withOutcome(seen, { failed: true, durationMs: 1_000, at: 0 }, settings)).toBe('sssssssssF');
  });
});

describe('a breaker over a length of time', () => {
  const within = { ...settings, failures: 9, withinMs: 60_000 };
  const tallyOf = (calls: CallOutcome[]) => calls.reduce<Tally>((tally, call) => tallied(tally, call, within), []);
  const call = (at: number, failed = false, durationMs = 1): CallOutcome => ({ at, failed, durationMs });

  it.each([
    ['too few calls', [call(0, true), call(1, true)], undefined],
    ['half of them failed', [0, 1, 2, 3, 4, 5].map((n) => call(n, n % 2 === 0)), '3 of the 6 calls within 1m failed'],
    [
      'half of them slow',
      [0, 1, 2, 3, 4, 5].map((n) => call(n, false, n > 2 ? 1_000 : 1)),
      '3 of the 6 calls within 1m took 1000 ms or more',
    ],
    [
      'the failures were before that',
      [...[0, 1, 2].map((n) => call(n, true)), ...[0, 1, 2].map((n) => call(60_000 + n))],
      undefined,
    ],
  ])('opens or not: %s', (_, calls, reason) => {
    expect(tripReason('', tallyOf(calls), within)).toBe(reason);
  });

  it('keeps no more of the latest calls than it needs for those in a row', () => {
    expect(withOutcome('sfsfsfsfs', call(0), within)).toBe('fsfsfsfss');
  });

  it('counts every call of the last nine tenths, and none that is older than the whole', () => {
    const calls = fc.array(fc.record({ gap: fc.nat(20_000), failed: fc.boolean() }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(calls, (gaps) => {
        let at = 1_000_000;
        const made = gaps.map(({ gap, failed }) => {
          at += gap;
          return call(at, failed);
        });
        const counted = tallyOf(made).reduce((sum, { calls }) => sum + calls, 0);
        const younger = (ms: number) => made.filter((each) => each.at > at - ms).length;
        expect(counted).toBeGreaterThanOrEqual(younger(54_000));
        expect(counted).toBeLessThanOrEqual(younger(60_000));
      }),
    );
  });
});

it('crashes count within their period alone', () => {
  const intensity = { maxRestarts: 2, withinMs: 1_000 };
  expect(countCrash([0, 500], 999, intensity)).toEqual({ crashes: [0, 500, 999], tooMany: true });
  expect(countCrash([0, 500], 1_000, intensity)).toEqual({ crashes: [500, 1_000], tooMany: false });
});
