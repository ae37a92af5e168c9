/**
 * The jobs that the page is shown with: each meets with one way in which the world fails, some with a fault of their own, and hundreds with
 * nothing at all.
 */

/** The secrets in it: none may be seen. */
export const secrets = ['client-secret-4711', 'refresh-secret-4711', 'access-secret-4711', 'bearer-secret-4711'];

export const config = `
import { setTimeout as sleep } from 'node:timers/promises';
import { bearer, command, defineConfig, engine, oauth2 } from 'nightshift';

const { WELL, DOWN, FLAKY, BUSY, SILENT, RESETS, EMPTY, TOKENS } = process.env;
const json = async (answer) => (await answer).json();
const grant = { clientId: 'id', clientSecret: 'client-secret-4711', refreshToken: 'refresh-secret-4711' };
const retry = { base: '200ms', cap: '500ms', tries: 5 };
/** Asks its service for one thing. */
const asks = (id, name, path, options = {}) =>
  engine(id, { every: '15m', retry, ...options, run: ({ step, service }) => step('fetch', () => json(service(name).fetch(path))) });

export default defineConfig({
  timeZone: 'Europe/Berlin',
  windows: { publish: { from: '03:00', to: '03:01' } },
  tokens: {
    google: oauth2({ ...grant, tokenUrl: TOKENS + '/' }),
    youtube: oauth2({ ...grant, tokenUrl: TOKENS + '/revoked' }),
    mail: oauth2({ ...grant, tokenUrl: TOKENS + '/down' }),
    models: bearer('bearer-secret-4711'),
  },
  services: {
    shop: { url: DOWN, timeout: '5s' },
    maps: { url: BUSY },
    archive: { url: SILENT, timeout: '300ms' },
    feeds: { url: RESETS },
    prices: { url: EMPTY },
    drive: { url: WELL, token: 'google', quota: { limit: 500, per: 'day' } },
    youtube: { url: WELL, token: 'youtube' },
    mailer: { url: WELL, token: 'mail' },
    groq: { url: FLAKY, token: 'models', breaker: { failures: 9, rate: 1 } },
    cerebras: { url: WELL, breaker: { of: 60 } },
    llm: { fallback: ['groq', 'cerebras'] },
  },
  engines: [
    asks('orders', 'shop', '/orders', { every: '5m' }),
    asks('stock', 'shop', '/stock'),
    asks('geocode', 'maps', '/places'),
    asks('restore', 'archive', '/oldest'),
    asks('headlines', 'feeds', '/top'),
    asks('price-list', 'prices', '/list', { every: '1h' }),
    asks('upload-video', 'youtube', '/videos', { every: '30m' }),
    asks('letters', 'mailer', '/send'),
    engine('backup-photos', {
      every: '10m',
      async run({ step, service }) {
        await step('list', () => json(service('drive').fetch('/list')));
        await step('download', () => sleep(600, 12));
        await step('verify', () => sleep(250, true));
        return { files: 12, bytes: 48211904, newest: 'IMG_2041.jpg' };
      },
    }),
    engine('summaries', {
      every: '2m',
      retry: { base: '300ms', cap: '1s', tries: 5 },
      async run({ step, service }) {
        await step('collect', async () => { for (let n = 0; n < 60; n++) await service('cerebras').call(() => null); });
        await step('summarise', () => json(service('groq').fetch('/chat')));
        return { posts: 3, model: 'llama' };
      },
    }),
    engine('blog', { every: '5s', window: 'publish', run: () => ({ posts: 1 }) }),
    engine('price-watch', { every: '1s', maxFailures: 2, run() { throw new TypeError("Cannot read properties of undefined (reading 'price')"); } }),
    engine('render', {
      every: '1h',
      async run({ step, log }) {
        await step('prepare', () => sleep(400, 1));
        log.info({ frames: 9000 }, 'render.begun');
        await step('frames', ({ signal }) => sleep(600_000, 1, { signal }));
        return { frames: 9000 };
      },
    }),
    engine('ticker', { async run({ step }) { for (let n = 0; n < 400; n++) await step('beat ' + n, () => sleep(100, n)); } }),
    engine('sign-in', { every: '1h', retry: { tries: 1 }, run() { throw new Error('signing in to the old mailbox with bearer-secret-4711 did not work'); } }),
    engine('index', { after: 'backup-photos', run: () => ({ entries: 412 }) }),
    engine('newsletter', { async run({ step, log }) { await step('draft', () => 'draft'); log.warn({ readers: 0 }, 'nobody reads it'); return { sent: 1 }; } }),
    command('invoices', { schedule: '0 3 * * *', run: ['true'] }),
    ...Array.from({ length: 400 }, (_, n) => engine('mailbox-' + String(n + 1).padStart(3, '0'), { schedule: '0 4 * * *', run: () => ({ mails: n }) })),
  ],
});
`;
