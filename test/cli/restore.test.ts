import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restore } from '../../src/cli/restore.ts';
import { withTypedPlace } from '../../src/cli/typed-place.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import { acquireLock } from '../../src/persistence/lock.ts';
import { openStore, type Write } from '../../src/persistence/store.ts';
import { copyStore } from '../../src/persistence/store-copy.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { keyIdOf } from '../../src/persistence/vault.ts';
import { realRecord } from '../actors/real-record.ts';
import { StorePlace } from './store-place.ts';

const definition = `{ timeZone: 'UTC', engines: [{ id: 'a', every: '1h', run: () => 1 }] }`;
const now = Date.parse('2026-11-23T10:00:00Z');
const name = 'nightshift-2026-11-23T02-30-00Z.db';
const key = Buffer.alloc(32, 7);
const sealedWith = (keyId: string) => JSON.stringify({ v: 1, keyId, nonce: '', ciphertext: '', tag: '' });
const ran = (engine: string, at: number): Write =>
  ledgerRow(`engine/${engine}`, at, 0, { outcome: 'ran', due: null, run: `${engine}.${at}`, result: 'success' });

let place: StorePlace;
let file: string;
beforeEach(async () => {
  place = new StorePlace(definition);
  await place.fill(['actor:engine/a', realRecord()], ['vault:shop', sealedWith(keyIdOf(key))], ran('a', now - 9e7));
  mkdirSync(place.backups);
  file = join(place.backups, name);
  await copyStore(place.store, file);
  await place.fill(ran('a', now - 3_000), ran('a', now - 2_000), ran('b', now - 1_000), ['actor:engine/a', '{']);
  writeFileSync(join(place.data, 'vault.key'), key.toString('base64'), { mode: 0o600 });
  place.said();
});
afterEach(() => place.dispose());

const restored = (target = name, more = {}) => restore(target, { ...place.options, ...more }, now, {});
const kept = () => readdirSync(place.data).filter((name) => name.startsWith('replaced-'));

it('puts the backup in the place of the store, keeps that, and says what is not in it', async () => {
  expect(await restored()).toBe(0);
  expect(place.said().out.split('\n')).toEqual([
    `${file}: whole; 1 record comes back.`,
    `${place.store}: the backup is in its place, as of 02:30.`,
    'From 02:30 to now: 3 runs are not in it (2 of a, 1 of b).',
    `The store before: ${join(place.data, 'replaced-2026-11-23T10-00-00Z.db')}`,
    `Go on: ${withTypedPlace('nightshift start', place.options)}. What has come due since then is settled as each engine's catchUp says.`,
  ]);
  expect(readStoreFile(place.store, 'ledger:')).toHaveLength(1);
  expect(readStoreFile(join(place.data, kept()[0] ?? ''), 'ledger:')).toHaveLength(4);
});

it('takes the store before for a backup, so that a restore can be taken back', async () => {
  await restored('latest');
  const before = join(place.data, kept()[0] ?? '');
  await restore(before, place.options, now + 60_000, {});
  expect(readStoreFile(place.store, 'ledger:')).toHaveLength(4);
  // Its name says nothing of when it was made: the newest entry in it does.
  expect(place.said().out).toContain('the backup is in its place, as of 09:59:59.');
});

it('only looks, while a service may be at work, when it is told to', async () => {
  const lock = acquireLock(join(place.data, 'lock.db'), now);
  try {
    await restored('latest', { dryRun: true, json: true });
    expect(JSON.parse(place.said().out)).toEqual({
      backup: file,
      store: place.store,
      changed: [],
      madeAt: now - 7.5 * 3_600_000,
      lost: { runs: { a: 2, b: 1 }, otherEntries: 0, underWay: [], secrets: [] },
      secrets: { sealed: 1, opened: 1, keys: [keyIdOf(key)], kept: [] },
      records: 1,
      unusable: [],
      unconfigured: [],
      aside: null,
    });
    await expect(restored('latest')).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  } finally {
    lock.release();
  }
  expect(readStoreFile(place.store, 'ledger:')).toHaveLength(4);
  expect(kept()).toEqual([]);
});

it('brings a store to a machine that has none, and says which key its secrets need', async () => {
  const data = join(place.folder, 'new-machine');
  await restore(file, { config: place.config, data }, now, {});
  const { out } = place.said();
  expect(out).toContain(`1 secret in it, sealed with the key ${keyIdOf(key)}: put that key back before you start`);
  expect(out).not.toContain('The store before');
  expect(readStoreFile(join(data, 'nightshift.db'), '')).toHaveLength(3);
  expect(readdirSync(data).sort()).toEqual(['lock.db', 'nightshift.db']);
});

it('says that the key here is another one', async () => {
  writeFileSync(join(place.data, 'vault.key'), Buffer.alloc(32, 8).toString('base64'));
  await restored('latest', { dryRun: true });
  expect(place.said().out).toMatch(
    /Nothing was changed\. It is as of 02:30\.\n.*\n1 secret in it, sealed with the key \w{8}: the key here opens 0\./,
  );
});

it('knows the keys that a rotation which was cut off has left beside the one in use', async () => {
  const other = join(place.data, 'vault.key');
  writeFileSync(other, Buffer.alloc(32, 8).toString('base64'));
  writeFileSync(`${other}.next`, key.toString('base64'), { mode: 0o600 });
  await restored('latest', { dryRun: true });
  expect(place.said().out).not.toContain('sealed with');
  renameSync(`${other}.next`, `${other}.${keyIdOf(key)}`);
  await restored('latest', { dryRun: true });
  expect(place.said().out).toContain(`(kept in ${other}.${keyIdOf(key)}): the key here opens 0.`);
});

it('takes the place of a damaged store, which is kept as it is', async () => {
  writeFileSync(place.store, 'no database'.repeat(1_000));
  await restored();
  expect(place.said().out).not.toContain('not in it');
  expect(readFileSync(join(place.data, kept()[0] ?? ''), 'utf8')).toMatch(/^no database/);
  expect(readStoreFile(place.store, 'ledger:')).toHaveLength(1);
});

it('says which secrets are older in it', async () => {
  await place.fill(['vault:shop', `${sealedWith(keyIdOf(key))} `]);
  await restored('latest', { dryRun: true });
  expect(place.said().out).toContain(
    'Renewed since, and older in it: shop. A server that replaces its grants may refuse the older one.',
  );
});

describe('a file that is no whole backup', () => {
  it.each([
    ['a page is damaged', () => writeFileSync(file, readFileSync(file).fill(0xaa, 4_096, 6_000))],
    ['it is cut off', () => writeFileSync(file, readFileSync(file).subarray(0, 9_000))],
    ['it is something else', () => writeFileSync(file, 'x'.repeat(10_000))],
    ['it is empty', () => writeFileSync(file, '')],
  ])('is refused, and nothing is changed: %s', async (_, damage) => {
    damage();
    await expect(restored()).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      message: expect.stringMatching(
        /found a file that is no whole backup \(.*\), expected a copy of a store\. Nothing was changed\./,
      ),
    });
    expect(readStoreFile(place.store, 'ledger:')).toHaveLength(4);
    expect(readdirSync(place.data).filter((each) => /new|old|replaced/.test(each))).toEqual([]);
  });

  it.each([
    [
      'nothing',
      'none.db',
      /^none\.db: found no such backup, expected one of nightshift-2026-11-23T02-30-00Z\.db in .*backups, or 'latest'\.$/,
    ],
    ['a folder', '.nightshift/backups', /backups: found a folder, expected a backup\. .*nightshift backup --list$/],
    ['the store', '.nightshift/nightshift.db', /found the store itself, expected a backup of it/],
  ])('is refused by name: %s', async (_, target, message) => {
    const path = target.includes('/') ? join(place.folder, target) : target;
    await expect(restored(path)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });

  it('is refused where there are none', async () => {
    rmSync(place.backups, { recursive: true });
    await expect(restored('latest')).rejects.toThrow(/^latest: found no backup in .*backups, expected one\./);
  });
});

it('takes a copy of the file itself too, with the log beside it', async () => {
  const copy = join(place.folder, 'copy.db');
  const open = await openStore(`sqlite://${place.store}`);
  await open.write([ran('c', now)]);
  for (const part of ['', '-wal']) copyFileSync(place.store + part, copy + part);
  await open.close();
  await restored(copy);
  expect(readStoreFile(place.store, 'ledger:engine/c')).toHaveLength(1);
});
