import { expect, it } from 'vitest';
import type { ConfigError } from '../../../src/config/config-error.ts';
import { faultRates } from '../../../src/testing/simulate/rates-schema.ts';

it('turns lengths into milliseconds, and fills in how long a crash takes', () => {
  const rates = faultRates(
    { calls: { silence: 0.1 }, outages: { every: '2d', lasts: '1h30m' }, crashes: { every: 1_000 } },
    'rates.ts',
  );
  expect(rates).toEqual({
    calls: { silence: 0.1 },
    programs: {},
    outages: { everyMs: 172_800_000, lastsMs: 5_400_000, inTurn: false },
    crashes: { everyMs: 1_000, downMs: 5_000 },
  });
});

const messageOf = (written: unknown) => {
  try {
    faultRates(written, 'rates.json');
    return undefined;
  } catch (error) {
    return (error as ConfigError).message;
  }
};

it.each([
  [null, 'rates.json: found null, expected an object with fault rates. Write that instead.'],
  [{ cals: {} }, "rates.json: cals: found the unknown key 'cals', expected one that there is. Did you mean 'calls'?"],
  [
    { calls: { silence: 3 } },
    'rates.json: calls.silence: found 3, expected a share from 0 to 1. Write 0.01 for one in a hundred.',
  ],
  [
    { calls: { silence: 0.6, slow: 0.6 } },
    'rates.json: calls: found shares that come to 1.2, expected at most 1 together. Lower some of them.',
  ],
  [
    { outages: { every: '2 days', lasts: '1h' } },
    "rates.json: outages.every: found '2 days', expected a length of time above zero. Write it as '30s', '5m' or '1h30m'; a number is milliseconds.",
  ],
  [
    { network: { every: '1h' } },
    "rates.json: network.lasts: found nothing, expected a length of time above zero. Write it as '30s', '5m' or '1h30m'; a number is milliseconds.",
  ],
  [
    { outages: { every: '1h', lasts: '1h', inTurn: 1 } },
    'rates.json: outages.inTurn: found 1, expected true or false. Write one of them.',
  ],
])('says what is wrong with %j', (written, message) => {
  expect(messageOf(written)).toBe(message);
});

it('says everything at once', () => {
  expect(messageOf({ calls: { slow: -1 }, crashes: {} })?.split('\n')).toHaveLength(2);
});
