import { expect, it } from 'vitest';
import { callFaultNamed } from '../../../src/testing/simulate/call-faults.ts';
import { callRates, programRates } from '../../../src/testing/simulate/fault-rates.ts';
import { injectionNamed } from '../../../src/testing/simulate/injection-text.ts';
import { injectionName } from '../../../src/testing/world/chaos.ts';

const namesOf = (some: readonly { name: string }[]) => some.map(({ name }) => name);
const programFaults = namesOf(Object.values(programRates));
const calls = [...namesOf(Object.values(callRates).flat()), '404', 'outage: DNS', 'outage: silence', 'no network'];

it.each([
  ...calls.map((name) => `call 12 to shop: ${name}`),
  'call 1 to token server https://auth.example:8443/token: 503',
  'write 17: killed during the commit, back after 5s',
  'write 1: killed before the commit, back after 250ms',
  'write 2: SQLITE_BUSY for 2.5s',
  'write 3: disk full',
  'write 4: torn batch',
  ...programFaults.map((name) => `start 4 of nightly-import: ${name}`),
  'after 60000 ms: killed, back after 1m5s',
  'after 60000 ms: asleep for 1h',
  'after 60000 ms: clock set back by 10m',
  'after 60000 ms: clock set forward by 1.5s',
  'after 60000 ms: duplicate timer',
  'after 60000 ms: started twice',
  'after 60000 ms: clocks change in Europe/Berlin',
  'after 60000 ms: tokens of google rejected',
  'after 60000 ms: grant of google revoked',
])('reads what it is called: %s', (text) => {
  const injection = injectionNamed(text);
  expect(injection && injectionName(injection)).toBe(text);
});

it.each([
  '',
  '503',
  'call 3 to shop',
  'call 3 to shop: 999',
  'call three to shop: 503',
  'write 3: 503',
  'write 3: killed at the commit, back after 5s',
  'start 1 of import: 503',
  'after 5 ms: 503',
  'after 5 ms: asleep for ever',
  'after 5 ms: asleep',
  'after 5 ms: clocks change in Nowhere',
])('does not know %j', (text) => {
  expect(injectionNamed(text)).toBeUndefined();
});

it('knows how long a service asks to be left alone', async () => {
  const response = await callFaultNamed('429 Retry-After 42')?.answer({
    pause: async () => {},
    random: () => 0,
  } as never);
  expect([response?.status, response?.headers.get('retry-after')]).toEqual([429, '42']);
});
