import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { type HealedAnswer, serveHealed } from '../../src/dashboard/healed-routes.ts';
import type { Json } from '../../src/json.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import type { Settled } from '../../src/policies/run.ts';

const hourMs = 3_600_000;
const start = 1_000 * hourMs;
const ran: Settled = { outcome: 'ran', due: null, result: 'success', attempts: 1 };
const failed: Settled = { ...ran, result: 'failure', reason: 'out of ink' };

it('tells what failed or was tried again and is well, of the last day alone, and reads it once for all who ask', async () => {
  let now = start;
  let reads = 0;
  const entry = (actor: string, hoursAgo: number, facts: object) =>
    ledgerRow(actor, start - hoursAgo * hourMs, 1, facts as Json);
  const rows = [
    entry('engine/broken', 1, failed),
    entry('engine/fine', 1, ran),
    entry('engine/long-ago', 30, { ...ran, attempts: 3 }),
    entry('engine/printer', 3, failed),
    entry('engine/printer', 2, ran),
    entry('engine/retried', 1, { ...ran, attempts: 3 }),
    entry('incident/breaker:shop', 4, { incident: 'resolved', title: 'shop is down', lastedMs: 60_000 }),
  ].map(([key, json]) => ({ key, json: json ?? '' }));
  const range = (from: string, to: string, limit: number) => {
    reads += 1;
    return rows.filter(({ key }) => key >= from && key < to).slice(0, limit);
  };
  const app = new Hono();
  serveHealed(app, { store: { range }, now: () => now });
  const healed = async () => (await (await app.request('/api/healed')).json()) as HealedAnswer;

  const { engines, incidents } = await healed();
  expect(engines).toEqual([
    { engine: 'retried', failed: 0, retried: 1, reason: null, wellAt: start - hourMs },
    { engine: 'printer', failed: 1, retried: 0, reason: 'out of ink', wellAt: start - 2 * hourMs },
  ]);
  expect(incidents).toMatchObject([{ cause: 'breaker:shop', title: 'shop is down', times: 1, lastedMs: 60_000 }]);
  const before = reads;
  await Promise.all([healed(), healed()]);
  expect(reads).toBe(before);
  now += 30_000;
  await healed();
  expect(reads).toBeGreaterThan(before);
});
