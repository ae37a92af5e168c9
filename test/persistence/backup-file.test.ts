import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BackupFilePorts, storeBytes, writeBackup } from '../../src/persistence/backup-file.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import { copyInThread } from '../../src/persistence/store-copy-thread.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';

let folder: string;
let file: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-backup-file-'));
  file = join(folder, 'backup.db');
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  await store.write([['which', '"mine"']]);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const backUp = (more: Partial<BackupFilePorts<unknown>> = {}) =>
  writeBackup(join(folder, 'store.db'), file, {
    signal: new AbortController().signal,
    look: async (copy) => copy.range('', 'z'),
    ...more,
  });
const left = () => readdirSync(folder).filter((name) => name.startsWith('backup'));

it('holds what is in the store that is in use, and is looked at before it has its name', async () => {
  const seen = await backUp({
    look: async (copy) => {
      expect(left()).toEqual(['backup.db.new']);
      return copy.range('', 'z');
    },
  });
  expect(seen).toEqual({ bytes: statSync(file).size, changed: [], seen: [{ key: 'which', json: '"mine"' }] });
  expect(readStoreFile(file, '')).toEqual(seen.seen);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it.each(['backup.db', 'backup.db.new'])('follows no link that is planted at the name %s', async (name) => {
  const precious = join(folder, 'precious');
  writeFileSync(precious, 'precious');
  symlinkSync(precious, join(folder, name));
  await expect(backUp()).rejects.toMatchObject({ code: expect.stringMatching(/^FILE_(EXISTS|UNWRITABLE)$/) });
  expect(readFileSync(precious, 'utf8')).toBe('precious');
  expect(left()).toEqual([name]);
});

it('follows no link that is planted beside the name while it grows', async () => {
  const precious = join(folder, 'precious');
  writeFileSync(precious, 'precious');
  const copy: typeof copyInThread = (from, to, signal) => {
    for (const end of ['-journal', '-wal', '-shm']) symlinkSync(precious, to + end);
    return copyInThread(from, to, signal);
  };
  await backUp({ copy }).catch(() => {});
  expect(readFileSync(precious, 'utf8')).toBe('precious');
  expect(left().filter((name) => name !== 'backup.db')).toEqual([]);
});

it.each([
  ['the copy is another one', { copy: cut }, 'COPY_DAMAGED'],
  ['there is no room', { freeBytes: async () => 1_000 }, 'BACKUP_NO_ROOM'],
  ['the look at it fails', { look: () => Promise.reject(Object.assign(new Error('no'), { code: 'LOOK' })) }, 'LOOK'],
])('leaves nothing when %s', async (_, more, code) => {
  await expect(backUp(more)).rejects.toMatchObject({ code });
  expect(left()).toEqual([]);
});

it('takes as much room as the store with its log', () => {
  const [own, log] = ['store.db', 'store.db-wal'].map((name) => statSync(join(folder, name)).size);
  expect(log).toBeGreaterThan(0);
  expect(storeBytes(join(folder, 'store.db'))).toBe((own ?? 0) + (log ?? 0));
});

async function cut(...[from, to, signal]: Parameters<typeof copyInThread>) {
  const facts = await copyInThread(from, to, signal);
  truncateSync(to, statSync(to).size / 2);
  return facts;
}
