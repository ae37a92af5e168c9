/**
 * The job that failure paths are tried on: a token, two services, of which one may be left out, and a step that writes a file.
 */
import { defineConfig, engine, oauth2 } from 'nightshift';

const grant = { tokenUrl: 'https://login.example/token', clientId: 'orders' };

export const config = defineConfig({
  tokens: { shop: oauth2({ ...grant, clientSecret: 'a-secret', refreshToken: 'the-first-one' }) },
  services: {
    shop: { url: 'https://shop.example', token: 'shop', breaker: { failures: 2, cooldown: '5m' } },
    chat: { url: 'https://chat.example' },
  },
  engines: [
    engine('orders', {
      schedule: '0 6 * * *',
      cooldown: '10s',
      retry: { base: '1s', tries: 3 },
      maxFailures: 2,
      async run({ step, service }) {
        const orders = await step('fetch', async () => (await service('shop').fetch('/orders')).json());
        await step('write', () => {
          throw new Error('there is no disk in a test');
        });
        await step('tell', async () => (await service('chat').fetch('/messages', { method: 'POST' })).json(), {
          whenDown: 'skip',
        });
        return { orders };
      },
    }),
  ],
});

export const steps = { write: () => 'orders.json' };
