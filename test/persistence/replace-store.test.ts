import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { foundAt, makeFreshStore, replaceStore, settleReplacement } from '../../src/persistence/replace-store.ts';
import { openStore, type Write } from '../../src/persistence/store.ts';
import { openStoreFile, readStoreFile } from '../../src/persistence/store-reader.ts';

const at = Date.parse('2026-11-24T03:00:00Z');
const aside = 'replaced-2026-11-24T03-00-00Z.db';
const fixture = join(import.meta.dirname, 'fixtures/killed-replacement.ts');

let folder: string;
let store: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-replace-'));
  store = join(folder, 'nightshift.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function makeStore(file: string, ...rows: Write[]) {
  const opened = await openStore(`sqlite://${file}`);
  await opened.write(rows);
  await opened.close();
}

/** A store as a killed service leaves it: what it wrote last stands in the log alone. */
async function makeOld(file = store) {
  const living = join(folder, 'living.db');
  const opened = await openStore(`sqlite://${living}`);
  await opened.write([['which', '"old"']]);
  for (const part of ['', '-wal']) copyFileSync(living + part, file + part);
  await opened.close();
  rmSync(living);
}

const makeNew = () => makeStore(makeFreshStore(store), ['which', '"new"']);
const which = (file: string) => readStoreFile(file, 'which')[0]?.json;

it('puts the new one in its place and keeps the old one, with what stood in its log, under the time', async () => {
  await makeOld();
  expect(statSync(`${store}-wal`).size).toBeGreaterThan(0);
  await makeNew();
  expect(replaceStore(store, at)).toBe(join(folder, aside));
  expect(readdirSync(folder).sort()).toEqual(['nightshift.db', aside]);
  expect(statSync(store).mode & 0o777).toBe(0o600);
  expect([which(store), which(join(folder, aside))]).toEqual(['"new"', '"old"']);
});

it('keeps both of two that were replaced in one second', async () => {
  await makeOld();
  await makeNew();
  replaceStore(store, at);
  await makeNew();
  expect(replaceStore(store, at)).toBe(join(folder, 'replaced-2026-11-24T03-00-00Z-2.db'));
});

it.each([
  ['no file', () => {}],
  ['an empty file', () => writeFileSync(store, '')],
  ['a store with nothing in it', () => makeStore(store)],
])('keeps nothing where there was nothing: %s', async (_, make) => {
  await make();
  expect(foundAt(store)).toBe('nothing');
  await makeNew();
  expect(replaceStore(store, at)).toBeNull();
  expect(readdirSync(folder)).toEqual(['nightshift.db']);
  expect(which(store)).toBe('"new"');
});

it('keeps a damaged store as it is, with its log', async () => {
  await makeStore(store, ['which', '"old"']);
  const damaged = readFileSync(store).fill(0xaa, 0, 100);
  writeFileSync(store, damaged);
  const log = Buffer.from('whatever is left of it');
  writeFileSync(`${store}-wal`, log);
  await makeNew();
  expect(foundAt(store)).toBe('a damaged store');
  expect(replaceStore(store, at)).toBe(join(folder, aside));
  expect(readFileSync(join(folder, aside))).toEqual(damaged);
  expect(readFileSync(join(folder, `${aside}-wal`))).toEqual(log);
  expect(which(store)).toBe('"new"');
});

it('changes nothing while somebody reads the old one', { timeout: 180_000 }, async () => {
  await makeStore(store, ['which', '"old"']);
  const reader = openStoreFile(store, 'at one instant');
  reader.range('', 'z');
  const writer = await openStore(`sqlite://${store}`);
  await writer.write([['which', '"later"']]);
  await writer.close();
  await makeNew();
  expect(() => replaceStore(store, at)).toThrow(/its log cannot be brought into it.*fuser -v.*nothing was changed/s);
  reader.close();
  expect(which(store)).toBe('"later"');
  expect(readdirSync(folder)).not.toContain(aside);
});

it('has all of the new one in its file before that gets its name, whoever looks on', async () => {
  await makeStore(makeFreshStore(store));
  const looker = openStoreFile(`${store}.new`);
  looker.range('', 'z');
  await makeStore(`${store}.new`, ['which', '"new"']);
  expect(statSync(`${store}.new-wal`).size).toBeGreaterThan(0);
  replaceStore(store, at);
  looker.close();
  expect(which(store)).toBe('"new"');
});

it('changes nothing while somebody reads the new one', { timeout: 180_000 }, async () => {
  await makeStore(store, ['which', '"old"']);
  await makeStore(makeFreshStore(store));
  const reader = openStoreFile(`${store}.new`, 'at one instant');
  reader.range('', 'z');
  await makeStore(`${store}.new`, ['which', '"new"']);
  expect(() => replaceStore(store, at)).toThrow(/\.new: found that its log cannot be brought into it/);
  reader.close();
  expect(which(store)).toBe('"old"');
});

const ran = (...args: string[]) =>
  new Promise<{ calls: number; signal: string | null }>((resolve) => {
    const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
    const child = execFile(process.execPath, [...flags, fixture, ...args], (_, out) =>
      resolve({ calls: Number(out), signal: child.signalCode }),
    );
  });

it('leaves the old one or the new one, whole, wherever it is killed', async () => {
  await makeOld();
  await makeNew();
  const parts = readdirSync(folder);
  const restart = () => {
    for (const name of readdirSync(folder)) if (!parts.includes(name)) rmSync(join(folder, name));
    for (const name of parts) copyFileSync(join(template, name), join(folder, name));
  };
  const template = mkdtempSync(join(tmpdir(), 'nightshift-replace-'));
  for (const name of parts) copyFileSync(join(folder, name), join(template, name));
  const left: (string | undefined)[] = [];
  try {
    for (let deadline = 1; ; deadline++) {
      restart();
      const { signal, calls } = await ran(store, String(deadline));
      if (signal === null) {
        expect(calls).toBe(deadline - 1);
        break;
      }
      expect(signal).toBe('SIGKILL');
      const found = which(store);
      const settled = settleReplacement(store, at);
      const kept =
        settled ??
        readdirSync(folder)
          .map((name) => join(folder, name))
          .find((file) => /replaced-/.test(file));
      expect(which(store)).toBe(found);
      expect([found, kept && which(kept)]).toEqual(found === '"new"' ? ['"new"', '"old"'] : ['"old"', undefined]);
      expect(readdirSync(folder).filter((name) => /\.(new|old)/.test(name))).toEqual([]);
      left.push(found);
    }
  } finally {
    rmSync(template, { recursive: true });
  }
  expect(left.indexOf('"new"')).toBeGreaterThan(3);
  expect(left.lastIndexOf('"old"')).toBe(left.indexOf('"new"') - 1);
});

it('gives a damaged store its log back when the new one did not come', async () => {
  await makeOld();
  const log = readFileSync(`${store}-wal`);
  linkSync(store, `${store}.old`);
  linkSync(`${store}-wal`, `${store}.old-wal`);
  rmSync(`${store}-wal`);
  writeFileSync(`${store}.new`, 'half');
  expect(settleReplacement(store, at)).toBeNull();
  expect(readdirSync(folder).sort()).toEqual(['nightshift.db', 'nightshift.db-wal']);
  expect(readFileSync(`${store}-wal`)).toEqual(log);
  expect(existsSync(`${store}.new`)).toBe(false);
});
