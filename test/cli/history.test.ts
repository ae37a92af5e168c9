import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Past } from '../../src/telemetry/history.ts';
import { HttpServer, json } from '../actors/effects/http-server.ts';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

let place: Workplace;
let shop: HttpServer;
let llm: HttpServer;
beforeEach(async () => {
  place = new Workplace();
  [shop, llm] = [await HttpServer.open(), await HttpServer.open()];
});
afterEach(async () => {
  place.dispose();
  await shop.close();
  await llm.close();
});

const config = () => `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  services: {
    shop: { url: '${shop.url}' },
    best: { url: '${llm.url}' },
    other: { url: '${shop.url}' },
    model: { fallback: ['best', 'other'] },
  },
  engines: [
    engine('orders', { retry: { tries: 1 }, maxFailures: 9, run: async ({ step, service }) => {
      await step('fetch', async () => (await service('shop').fetch('/orders')).status);
      await step('sum up', async () => (await service('model').fetch('/chat')).status);
      return 'done';
    } }),
    engine('broken', { maxFailures: 9, run() { throw new Error('out of paper'); } }),
    engine('idle', { run: () => 1 }),
    engine('patient', { retry: { base: '1h' }, run() { throw Object.assign(new Error('reset'), { code: 'ECONNRESET' }); } }),
  ],
});
`;

/** Has the engine run so many times, one after the other. */
async function runs({ url, log }: Running, engine: string, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    await place.send(url, `engine/${engine}`, 'engine.trigger');
    await eventually(`run ${n} of ${engine}`, async () => (await ledgerOf(url, engine)).length === n, log);
  }
}

async function ledgerOf(url: string, engine: string): Promise<unknown[]> {
  const { ledger } = (await (await fetch(`${url}/api/actors/engine/${engine}`)).json()) as { ledger: unknown[] };
  return ledger;
}

const pasts = async (engine: string, ...args: string[]) =>
  JSON.parse((await place.run('history', engine, '--json', ...args)).out) as Past[];

it('shows each run with its steps, its services and who of a fallback answered, while the service runs and after it', {
  timeout: 120_000,
}, async () => {
  llm.answer = json(500);
  place.write('nightshift.config.ts', config());
  const service = await place.start();
  await runs(service, 'orders', 1);
  await runs(service, 'broken', 1);
  expect(await pasts('orders')).toMatchObject([
    {
      outcome: 'ran',
      result: 'success',
      trigger: 'manual',
      due: null,
      attempts: 1,
      durationMs: expect.any(Number),
      steps: { fetch: expect.any(Number), 'sum up': expect.any(Number) },
      services: ['shop', 'other'],
      served: { model: ['other'] },
      reason: null,
    },
  ]);
  await place.send(service.url, 'engine/patient', 'engine.trigger');
  await service.end('SIGTERM');
  const { out } = await place.run('history', 'orders');
  expect(out).toMatch(
    /^DUE +OUTCOME +BEGAN +TOOK +ATTEMPTS +MORE\nby hand +ran, success +.*[\d.]+m?s +1 +model was other; steps: fetch [\d.]+m?s, sum up [\d.]+m?s; services: shop, other\n$/,
  );
  expect((await place.run('history', 'broken')).out).toMatch(/by hand +ran, failure .* 1 +out of paper/);
  expect((await place.run('history', 'idle')).out).toBe('Nothing of idle has been due or triggered yet.\n');
  expect((await place.run('history', 'patient')).out).toMatch(
    /^DUE .*\nby hand +under way, backoff .* 1 +reset\nThe service is down: .*\n$/,
  );
});

it('has the latest first, and as many as one asks for', { timeout: 180_000 }, async () => {
  place.write('nightshift.config.ts', config());
  const service = await place.start();
  await runs(service, 'idle', 3);
  await service.end('SIGTERM');
  const all = await pasts('idle');
  expect(all).toHaveLength(3);
  expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted((one, other) => other - one));
  expect(await pasts('idle', '-n', '2')).toEqual(all.slice(0, 2));
  expect(await place.run('history', 'idel')).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean') });
  expect(await place.run('history', 'idle', '-n', 'all')).toMatchObject({
    code: 2,
    err: "--lines: found 'all', expected a number of lines from 1 on.\n",
  });
});
