/**
 * What the page is shown with: a service whose jobs meet with a shop that is down, a revoked grant, a flaky model and a bug of their own,
 * and that has a past.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDataDir } from '../../src/persistence/data-dir.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import { metricRow } from '../../src/persistence/metric-rows.ts';
import { openStore, type Write } from '../../src/persistence/store.ts';
import type { Settled } from '../../src/policies/run.ts';
import { seededRandom } from '../../src/random.ts';
import { add, addLength, addPeak, type Tally } from '../../src/telemetry/metrics/tally.ts';

/** The secrets in it: none may be seen. */
export const secrets = ['client-secret-4711', 'refresh-secret-4711', 'access-secret-4711', 'bearer-secret-4711'];

export const config = `
import { setTimeout as sleep } from 'node:timers/promises';
import { bearer, command, defineConfig, engine, oauth2 } from 'nightshift';

const world = process.env.WORLD;
const json = async (answer) => (await answer).json();

export default defineConfig({
  timeZone: 'Europe/Berlin',
  windows: { publish: { from: '03:00', to: '03:01' } },
  tokens: {
    google: oauth2({ tokenUrl: world + '/token', clientId: 'id', clientSecret: 'client-secret-4711', refreshToken: 'refresh-secret-4711' }),
    youtube: oauth2({ tokenUrl: world + '/revoked', clientId: 'id', clientSecret: 'client-secret-4711', refreshToken: 'refresh-secret-4711' }),
    models: bearer('bearer-secret-4711'),
  },
  services: {
    shop: { url: world + '/shop', timeout: '5s' },
    drive: { url: world + '/drive', token: 'google', quota: { limit: 500, per: 'day' } },
    youtube: { url: world + '/youtube', token: 'youtube' },
    groq: { url: world + '/groq', token: 'models', breaker: { failures: 9, rate: 1 } },
    cerebras: { url: world + '/cerebras' },
    llm: { fallback: ['groq', 'cerebras'] },
  },
  engines: [
    engine('orders', { every: '5m', run: ({ step, service }) => step('fetch', () => json(service('shop').fetch('/orders'))) }),
    engine('stock', { every: '15m', run: ({ step, service }) => step('fetch', () => json(service('shop').fetch('/stock'))) }),
    engine('backup-photos', {
      every: '10m',
      async run({ step, service }) {
        await step('list', () => json(service('drive').fetch('/list')));
        await step('download', () => sleep(600, 12));
        await step('verify', () => sleep(250, true));
        return { files: 12, bytes: 48211904, newest: 'IMG_2041.jpg' };
      },
    }),
    engine('upload-video', { every: '30m', run: ({ step, service }) => step('upload', () => json(service('youtube').fetch('/videos'))) }),
    engine('summaries', {
      every: '2m',
      retry: { base: '300ms', cap: '1s', tries: 5 },
      async run({ step, service }) {
        await step('collect', () => sleep(150, 3));
        await step('summarise', () => json(service('groq').fetch('/chat')));
        return { posts: 3, model: 'llama' };
      },
    }),
    engine('blog', { every: '1m', window: 'publish', run: () => ({ posts: 1 }) }),
    engine('price-watch', { every: '1s', maxFailures: 2, run() { throw new TypeError("Cannot read properties of undefined (reading 'price')"); } }),
    engine('render', {
      every: '1h',
      async run({ step }) {
        await step('prepare', () => sleep(400, 1));
        await step('frames', ({ signal }) => sleep(600_000, 1, { signal }));
        return { frames: 9000 };
      },
    }),
    engine('ticker', { async run({ step }) { for (let n = 0; n < 400; n++) await step('beat ' + n, () => sleep(100, n)); } }),
    engine('sign-in', { every: '1h', retry: { tries: 1 }, run() { throw new Error('signing in with bearer-secret-4711 did not work'); } }),
    engine('index', { after: 'backup-photos', run: () => ({ entries: 412 }) }),
    engine('newsletter', { async run({ step }) { await step('draft', () => 'draft'); return { sent: 1 }; } }),
    command('invoices', { schedule: '0 3 * * *', run: ['true'] }),
    ...Array.from({ length: 400 }, (_, n) => engine('mailbox-' + String(n + 1).padStart(3, '0'), { schedule: '0 4 * * *', run: () => ({ mails: n }) })),
  ],
});
`;

export interface World {
  url: string;
  end(): void;
}

export function openWorld(): Promise<World> {
  let calls = 0;
  const server = createServer(({ url = '' }, answer) => {
    calls += 1;
    answer.setHeader('content-type', 'application/json');
    if (url.startsWith('/token')) {
      answer.end(JSON.stringify({ access_token: 'access-secret-4711', token_type: 'Bearer', expires_in: 3600 }));
    } else if (url.startsWith('/revoked')) {
      answer.writeHead(400).end('{"error":"invalid_grant"}');
    } else if (url.startsWith('/shop') || (url.startsWith('/groq') && calls % 2 === 0)) {
      answer.writeHead(503).end('{}');
    } else answer.end('{"ok":true}');
  });
  return new Promise((opened) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      opened({ url: `http://127.0.0.1:${port}`, end: () => server.close() });
    });
  });
}

const hourMs = 3_600_000;

/** Gives the service a past, before its first start: runs in the ledger, and two days of metrics. */
export async function writePast(dataDir: string, now: number): Promise<void> {
  const store = await openStore(`sqlite://${openDataDir(dataDir).store}`);
  const chance = seededRandom(7);
  await store.write([...ledgerOf('backup-photos', now, chance, 0.02), ...ledgerOf('summaries', now, chance, 0.06)]);
  await store.write([...ledgerOf('orders', now, chance, 0.1), ...ledgerOf('index', now, chance, 0)]);
  await store.write(metricsOf(now, chance));
  await store.close();
}

function ledgerOf(engine: string, now: number, chance: () => number, failing: number): Write[] {
  return Array.from({ length: 60 }, (_, n): Write => {
    const at = now - (60 - n) * 600_000;
    const luck = chance();
    const entry: Settled = {
      outcome: 'ran',
      due: { from: at - 3_000, to: at - 3_000 },
      run: `${engine}.${n}`,
      result: luck < failing ? 'failure' : 'success',
      attempts: luck < 2 * failing ? 3 : 1,
      startedAt: at - 1_200 - Math.round(chance() * 900),
      ...(luck < failing && { reason: 'the service answered 503: the service is in trouble' }),
    };
    return ledgerRow(`engine/${engine}`, at, n, entry);
  });
}

function metricsOf(now: number, chance: () => number): Write[] {
  const first = Math.floor(now / hourMs) * hourMs - 48 * hourMs;
  return Array.from({ length: 48 }, (_, n) => first + n * hourMs).flatMap((at, n) => [
    metricRow('hour', at, 'process/self', JSON.stringify(processTally(n, chance))),
    metricRow('hour', at, 'engine/backup-photos', JSON.stringify(engineTally(n, chance))),
    metricRow('hour', at, 'service/drive', JSON.stringify(engineTally(n, chance))),
  ]);
}

function processTally(n: number, chance: () => number): Tally {
  const tally: Tally = {};
  addPeak(tally, 'memoryBytes', 90e6 + Math.sin(n / 4) * 12e6 + chance() * 6e6);
  add(tally, 'cpuMs', 40_000 + chance() * 30_000);
  add(tally, 'watchedMs', hourMs);
  return tally;
}

function engineTally(n: number, chance: () => number): Tally {
  const tally: Tally = {};
  for (let run = 0; run < 6; run++) addLength(tally, 'duration', 1_100 + Math.sin(n / 5) * 300 + chance() ** 3 * 2_000);
  add(tally, 'success', 6 - Number(chance() < 0.1));
  add(tally, 'failure', Number(chance() < 0.1));
  add(tally, 'attempts', 7);
  return tally;
}
