/**
 * The life of a token whose clock is set while it is on its way.
 */
import { expect, it } from 'vitest';
import { transition } from 'xstate';
import { engine, oauth2 } from '../../src/index.ts';
import { type TokenContext, tokenMachine } from '../../src/machines/token.ts';
import { faults } from '../../src/testing/faults/faults.ts';
import { World } from '../../src/testing/world/world.ts';

it.each([
  ['back', faults.clockBack('1h'), 1],
  ['forward', faults.clockForward('1h'), 1],
  // A call of the run at twenty minutes is on its way.
  ['right, far back, once there is one', faults.clockBack('1d'), 20 * 60_000 + 1],
])('is renewed in time when the clock is set %s meanwhile', async (_, fault, afterMs) => {
  const tokenUrl = 'https://login.example/token';
  await using world = new World({
    config: {
      tokens: { shop: oauth2({ tokenUrl, clientId: 'shop', clientSecret: 'a-secret', refreshToken: 'the-first' }) },
      services: { shop: { url: 'https://shop.example', token: 'shop' } },
      engines: [
        engine('orders', { every: '5m', run: async ({ service }) => (await service('shop').fetch('/')).status }),
      ],
    },
    faults: [{ fault, afterMs }],
  });
  await world.run({ hours: 4 });
  const renewals = world.history.lines.filter((line) => line.includes('token/shop fresh → refreshing'));
  expect(renewals.map((line) => line.slice(0, '0d 00:00:00'.length))).toEqual([
    '0d 00:54:59',
    '0d 01:49:58',
    '0d 02:44:57',
    '0d 03:39:56',
  ]);
  expect(world.history.lines.filter((line) => line.includes('offence'))).toEqual([]);
  expect(world.violations).toEqual([]);
});

it('is over as early as it was to be, when the clock by which it was obtained is set right', () => {
  const [hour, year, now] = [3_600_000, 365 * 86_400_000, Date.UTC(2026, 10, 28)];
  const settings = {
    grant: 'refresh',
    fingerprint: 'a',
    refreshBeforeMs: 300_000,
  } as unknown as TokenContext['settings'];
  const obtainedAt = now + year;
  const context = { settings, version: 1, obtainedAt, expiresAt: obtainedAt + hour, rejected: false } as TokenContext;
  const fresh = tokenMachine.resolveState({ value: 'fresh', context });
  const told = (at: number) => ({ type: 'settings.changed', settings, setBackMs: year, at }) as never;
  const use = (at: number) => ({ type: 'token.use', at }) as never;
  const [right] = transition(tokenMachine, fresh, told(now));
  expect([fresh, right].map((each) => each.can(use(now + hour)))).toEqual([true, false]);
  expect(right.can(use(now + hour / 2))).toBe(true);
  // One from before the clock went wrong is as good as it was.
  const [same] = transition(tokenMachine, fresh, told(obtainedAt + 1));
  expect(same.context).toMatchObject({ obtainedAt, expiresAt: obtainedAt + hour });
});
