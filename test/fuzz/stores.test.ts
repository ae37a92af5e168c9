/**
 * Whatever becomes of the bytes of a store and its log: what is read of it was written once, each key comes once, and nothing throws.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { salvage } from '../../src/persistence/salvage.ts';
import { openStore, type Write } from '../../src/persistence/store.ts';
import { fc } from '../property.ts';
import { fuzzRuns } from './changed.ts';

const pageBytes = 4_096;
const sectorBytes = 512;
/** All that was ever written, by key. */
const written = new Map<string, Set<string>>();
let folder: string;
let file: string;
let main: Buffer;
let log: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-stores-'));
  file = join(folder, 'store.db');
  await write(0, 30);
  const store = await write(30, 40, 'left open');
  main = readFileSync(file);
  log = readFileSync(`${file}-wal`);
  await store?.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Rounds in which some rows are new, some longer or shorter than before, and some go. */
async function write(from: number, to: number, end?: 'left open') {
  const store = await openStore(`sqlite://${file}`);
  for (let round = from; round < to; round += 1) {
    const rows = Array.from({ length: 20 }, (_, n): Write => {
      const key = `row:${(round * 7 + n * 13) % 150}`;
      const length = n === 0 ? 20_000 : (round * 31 + n * 97) % 600;
      return [key, (round + n) % 6 === 0 ? null : JSON.stringify({ round, text: 'x'.repeat(length) })];
    });
    for (const [key, json] of rows) if (json !== null) written.set(key, (written.get(key) ?? new Set()).add(json));
    await store.write(rows);
  }
  if (end === 'left open') return store;
  await store.close();
}

/** What a disk does: a bit, a sector of anything, a page of nothing, a page in the place of another. */
interface Damage {
  how: 'bit' | 'sector' | 'nothing' | 'another';
  /** From the beginning of the file, as a part of its length; and of the page that takes its place. */
  at: number;
  from: number;
  bytes: Uint8Array;
}

const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const damages = fc.array(
  fc.record<Damage>({
    how: fc.constantFrom('bit', 'sector', 'nothing', 'another'),
    at: part,
    from: part,
    bytes: fc.uint8Array({ minLength: sectorBytes, maxLength: sectorBytes }),
  }),
  { maxLength: 5 },
);

function damaged(whole: Buffer, damages: readonly Damage[]): Buffer {
  const bytes = Buffer.from(whole);
  for (const { how, at, from, bytes: other } of damages) {
    const place = Math.floor(at * bytes.length);
    const page = place - (place % pageBytes);
    if (how === 'bit') bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << ((other[0] ?? 0) % 8)), place);
    else if (how === 'sector') bytes.set(other.subarray(0, bytes.length - place), place - (place % sectorBytes));
    else if (how === 'nothing') bytes.fill(0, page, Math.min(page + pageBytes, bytes.length));
    else
      bytes.set(
        bytes.subarray(from * bytes.length, from * bytes.length + bytes.length - page).subarray(0, pageBytes),
        page,
      );
  }
  return bytes;
}

it('give back what was written once, whatever of them is damaged or cut', async () => {
  const copy = join(folder, 'copy.db');
  await fc.assert(
    fc.asyncProperty(damages, damages, part, async (inFile, inLog, kept) => {
      const bytes = damaged(main, inFile);
      writeFileSync(copy, kept < 0.1 ? bytes.subarray(0, kept * 10 * bytes.length) : bytes);
      writeFileSync(`${copy}-wal`, damaged(log, inLog));
      const keys = new Set<string>();
      const { rows } = await salvage(copy, async (some) => {
        for (const { key, json } of some) {
          expect(keys.has(key), key).toBe(false);
          expect(written.get(key)?.has(json), key).toBe(true);
          keys.add(key);
        }
      });
      expect(rows).toBe(keys.size);
    }),
    { numRuns: fuzzRuns },
  );
});
