/**
 * File systems that know no second names, as those of memory cards and of some networks.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDurableFile } from '../../src/persistence/durable-file.ts';
import { writeNewFile } from '../../src/persistence/new-file.ts';
import { makeFreshStore, replaceStore, settleReplacement } from '../../src/persistence/replace-store.ts';
import { openStore } from '../../src/persistence/store.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';

const system = vi.hoisted(() => ({ code: 'EPERM', copies: (): void => {} }));
vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const linkSync = () => {
    throw Object.assign(new Error(system.code), { code: system.code });
  };
  const copy = (from: string, to: string) => {
    real.copyFileSync(from, to);
    system.copies();
  };
  return { ...real, linkSync, copyFileSync: copy };
});

const at = Date.parse('2026-11-24T03:00:00Z');
const aside = 'replaced-2026-11-24T03-00-00Z.db';
let folder: string;
let store: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-linkless-'));
  store = join(folder, 'nightshift.db');
});
afterEach(() => {
  system.copies = () => {};
  rmSync(folder, { recursive: true });
});

async function makeStore(file: string, json: string) {
  const opened = await openStore(`sqlite://${file}`);
  await opened.write([['which', json]]);
  await opened.close();
}
const which = (file: string) => readStoreFile(file, 'which')[0]?.json;

it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])('a new file gets its name all the same (%s)', async (code) => {
  system.code = code;
  const file = join(folder, 'file');
  await writeNewFile(file, async (temporary) => writeFileSync(temporary, 'whole'));
  createDurableFile(join(folder, 'small'), 'whole', 0o600);
  expect(readdirSync(folder)).toEqual(['file', 'small']);
  expect(() => createDurableFile(file, 'other', 0o600)).toThrow(/EEXIST/);
  const late = writeNewFile(join(folder, 'late'), async () => writeFileSync(join(folder, 'late'), 'precious'));
  await expect(late).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  expect(readFileSync(join(folder, 'late'), 'utf8')).toBe('precious');
  expect(readdirSync(folder)).toEqual(['file', 'late', 'small']);
});

it('a store takes the place of another, which is kept as a copy', async () => {
  await makeStore(store, '"old"');
  await makeStore(makeFreshStore(store), '"new"');
  expect(replaceStore(store, at)).toBe(join(folder, aside));
  expect(readdirSync(folder).sort()).toEqual(['nightshift.db', aside]);
  expect([which(store), which(join(folder, aside))]).toEqual(['"new"', '"old"']);
});

it('a replacement that was cut off after the copy leaves the old store in its place, and a copy too many', async () => {
  await makeStore(store, '"old"');
  await makeStore(makeFreshStore(store), '"new"');
  copyFileSync(store, `${store}.old`);
  expect(settleReplacement(store, at)).toBe(join(folder, aside));
  expect([which(store), which(join(folder, aside))]).toEqual(['"old"', '"old"']);
  expect(existsSync(`${store}.new`)).toBe(false);
});

it('no room for that copy changes nothing, and leaves nothing', async () => {
  await makeStore(store, '"old"');
  await makeStore(makeFreshStore(store), '"new"');
  system.copies = () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, copyfile'), { code: 'ENOSPC' });
  };
  expect(() => replaceStore(store, at)).toThrow(
    expect.objectContaining({ code: 'STORE_UNWRITABLE', message: expect.stringContaining('Make room on the disk') }),
  );
  const left = readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name));
  expect(left.sort()).toEqual(['nightshift.db', 'nightshift.db.new']);
  expect(which(store)).toBe('"old"');
});
