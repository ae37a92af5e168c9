import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clearRemoved, removalRows, removedIn, removedPrefix } from '../../src/persistence/removed-actors.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-removed-'));
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const missing = async (addresses: string[], at: number) => {
  const rows = removalRows(addresses, await store.scan(removedPrefix), at);
  if (rows.length > 0) await store.write(rows);
  return rows.length;
};
const clear = (before: number, wanted: string[] = []) =>
  clearRemoved({ store, write: (rows) => store.write(rows), signal: new AbortController().signal }, before, (address) =>
    wanted.includes(address),
  );

it('who is missing is noted by the first start that misses it, and forgotten by the first that does not', async () => {
  expect(await missing(['engine/a', 'engine/b'], 10)).toBe(2);
  expect(await missing(['engine/a', 'engine/b'], 20)).toBe(0);
  expect((await store.scan(removedPrefix)).flatMap(removedIn)).toEqual([
    { address: 'engine/a', at: 10 },
    { address: 'engine/b', at: 10 },
  ]);
  expect(await missing(['engine/b'], 30)).toBe(1);
  expect(await missing(['engine/a', 'engine/b'], 40)).toBe(1);
  expect((await store.scan(removedPrefix)).flatMap(removedIn)).toEqual([
    { address: 'engine/a', at: 40 },
    { address: 'engine/b', at: 10 },
  ]);
});

it('who has been missing for long enough loses its record, and a token its secret', async () => {
  await store.write([
    ['actor:engine/a', '1'],
    ['actor:engine/b', '1'],
    ['actor:token/a', '1'],
    ['vault:token/a', '1'],
    ['vault:token/b', '1'],
    ['ledger:engine/a:1:1', '1'],
  ]);
  await missing(['engine/a', 'token/a'], 10);
  await missing(['engine/a', 'token/a', 'engine/b'], 20);
  expect(await clear(20)).toEqual([
    { address: 'engine/a', at: 10 },
    { address: 'token/a', at: 10 },
  ]);
  expect(await store.keys('')).toEqual(['actor:engine/b', 'ledger:engine/a:1:1', 'removed:engine/b', 'vault:token/b']);
  expect(await clear(20)).toEqual([]);
});

it('who is wanted keeps its record, whatever its row says, and so does one whose row says nothing', async () => {
  await store.write([
    ['actor:engine/a', '1'],
    ['actor:engine/b', '1'],
    ['removed:engine/b', '{'],
  ]);
  await missing(['engine/a', 'engine/b'], 10);
  expect(await clear(1_000, ['engine/a'])).toEqual([]);
  expect(await store.keys('actor:')).toEqual(['actor:engine/a', 'actor:engine/b']);
});
