import { expect, it } from 'vitest';
import { RunHistory, runsShown } from '../../src/dashboard/run-history.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import type { Row } from '../../src/persistence/store-rows.ts';
import type { Settled } from '../../src/policies/run.ts';

const hourMs = 3_600_000;
const now = 1_000 * hourMs;
const ran: Settled = { outcome: 'ran', due: null, result: 'success', attempts: 1 };

/** A store in memory that counts the rows it gives away. */
function source(entries: [at: number, entry: Settled][], onRange: () => void = () => {}) {
  const rows = entries.map(([at, entry], n): Row => {
    const [key, json] = ledgerRow('engine/a', at, n, entry);
    return { key, json: json ?? '' };
  });
  const read = { rows: 0 };
  const range = (from: string, to: string, limit: number) => {
    onRange();
    const found = rows.filter(({ key }) => key >= from && key < to).slice(0, limit);
    read.rows += found.length;
    return found;
  };
  return { range, read, rows };
}

const nobody = () => {};

it('says in a letter what became of each run, the oldest first', async () => {
  const entries: Settled[] = [
    ran,
    { ...ran, attempts: 3 },
    { ...ran, skipped: ['announce'] },
    { ...ran, result: 'failure' },
    { outcome: 'skipped', due: null },
    { outcome: 'missed', due: null },
    { outcome: 'coalesced', due: null },
  ];
  const history = new RunHistory(source(entries.map((entry, n) => [now - 100 + n, entry])));
  expect(history.marks('engine/a')).toBeNull();
  await history.fill(['engine/a'], now, nobody);
  expect(history.marks('engine/a')).toBe('shdfkmc');
});

it('reads the latest runs of a busy engine, and not its whole past', async () => {
  const all = source(Array.from({ length: 20_000 }, (_, n) => [now - (20_000 - n) * 60_000, ran]));
  const history = new RunHistory(all);
  await history.fill(['engine/a'], now, nobody);
  expect(history.marks('engine/a')).toBe('s'.repeat(runsShown));
  expect(all.read.rows).toBeLessThan(1_000);
  all.read.rows = 0;
  expect(await history.entries('engine/a')).toHaveLength(runsShown);
  expect(all.read.rows).toBeLessThan(2 * runsShown);
});

it('finds the runs of an engine that runs once a month', async () => {
  const history = new RunHistory(source([1, 2, 3].map((month) => [now - (4 - month) * 10 * 24 * hourMs, ran])));
  await history.fill(['engine/a'], now, nobody);
  expect(history.marks('engine/a')).toBe('sss');
});

it('goes on from the stream, keeps fifty, and knows the length that 95 of 100 stay below', async () => {
  const history = new RunHistory(source([]));
  await history.fill(['engine/a'], now, nobody);
  for (let n = 1; n <= 60; n++) {
    const at = now + n * 1_000;
    history.take({ address: 'engine/a', at, facts: [{ ...ran, startedAt: at - n }] });
  }
  expect(history.marks('engine/a')).toHaveLength(50);
  expect(history.p95Ms('engine/a')).toBe(58);
  expect(history.p95Ms('engine/b')).toBeNull();
});

it('counts a run once that ends while the ledger is being read', async () => {
  let isFirst = true;
  const entries: [number, Settled][] = [[now - 1, ran]];
  const all = source(entries, () => {
    if (!isFirst) return;
    isFirst = false;
    const [key, json] = ledgerRow('engine/a', now, 9, { ...ran, result: 'failure' });
    queueMicrotask(() => {
      all.rows.push({ key, json: json ?? '' });
      history.take({ address: 'engine/a', at: now, facts: [{ ...ran, result: 'failure' }] });
    });
  });
  const history = new RunHistory(all);
  await history.fill(['engine/a'], now, nobody);
  expect(history.marks('engine/a')).toBe('sf');
});
