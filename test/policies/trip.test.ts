import { describe, expect, it } from 'vitest';
import { countCrash } from '../../src/policies/restart-intensity.ts';
import type { BreakerSettings } from '../../src/policies/settings.ts';
import { tripReason, withOutcome } from '../../src/policies/trip.ts';

const settings: BreakerSettings = {
  failures: 3,
  rate: 0.5,
  of: 10,
  atLeast: 5,
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
    expect(tripReason(recent, settings)).toBe(reason);
  });

  it('that knows no slow calls opens for none', () => {
    expect(tripReason('SSSSS', { ...settings, slowCallMs: null })).toBeUndefined();
  });

  it('keeps as many outcomes as it decides by', () => {
    const seen = Array.from({ length: 30 }).reduce<string>(
      (recent) => withOutcome(recent, { failed: false, durationMs: 1 }, settings),
      '',
    );
    expect(seen).toBe('ssssssssss');
    expect(withOutcome(seen, { failed: true, durationMs: 1_000 }, settings)).toBe('sssssssssF');
  });
});

it('crashes count within their period alone', () => {
  const intensity = { maxRestarts: 2, withinMs: 1_000 };
  expect(countCrash([0, 500], 999, intensity)).toEqual({ crashes: [0, 500, 999], tooMany: true });
  expect(countCrash([0, 500], 1_000, intensity)).toEqual({ crashes: [500, 1_000], tooMany: false });
});
