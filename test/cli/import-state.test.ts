import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportState } from '../../src/cli/export.ts';
import { importState } from '../../src/cli/import-state.ts';
import { status } from '../../src/cli/status.ts';
import { withTypedPlace } from '../../src/cli/typed-place.ts';
import { acquireLock } from '../../src/persistence/lock.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { realRecord } from '../actors/real-record.ts';
import { nodeFlags } from './command-process.ts';
import { StorePlace } from './store-place.ts';

const now = Date.parse('2026-11-23T02:30:00Z');
const later = now + 3_600_000;
const sealed = '{"v":1,"keyId":"0a1b2c3d","nonce":"","ciphertext":"","tag":""}';

let place: StorePlace;
let lines: string;
beforeEach(async () => {
  place = new StorePlace("{ engines: [{ id: 'a', every: '1h', run: () => 1 }] }");
  lines = join(place.folder, 'state.jsonl');
  await place.fill(['actor:engine/a', realRecord()], ['actor:engine/b', '{'], ['vault:shop', sealed]);
});
afterEach(() => place.dispose());

const exported = (target: string | undefined, more = {}) =>
  exportState(target, { ...place.options, ...more }, now, '0.1.0');
const imported = (more = {}) => importState(lines, { ...place.options, ...more }, later);
const empty = () => {
  for (const name of readdirSync(place.data)) rmSync(join(place.data, name), { recursive: true });
};

it('goes into a file of its owner alone, with secrets sealed and without their key, and overwrites nothing', async () => {
  expect(await exported(lines)).toBe(0);
  expect(place.said().out.split('\n')).toEqual([
    `${lines}: 3 rows (2 actor, 1 vault).`,
    `The secrets are in it as they are kept, sealed; their key (${join(place.data, 'vault.key')}) is not.`,
  ]);
  expect(statSync(lines).mode & 0o777).toBe(0o600);
  expect(readFileSync(lines, 'utf8')).toContain(`{"key":"vault:shop","value":${sealed}}\n`);
  await expect(exported(lines)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  rmSync(lines);
  await exported(lines, { json: true });
  expect(JSON.parse(place.said().out)).toEqual({ file: lines, rows: 3, counts: { actor: 2, vault: 1 } });
});

it('is the store at one instant, whoever writes meanwhile: what it counts is what is in it', async () => {
  const ended = exported(lines);
  place.remove('vault:shop');
  await ended;
  const [header = '', ...rows] = readFileSync(lines, 'utf8').trimEnd().split('\n');
  expect(JSON.parse(header)).toMatchObject({ rows: 3 });
  expect(rows).toHaveLength(3);
});

it.runIf(existsSync('/dev/full'))('says in a sentence that nothing more fits where it goes', () => {
  const main = join(import.meta.dirname, '../../src/main.ts');
  const full = openSync('/dev/full', 'w');
  const ended = spawnSync(process.execPath, [...nodeFlags, main, 'export', '--data', place.data], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  expect(ended.stderr).toBe(
    'the output: found that the system refuses it (write: ENOSPC), expected it done. Make room there, or name another place.\n',
  );
  expect(ended.status).toBe(1);
});

it('becomes the same store again where there is none, says who would not come back, and is written out the same', async () => {
  await exported(lines);
  const before = readStoreFile(place.store, '');
  empty();
  place.said();
  expect(await imported()).toBe(0);
  expect(place.said().out.split('\n')).toEqual([
    `${place.store}: 3 rows; 1 record comes back.`,
    'not in the config: engine/b',
    withTypedPlace('Go on: nightshift start', place.options),
  ]);
  expect(readStoreFile(place.store, '')).toEqual(before);
  expect(statSync(place.store).mode & 0o777).toBe(0o600);
  await exported(join(place.folder, 'again.jsonl'));
  expect(readFileSync(join(place.folder, 'again.jsonl'))).toEqual(readFileSync(lines));
});

it('takes no place of a store by itself; with --force that is kept', async () => {
  await exported(lines);
  await place.fill(['actor:engine/a', null]);
  await expect(imported()).rejects.toMatchObject({
    code: 'STORE_FILLED',
    message: expect.stringMatching(/nightshift\.db: found a store with something in it, expected none\. With --force/),
  });
  place.said();
  await imported({ force: true, json: true });
  const { aside, rows } = JSON.parse(place.said().out);
  expect(rows).toBe(3);
  expect(aside).toBe(join(place.data, 'replaced-2026-11-23T03-30-00Z.db'));
  expect(readStoreFile(aside, 'actor:engine/a')).toEqual([]);
  expect(readStoreFile(place.store, 'actor:engine/a')).toHaveLength(1);
});

it('is refused while a service is at work', async () => {
  await exported(lines);
  const lock = acquireLock(join(place.data, 'lock.db'), now);
  await expect(imported({ force: true })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  lock.release();
});

describe('a text that is wrong somewhere', () => {
  it.each([
    [
      'a line',
      (text: string) => text.replace('"key":"vault', '"kex":"vault'),
      /state\.jsonl:4: found \{"kex":"vault:shop".*, expected a row/,
    ],
    [
      'its end',
      (text: string) => text.slice(0, text.indexOf('{"key":"vault')),
      /state\.jsonl:3: found the end after 0 rows of 'vault', expected 1/,
    ],
    ['the whole of it', () => '\u0000\u0001', /state\.jsonl:1: found/],
  ])('leaves the store as it was, and nothing half: %s', async (_, change, message) => {
    await exported(lines);
    const before = readdirSync(place.data).sort();
    writeFileSync(lines, change(readFileSync(lines, 'utf8')));
    await expect(imported({ force: true })).rejects.toMatchObject({
      code: 'STATE_INVALID',
      message: expect.stringMatching(message),
    });
    expect(readStoreFile(place.store, '')).toHaveLength(3);
    expect(
      readdirSync(place.data)
        .filter((name) => name !== 'lock.db')
        .sort(),
    ).toEqual(before);
  });

  it('is one that is not there, or not to be read', async () => {
    const missing = importState(join(place.folder, 'none.jsonl'), { ...place.options, force: true }, later);
    await expect(missing).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/none\.jsonl: found no such file, expected a file that export has written\.$/),
    });
    await expect(importState(place.folder, { ...place.options, force: true }, later)).rejects.toThrow(
      /found a folder, expected a file/,
    );
  });

  it('makes no store where there is none', async () => {
    rmSync(place.store);
    await expect(importState(place.folder, place.options, later)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(status(place.options, later)).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });
});
