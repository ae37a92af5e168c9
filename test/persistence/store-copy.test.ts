import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore, type Store, type Write } from '../../src/persistence/store.ts';
import { copyInThread, proveInThread } from '../../src/persistence/store-copy-thread.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';

let folder: string;
let file: string;
let copy: string;
let store: Store;
const { signal } = new AbortController();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-copy-'));
  file = join(folder, 'store.db');
  copy = join(folder, 'copy.db');
  store = await openStore(`sqlite://${file}`);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const many = (count: number, json: string): Write[] => Array.from({ length: count }, (_, n) => [`key-${n}`, json]);

it('copies a store that is written without a pause: each batch is in it whole or not at all', async () => {
  await store.write(many(20_000, JSON.stringify('x'.repeat(1_000))));
  let batches = 0;
  const done = new AbortController();
  const writer = (async () => {
    while (!done.signal.aborted) {
      batches += 1;
      await store.write(Array.from({ length: 50 }, (_, n): Write => [`batch-${n}`, String(batches)]));
      await nextTurn();
    }
  })();
  // The first batch has to be there.
  await nextTurn();
  const before = batches;
  const facts = await copyInThread(file, copy, signal);
  const during = batches - before;
  done.abort();
  await writer;
  expect(during).toBeGreaterThan(3);
  expect((await proveInThread(copy, facts, signal)).bytes).toBeGreaterThan(20_000_000);
  const rows = readStoreFile(copy, 'batch-');
  expect(rows).toHaveLength(50);
  expect(new Set(rows.map(({ json }) => json)).size).toBe(1);
  expect(readStoreFile(copy, 'key-')).toHaveLength(20_000);
});

it('holds nothing up: the event loop turns while a copy is made and proved', async () => {
  await store.write(many(40_000, JSON.stringify('x'.repeat(1_000))));
  const startedAt = performance.now();
  let [last, longest] = [startedAt, 0];
  const beat = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await proveInThread(copy, await copyInThread(file, copy, signal), signal);
  clearInterval(beat);
  longest = Math.max(longest, performance.now() - last);
  expect(longest).toBeLessThan((performance.now() - startedAt) / 4);
});

it('leaves one file, without a log beside it', async () => {
  await store.write(many(10, '1'));
  await copyInThread(file, copy, signal);
  expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
});

const change = (sql: string) => {
  const database = new DatabaseSync(copy);
  database.exec(sql);
  database.close();
};

it.each([
  ['a page is overwritten', () => overwrite(4_096, 4_096), /damaged \(/],
  // Where no row is looked for: in the header, the number of pages that are free.
  ['the list of free pages is wrong', () => overwrite(39, 1, 7), /damaged \(.*freelist/i],
  ['a letter of a value is another one', () => replace('"y', '"z'), /other rows than in the store/],
  ['a row is gone', () => change("DELETE FROM keyv WHERE key = 'key-7'"), /found 1999 rows, expected 2000/],
  ['it is empty', () => writeFileSync(copy, ''), /no such table/],
  ['it is no database', () => writeFileSync(copy, 'x'.repeat(10_000)), /not a database/],
])('refuses a copy in which %s', async (_, damage, message) => {
  await store.write(many(1_999, JSON.stringify('x'.repeat(100))));
  await store.write([['value', JSON.stringify('yyyyyyyyyyyy')]]);
  const facts = await copyInThread(file, copy, signal);
  damage();
  const error = await proveInThread(copy, facts, signal).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'COPY_DAMAGED', message: expect.stringMatching(message) });
});

function overwrite(from: number, length: number, byte = 0xaa) {
  const bytes = readFileSync(copy);
  bytes.fill(byte, from, from + length);
  writeFileSync(copy, bytes);
}

function replace(text: string, other: string) {
  const bytes = readFileSync(copy);
  bytes.write(other, bytes.indexOf(text));
  writeFileSync(copy, bytes);
}

it('stops when it is told to', async () => {
  await store.write(many(20_000, JSON.stringify('x'.repeat(1_000))));
  const abort = new AbortController();
  const copying = copyInThread(file, copy, abort.signal);
  abort.abort(new Error('enough'));
  await expect(copying).rejects.toThrow('enough');
  await expect(copyInThread(file, copy, abort.signal)).rejects.toThrow('enough');
});

it('says what SQLite said when there is no store', async () => {
  await expect(copyInThread(join(folder, 'nothing.db'), copy, signal)).rejects.toMatchObject({
    code: 'ERR_SQLITE_ERROR',
    message: expect.stringContaining('unable to open'),
  });
  expect(existsSync(copy)).toBe(false);
});
