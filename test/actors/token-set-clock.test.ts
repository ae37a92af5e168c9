/**
 * The life of a token whose clock is set while it is on its way.
 */
import { expect, it } from 'vitest';
import { engine, oauth2 } from '../../src/index.ts';
import { faults } from '../../src/testing/faults/faults.ts';
import { World } from '../../src/testing/world/world.ts';

it.each([
  ['back', faults.clockBack('1h')],
  ['forward', faults.clockForward('1h')],
])('is renewed in time when the clock is set %s meanwhile', async (_, fault) => {
  const tokenUrl = 'https://login.example/token';
  await using world = new World({
    config: {
      tokens: { shop: oauth2({ tokenUrl, clientId: 'shop', clientSecret: 'a-secret', refreshToken: 'the-first' }) },
      services: { shop: { url: 'https://shop.example', token: 'shop' } },
      engines: [
        engine('orders', { every: '5m', run: async ({ service }) => (await service('shop').fetch('/')).status }),
      ],
    },
    faults: [{ fault, afterMs: 1 }],
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
