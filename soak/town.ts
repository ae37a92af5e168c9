/**
 * The town: a configuration that has a little of everything, for whoever wants to see all of the runtime under stress at once.
 *
 * Six engines and more, with tokens, quotas, a fallback, windows, programs, successors and limits. It is written as anybody would
 * write one: nothing in it knows that its world is made up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientCredentials, command, defineConfig, engine, oauth2 } from 'nightshift';
import type { WorldOptions } from 'nightshift/testing';
import { answer } from 'nightshift/testing';
import { z } from 'zod';

const post = { method: 'POST', body: '{}' };

export const town = defineConfig({
  timeZone: 'Europe/Berlin',
  windows: {
    day: { from: '08:00', to: '22:00', except: ['12-25'] },
    night: { from: '22:30', to: '05:30' },
  },
  maxConcurrent: 4,
  tags: { heavy: { maxConcurrent: 1 } },
  tokens: {
    video: oauth2({
      tokenUrl: 'https://login.video.example/token',
      clientId: 'town',
      clientSecret: 'a-secret-of-the-town',
      refreshToken: 'first-refresh-token-video',
    }),
    shop: clientCredentials({
      tokenUrl: 'https://login.shop.example/token',
      clientId: 'town-shop',
      clientSecret: 'another-secret-of-the-town',
    }),
  },
  services: {
    video: {
      url: 'https://video.example',
      token: 'video',
      timeout: '20s',
      quota: { limit: 66, per: 'day', resets: '00:00 America/Los_Angeles' },
    },
    storage: {
      url: 'https://storage.example',
      timeout: '10s',
      breaker: { failures: 2, cooldown: '30s', cooldownMax: '10m' },
    },
    social: { url: 'https://social.example', quota: { limit: 5, per: 'hour' }, heartbeat: { every: '6h' } },
    shop: {
      url: 'https://shop.example',
      token: 'shop',
      breaker: { within: '10m', atLeast: 4, rate: 0.5, slowCall: '8s' },
    },
    feed: { url: 'https://feed.example', quota: { limit: 3, per: 'second' } },
    groq: { url: 'https://groq.example', quota: { limit: 4, per: 'hour' } },
    cerebras: { url: 'https://cerebras.example' },
    llm: { fallback: ['groq', 'cerebras'] },
  },
  engines: [
    engine('video', {
      every: '20m',
      tags: ['heavy'],
      timeout: '10m',
      importance: 'high',
      output: z.object({ id: z.number() }),
      async run({ step, service }) {
        await step('render', async ({ checkpoint, resume }) => {
          for (let part = Number(resume ?? 0); part < 4; part++) {
            await sleep(15_000);
            await checkpoint(part + 1);
          }
          return 'film.mp4';
        });
        const id = await step('upload', async () => {
          const made = await service('video').fetch('/videos', post);
          return ((await made.json()) as { id: number }).id;
        });
        await step('keep', () =>
          service('storage')
            .fetch('/films', post)
            .then(() => null),
        );
        await step(
          'announce',
          () =>
            service('social')
              .fetch('/posts', post)
              .then(() => null),
          { whenDown: 'skip' },
        );
        return { id };
      },
    }),
    engine('blog', {
      schedule: '*/30 * * * *',
      retry: { tries: 4, base: '5s', jitter: 'full' },
      jitter: '2m',
      jitterPer: 'run',
      async run({ step, service }) {
        const draft = await step('draft', async () => (await service('llm').fetch('/chat', post)).json());
        await step('store', () =>
          service('storage')
            .fetch('/drafts', post)
            .then(() => null),
        );
        await step(
          'publish',
          () =>
            service('social')
              .fetch('/posts', post)
              .then(() => null),
          { window: 'day', onInterrupted: 'retry' },
        );
        return { draft };
      },
    }),
    engine('orders', {
      every: '15m',
      overlap: 'queue',
      catchUp: 'all',
      catchUpWithin: '6h',
      progressWithin: '3m',
      async run({ step, service, lastGood }) {
        const page = await step('fetch', async () => (await service('shop').fetch('/orders')).json());
        await step('reckon', () => sleep(5_000).then(() => null));
        await step('tell', () =>
          service('feed')
            .fetch('/orders', post)
            .then(() => null),
        );
        return { page, before: lastGood === null ? 0 : 1 };
      },
    }),
    engine('stock', {
      every: '25m',
      overlap: 'cancel',
      window: 'day',
      startWithin: '2h',
      endWithin: '3h',
      cooldown: '30s',
      async run({ step, service }) {
        for (const shelf of ['a', 'b', 'c']) {
          await step(
            `count ${shelf}`,
            () =>
              service('shop')
                .fetch(`/shelves/${shelf}`)
                .then(() => null),
            { timeout: '1m' },
          );
        }
        await step('sum', () =>
          service('feed')
            .fetch('/stock', post)
            .then(() => null),
        );
        return { shelves: 3 };
      },
    }),
    engine('digest', {
      after: 'orders',
      minOutput: 1,
      async run({ step, service }) {
        await step('ask', async () => (await service('llm').fetch('/chat', post)).json());
        await step('send', ({ signal }) => sleep(1_000, null, { signal }).then(() => null), { onInterrupted: 'fail' });
        return ['sent'];
      },
    }),
    engine('archive', {
      schedule: '15 2 * * *',
      window: 'night',
      catchUp: 'skip',
      grace: '10m',
      timeout: '1h',
      tags: ['heavy'],
      async run({ step, service }) {
        for (let part = 1; part <= 5; part++) {
          await step(`part ${part}`, () =>
            service('storage')
              .fetch(`/archive/${part}`, { method: 'PUT' })
              .then(() => null),
          );
        }
        return 5;
      },
    }),
    command('import', { every: '30m', run: ['import'], timeout: '5m', memory: '500MB', minOutput: 1 }),
  ],
});

/** What its services answer when nothing goes wrong. */
export const townServices: WorldOptions['services'] = {
  video: ({ nth }) => answer(201, { id: nth }),
  shop: ({ nth }) => answer(200, { orders: [nth] }),
  groq: () => answer(200, { text: 'said groq' }),
  cerebras: () => answer(200, { text: 'said cerebras' }),
};
