import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearLedger, clearQuarantine } from '../../src/persistence/clear-out.ts';
import { ledgerAddresses, ledgerRow } from '../../src/persistence/ledger.ts';
import { openStore, type Store, type Write } from '../../src/persistence/store.ts';
import { fc } from '../property.ts';
import { readLedger } from './read-ledger.ts';

let folder: string;
let store: Store;
let writes: number[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-clear-'));
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  writes = [];
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const clearing = (signal = new AbortController().signal) => ({
  store,
  signal,
  write: (rows: readonly Write[]) => {
    writes.push(rows.length);
    return store.write(rows);
  },
});

const entries = (address: string, count: number, from = 0): Write[] =>
  Array.from({ length: count }, (_, n) => ledgerRow(address, from + n, n, { outcome: 'ran', due: null }));
const instants = async (address: string) => (await readLedger(store, address)).map(({ at }) => at);

describe('the ledger', () => {
  it('loses what is older, and keeps what is not', async () => {
    await store.write(entries('engine/a', 300));
    expect(await clearLedger(clearing(), 200)).toBe(200);
    expect(await instants('engine/a')).toEqual(Array.from({ length: 100 }, (_, n) => 200 + n));
  });

  it('keeps the newest 50 of each actor, however old', async () => {
    await store.write([...entries('engine/a', 500), ...entries('engine/b', 50), ...entries('engine/a.b', 51)]);
    expect(await clearLedger(clearing(), 1e12)).toBe(451);
    expect(await instants('engine/a')).toEqual(Array.from({ length: 50 }, (_, n) => 450 + n));
    expect(await instants('engine/b')).toHaveLength(50);
    expect((await instants('engine/a.b'))[0]).toBe(1);
  });

  it('counts the younger ones among the 50', async () => {
    await store.write([...entries('engine/a', 100), ...entries('engine/a', 30, 1_000)]);
    expect(await clearLedger(clearing(), 500)).toBe(80);
    expect((await instants('engine/a'))[0]).toBe(80);
  });

  it('loses the oldest of an actor that has more than it may, however young', async () => {
    await store.write([...entries('engine/a', 500, 1_000), ...entries('engine/b', 300, 1_000)]);
    expect(await clearLedger(clearing(), 0, 300)).toBe(200);
    expect(await instants('engine/a')).toEqual(Array.from({ length: 300 }, (_, n) => 1_200 + n));
    expect(await instants('engine/b')).toHaveLength(300);
  });

  it('keeps the right ones, whatever there is', async () => {
    const actors = fc.dictionary(
      fc.constantFrom('engine/a', 'engine/a.b', 'engine/ab', 'incident/x:y', 'engine/:1:2'),
      fc.uniqueArray(fc.integer({ min: 0, max: 2_000 }), { maxLength: 450 }),
    );
    const property = fc.asyncProperty(actors, fc.integer({ min: 0, max: 2_100 }), async (ledger, before) => {
      await store.write((await store.keys('')).map((key) => [key, null]));
      const rows = Object.entries(ledger).flatMap(([address, ats]) =>
        ats.map((at) => ledgerRow(address, at, 0, { outcome: 'ran', due: null })),
      );
      await store.write(rows);
      const kept = Object.entries(ledger).map(([address, ats]) => {
        const sorted = ats.toSorted((a, b) => a - b);
        return [address, sorted.filter((at, n) => at >= before || n >= sorted.length - 50)] as const;
      });
      const removed = rows.length - kept.reduce((sum, [, ats]) => sum + ats.length, 0);
      expect(await clearLedger(clearing(), before)).toBe(removed);
      for (const [address, ats] of kept) expect(await instants(address)).toEqual(ats);
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it('goes a few rows at a time, so that jobs are not held up', async () => {
    await store.write(entries('engine/a', 2_050));
    await clearLedger(clearing(), 1e12);
    expect(Math.max(...writes)).toBeLessThanOrEqual(200);
    expect(writes.reduce((sum, rows) => sum + rows)).toBe(2_000);
  });

  it('stops between two of them when it is told to', async () => {
    await store.write(entries('engine/a', 2_050));
    const abort = new AbortController();
    const rows = clearing(abort.signal);
    const write = async (some: readonly Write[]) => {
      await rows.write(some);
      abort.abort(new Error('enough'));
    };
    await expect(clearLedger({ ...rows, write }, 1e12)).rejects.toThrow('enough');
    expect(writes).toHaveLength(1);
  });

  it('knows everybody who has entries', async () => {
    const addresses = ['engine/a', 'engine/a.b', 'engine/ab', 'incident/x', 'incident/x:y'];
    await store.write(addresses.flatMap((address) => entries(address, 3)));
    await store.write([['ledges', '1']]);
    expect((await ledgerAddresses(store)).sort()).toEqual(addresses);
  });
});

describe('the quarantine', () => {
  const row = (n: number, at: unknown): Write => [`quarantine:engine/a:${n}`, JSON.stringify({ at, record: '{' })];

  it('loses what has been in it for long, and keeps the rest', async () => {
    await store.write([...Array.from({ length: 450 }, (_, n) => row(n, n)), ['quarantined', '{"at":1}']]);
    expect(await clearQuarantine(clearing(), 400)).toBe(400);
    expect(await store.keys('quarantine:')).toHaveLength(50);
    expect(await store.get('quarantined')).toBe('{"at":1}');
    expect(Math.max(...writes)).toBeLessThanOrEqual(200);
  });

  it('keeps what does not say when it came', async () => {
    await store.write([row(1, 'long ago'), row(2, null), ['quarantine:engine/a:3', 'no JSON']]);
    expect(await clearQuarantine(clearing(), 1e15)).toBe(0);
    expect(await store.keys('quarantine:')).toHaveLength(3);
  });
});
