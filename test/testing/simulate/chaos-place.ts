/**
 * A config that faults can happen to, and requests to its services.
 */

import type { ConfigDefinition } from '../../../src/config/definition.ts';
import { bearer, defineConfig, engine, env, oauth2 } from '../../../src/index.ts';
import type { WorldRequest } from '../../../src/testing/world/network.ts';

export const startAt = Date.UTC(2026, 0, 5);
export const hourMs = 3_600_000;

export const shopConfig: ConfigDefinition = defineConfig({
  timeZone: 'UTC',
  builtIn: { health: false, resources: false },
  tokens: {
    google: oauth2({ tokenUrl: 'https://auth.example/token', clientId: 'me', refreshToken: env('REFRESH') }),
    fixed: bearer(env('KEY')),
  },
  services: {
    shop: { url: 'https://shop.example', token: 'google', quota: { limit: 20, per: 'hour' } },
    mail: { url: 'https://mail.example', token: 'fixed' },
    either: { fallback: ['shop', 'mail'] },
  },
  engines: [
    engine('orders', {
      every: '20m',
      async run({ step, service }) {
        const list = await step('list', async () => (await service('shop').fetch('/orders')).json());
        await step('tell', async () => (await service('mail').fetch('/send', { method: 'POST', body: '1' })).json());
        return list;
      },
    }),
    engine('prices', {
      every: '30m',
      run: ({ step, service }) => step('read', async () => (await service('shop').fetch('/prices')).json()),
    }),
  ],
});

export function request(service: string, nth: number): WorldRequest {
  return {
    number: nth,
    service,
    nth,
    method: 'GET',
    url: new URL('https://shop.example/'),
    headers: new Headers(),
    body: '',
    sentAt: startAt,
  };
}
