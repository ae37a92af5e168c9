/**
 * What happens to the machine while a token is being asked for: a job that is right passes, whatever becomes of the token.
 */
import { engine, oauth2 } from 'nightshift';
import { expect, it } from 'vitest';
import { failurePaths, faults } from '../../../src/testing/index.ts';

const tokenUrl = 'https://login.example/token';
const job = engine('orders', {
  schedule: '0 12 * * *',
  async run({ step, service }) {
    await step('fetch', async () => (await service('shop').fetch('/orders')).json());
    return step('tell', async () => (await service('chat').fetch('/tell', { method: 'POST' })).json(), {
      window: 'day',
    });
  },
});
const config = {
  windows: { day: { from: '09:00', to: '17:00' } },
  tokens: { shop: oauth2({ tokenUrl, clientId: 'shop', clientSecret: 'a-secret', refreshToken: 'the-first' }) },
  services: { shop: { url: 'https://shop.example', token: 'shop' }, chat: { url: 'https://chat.example' } },
  engines: [job],
};

it('is foretold when the clock is set, or the machine sleeps past the life of the token and the hours of a step', async () => {
  const machine = [faults.clockBack(), faults.clockForward(), faults.asleep(), faults.asleep('30m')];
  const paths = await failurePaths('orders', { config, faults: machine });
  const wrong: string[] = [];
  for (const path of paths) await path.verify().catch((error: Error) => wrong.push(error.message));
  expect(wrong).toEqual([]);
  // Asleep past both, it waits for a token first, and then for the morning.
  expect([...paths].map(({ name }) => name)).toContain('asleep for 8h → held.forActor → held.forTime → success');
});
