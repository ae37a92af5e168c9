import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import { readLedger } from './read-ledger.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-ledger-'));
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const entry = (outcome: string) => ({ outcome, due: null });
const outcomes = async (address: string) => (await readLedger(store, address)).map(({ outcome }) => outcome);

it('gives the entries of one actor back in the order in which they were decided', async () => {
  await store.write([
    ledgerRow('engine/a', 2_000, 1, entry('third')),
    ledgerRow('engine/a', 1_000, 10, entry('second')),
    ledgerRow('engine/a', 1_000, 9, entry('first')),
    ledgerRow('engine/a', 10_000_000_000_000, 0, entry('last')),
  ]);
  expect(await outcomes('engine/a')).toEqual(['first', 'second', 'third', 'last']);
});

it('notes when each was decided', async () => {
  await store.write([ledgerRow('engine/a', 1_767_600_000_000, 1, entry('ran'))]);
  expect(await readLedger(store, 'engine/a')).toEqual([{ outcome: 'ran', due: null, at: 1_767_600_000_000 }]);
});

it('keeps the entries of actors apart whose names begin alike', async () => {
  await store.write([
    ledgerRow('engine/a', 1, 1, entry('of a')),
    ledgerRow('engine/a.b', 1, 2, entry('of a.b')),
    ledgerRow('engine/ab', 1, 3, entry('of ab')),
  ]);
  expect(await outcomes('engine/a')).toEqual(['of a']);
  expect(await outcomes('engine/a.b')).toEqual(['of a.b']);
});

it('keeps two entries of the same millisecond', async () => {
  await store.write([
    ledgerRow('engine/a', 1, 999_999_999_999, entry('one')),
    ledgerRow('engine/a', 1, 7, entry('two')),
  ]);
  expect(await outcomes('engine/a')).toEqual(['two', 'one']);
});

it('of an actor that never ran is empty', async () => {
  expect(await readLedger(store, 'engine/nobody')).toEqual([]);
});
