/**
 * Jobs that do right by every fault of the catalogue: the one of docs/testing.md, one with all that a service may have, and a program.
 */
import { command, defineConfig, engine, oauth2 } from 'nightshift';

/** What is no answer is nothing to give up for: the service is asked again. */
function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const failure = { class: 'recoverable', code: 'UNREADABLE', message: 'found no JSON' } as const;
    throw Object.assign(new Error(failure.message, { cause }), { failure });
  }
}

/** As in docs/testing.md. */
const plain = defineConfig({
  services: { shop: { url: 'https://shop.example', timeout: '10s' } },
  engines: [
    engine('plain', {
      every: '5m',
      run: ({ step, service }) =>
        step('fetch', async () => readable(await (await service('shop').fetch('/orders')).text())),
    }),
  ],
});

/** A token, a breaker and a quota; a second step, with a service that may be left out. */
const guarded = defineConfig({
  tokens: {
    shop: oauth2({
      tokenUrl: 'https://login.example/token',
      clientId: 'orders',
      clientSecret: 'a-secret',
      refreshToken: 'the-first-one',
    }),
  },
  services: {
    shop: {
      url: 'https://shop.example',
      token: 'shop',
      timeout: '10s',
      breaker: { failures: 2, cooldown: '5m' },
      quota: { limit: 20, per: 'hour' },
    },
    chat: { url: 'https://chat.example', timeout: '10s' },
  },
  engines: [
    engine('guarded', {
      every: '10m',
      retry: { base: '1s', tries: 3 },
      async run({ step, service }) {
        const orders = await step('fetch', async () => readable(await (await service('shop').fetch('/orders')).text()));
        await step(
          'tell',
          async () => readable(await (await service('chat').fetch('/messages', { method: 'POST' })).text()),
          {
            whenDown: 'skip',
          },
        );
        return { orders };
      },
    }),
  ],
});

const program = defineConfig({
  engines: [command('program', { every: '10m', timeout: '1m', run: ['report'], minOutput: 1 })],
});

export const jobs = [
  ['plain', plain],
  ['guarded', guarded],
  ['program', program],
] as const;
