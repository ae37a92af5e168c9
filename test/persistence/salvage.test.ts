/**
 * A damaged store, read page by page: whatever is wrong in it, each row that is as it was written comes back, and each that is not is
 * told by name where anything names it.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Salvage, salvage } from '../../src/persistence/salvage.ts';
import { openStore } from '../../src/persistence/store.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-salvage-'));
  file = join(folder, 'store.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const pageBytes = 4_096;

/** A store as months leave it: rows of every length, many changed since, many gone, so that pages are free and rows have moved. */
async function lived(rows = 400): Promise<Map<string, string>> {
  const store = await openStore(`sqlite://${file}`);
  const held = new Map<string, string>();
  const text = (n: number, length: number) => JSON.stringify({ n, text: `é${'x'.repeat(length)}` });
  const put = async (some: [string, string][]) => {
    for (const [key, json] of some) held.set(key, json);
    await store.write(some);
  };
  const all = Array.from({ length: rows }, (_, n) => `actor:engine/${String(n).padStart(5, '0')}`);
  await put(all.map((key, n) => [key, text(n, n % 50 === 0 ? 20_000 : n % 400)]));
  const gone = all.filter((_, n) => n % 3 === 0 || (n > 200 && n < 300));
  await store.write(gone.map((key) => [key, null]));
  for (const key of gone) held.delete(key);
  await put([...held.keys()].filter((_, n) => n % 2 === 0).map((key, n) => [key, text(n, (n * 7) % 900)]));
  await store.close();
  return held;
}

async function salvaged(from = file): Promise<Salvage & { held: Map<string, string> }> {
  const held = new Map<string, string>();
  const answer = await salvage(from, async (rows) => {
    for (const { key, json } of rows) held.set(key, json);
  });
  expect(answer.rows).toBe(held.size);
  return { ...answer, held };
}

const damage = (change: (bytes: Buffer) => void, name = file) => {
  const bytes = readFileSync(name);
  change(bytes);
  writeFileSync(name, bytes);
};
const pagesOf = (kind: number) => {
  const bytes = readFileSync(file);
  return Array.from({ length: bytes.length / pageBytes }, (_, n) => n).filter(
    (n) => n > 0 && bytes[n * pageBytes] === kind,
  );
};
/** Whatever is not there as it was is told by name. @returns the keys of that */
function lostIn({ held, older, missing }: Awaited<ReturnType<typeof salvaged>>, before: Map<string, string>): string[] {
  const all = new Set([...before.keys(), ...held.keys()]);
  const lost = [...all].filter((key) => held.get(key) !== before.get(key));
  expect([...older, ...missing]).toEqual(expect.arrayContaining(lost));
  return lost;
}

it('gives back a whole store, its log included, and misses nothing', async () => {
  const before = await lived();
  const store = await openStore(`sqlite://${file}`);
  await store.write([['host:late', '"in the log"']]);
  before.set('host:late', '"in the log"');
  const copy = join(folder, 'copy.db');
  for (const end of ['', '-wal']) copyFileSync(file + end, copy + end);
  await store.close();
  expect(await salvaged(copy)).toEqual({
    rows: before.size,
    older: [],
    missing: [],
    isMoreMissing: false,
    held: before,
  });
});

it('costs the rows of a damaged page alone, and names them, page by page', async () => {
  const before = await lived();
  const whole = readFileSync(file);
  let told = 0;
  for (const page of pagesOf(13)) {
    writeFileSync(file, whole);
    damage((bytes) => bytes.fill(0, page * pageBytes, (page + 1) * pageBytes));
    const answer = await salvaged();
    expect(answer.isMoreMissing).toBe(false);
    lostIn(answer, before);
    told += answer.missing.length + answer.older.length;
  }
  expect(told).toBe(before.size);
});

it.each([
  ['a page on the way to the rows', 5],
  ['a page on the way in the index', 2],
  ['a page of the index', 10],
])('costs no row where %s is damaged', async (_, kind) => {
  const before = await lived(8_000);
  const whole = readFileSync(file);
  const damaged = pagesOf(kind);
  expect(damaged).not.toEqual([]);
  for (const page of damaged.slice(0, 5)) {
    writeFileSync(file, whole);
    damage((bytes) => bytes.fill(0xa5, page * pageBytes, (page + 1) * pageBytes));
    expect(await salvaged()).toEqual({ rows: before.size, older: [], missing: [], isMoreMissing: false, held: before });
  }
});

it('costs no row where the first page is gone, and takes nothing that was deleted', async () => {
  const before = await lived();
  damage((bytes) => bytes.fill(0, 0, pageBytes));
  expect(await salvaged()).toEqual({ rows: before.size, older: [], missing: [], isMoreMissing: false, held: before });
});

it('takes what stands before the end of a file that is cut, and says that more may be missing when the index is cut as well', async () => {
  const before = await lived();
  damage((bytes) => bytes.fill(0, bytes.length / 2));
  const cut = await salvaged();
  expect(cut).toMatchObject({ older: [], isMoreMissing: true });
  expect(cut.rows).toBeGreaterThan(before.size / 4);
  for (const [key, json] of cut.held) expect(json, key).toBe(before.get(key));
  writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size / 2));
  expect(await salvaged()).toEqual(cut);
});

it('costs one row at most where a bit has changed in the log, whose older state comes back where that is whole', async () => {
  const before = await lived(60);
  const store = await openStore(`sqlite://${file}`);
  const [first] = before.keys();
  for (const n of [1, 2, 3]) {
    before.set(first as string, `"${String(n).repeat(3_000)}"`);
    before.set(`host:${n}`, `"${'y'.repeat(n * 300)}"`);
    await store.write([first as string, `host:${n}`].map((key) => [key, before.get(key) as string]));
  }
  const last = statSync(`${file}-wal`).size;
  await store.write([['host:last', '1']]);
  before.set('host:last', '1');
  const copy = join(folder, 'copy.db');
  const [main, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
  await store.close();
  writeFileSync(copy, main);
  const lost = new Set<number>();
  let [places, unsure, older] = [0, 0, 0];
  // What is wrong in the last transaction may be a power cut's: it is as if it had not been.
  for (let at = 0; at < last; at += (at - 32) % 4_120 < 24 ? 1 : 97) {
    writeFileSync(`${copy}-wal`, log);
    damage((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at), `${copy}-wal`);
    const answer = await salvaged(copy);
    if (!answer.isMoreMissing) lost.add(lostIn(answer, before).length);
    places += 1;
    unsure += answer.isMoreMissing ? 1 : 0;
    older += answer.older.length;
  }
  expect([...lost].sort()).toEqual([0, 1]);
  expect(older).toBeGreaterThan(0);
  // Where the number of a page has changed, and where the checksum cannot tell that from another change.
  expect(unsure).toBeLessThan(places / 10);
});

it('costs one row at most where a bit has changed, and says which, wherever it is in the file', async () => {
  const before = await lived(60);
  const whole = readFileSync(file);
  const lost = new Set<number>();
  // Each byte of the headers of the pages, and every few of what is on them.
  for (let at = 0; at < whole.length; at += at % pageBytes < 24 ? 1 : 97) {
    writeFileSync(file, whole);
    damage((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at));
    lost.add(lostIn(await salvaged(), before).length);
  }
  expect([...lost].sort()).toEqual([0, 1]);
});
