import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { leaveAddress } from '../../src/persistence/address.ts';
import { dataDirAt } from '../../src/persistence/data-dir.ts';
import { lockOwner } from '../../src/persistence/lock.ts';
import { putBackBesides, type RemovedFolderPorts } from '../../src/service/removed-folder.ts';

let folder: string;
let lines: unknown[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-removed-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key = Buffer.alloc(32, 7);
const putBack = (source: RemovedFolderPorts['found']['source'] = 'file', leave = () => {}) =>
  putBackBesides({
    dataDir: dataDirAt(folder),
    found: { key, source },
    leaveAddress: leave,
    log: { error: (facts: unknown) => lines.push(facts) },
    since: 1_000,
  });

it('puts back the lock, the key and the address', () => {
  const leave = () => leaveAddress(dataDirAt(folder), { token: 'of-the-operator', url: 'http://127.0.0.1:4100' });
  leave();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  const lock = putBack('file', leave);
  expect(lockOwner(dataDirAt(folder).lock)).toEqual({ pid: process.pid, since: 1_000 });
  expect(readFileSync(dataDirAt(folder).vaultKey, 'utf8')).toBe(`${key.toString('base64')}\n`);
  expect(readFileSync(dataDirAt(folder).apiToken, 'utf8')).toBe('of-the-operator\n');
  expect(putBack(), 'what is there is left alone').toBeUndefined();
  lock?.release();
  expect(existsSync(dataDirAt(folder).address)).toBe(true);
  expect(lines).toEqual([]);
});

it('writes no key that comes from elsewhere, and no address before there is one', () => {
  putBack('environment')?.release();
  expect(readdirSync(folder)).toEqual(['lock.db']);
});

it('says in the log what it cannot put back, and puts back the rest', () => {
  const { root, vaultKey } = dataDirAt(folder);
  rmSync(root, { recursive: true });
  writeFileSync(root, 'a file in its place');
  expect(putBack()).toBeUndefined();
  expect(lines).toMatchObject([{ file: dataDirAt(folder).lock }, { file: vaultKey }]);
});
