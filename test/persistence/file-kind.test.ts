/**
 * What is no file is named and never opened: who opens a pipe may wait for ever. So the pipes are opened in processes that can be ended.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuseOther, strangeAt, textAndStats } from '../../src/persistence/file-kind.ts';

const source = join(import.meta.dirname, '../../src');
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nightshift's kinds-"));
  path = join(folder, 'nightshift.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const quoted = () => `'${path.replaceAll("'", String.raw`'\''`)}'`;

describe('what stands in the place of a file', () => {
  it('is nothing, a file, or a link to one', () => {
    expect(strangeAt(path)).toBeUndefined();
    writeFileSync(path, 'text');
    symlinkSync(path, join(folder, 'link'));
    expect(strangeAt(join(folder, 'link'))).toBeUndefined();
    expect(textAndStats(join(folder, 'link'))).toMatchObject({ text: 'text', stats: { size: 4 } });
  });

  it('is named, with the command that puts it out of the way', () => {
    execFileSync('mkfifo', [path]);
    const pipe = `${path}: found a named pipe in its place, expected a file`;
    expect(strangeAt(path)).toMatchObject({ what: pipe, fix: `rm ${quoted()}` });
    expect(() => refuseOther(path)).toThrow(`${pipe}. To put it out of the way: rm ${quoted()}`);
    expect(strangeAt('/dev/null')?.what).toBe('/dev/null: found a device in its place, expected a file');
    rmSync(path);
    mkdirSync(path);
    expect(strangeAt(path)?.what).toContain('found a folder in its place');
    expect(strangeAt(path)?.fix).toMatch(/^mv '.*' '.*\.other'$/);
  });
});

/** Calls a function of a module with a path, in a process that is ended when it takes too long. @returns what it throws */
function thrownBy(module: string, call: string): string {
  const script = `
    const of = await import(${JSON.stringify(pathToFileURL(join(source, module)).href)});
    const file = process.argv[1];
    try { await (${call}); } catch (error) { process.stdout.write(error.code + ' ' + error.message); }`;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script, path];
  const { stdout, signal } = spawnSync(process.execPath, flags, { encoding: 'utf8', timeout: 20_000 });
  return signal ?? stdout;
}

describe('a pipe is refused, and nobody waits for who writes to it,', () => {
  it.each([
    [
      'in the place of what a command reads',
      '',
      'cli/stored.ts',
      "of.storeIn(file.replace(/.nightshift.db$/, ''))",
      'STORE_UNREADABLE',
    ],
    ['by name', '', 'persistence/file-kind.ts', 'of.textOf(file)', 'NOT_A_FILE'],
    ['as the store', '', 'persistence/store.ts', "of.openStore('sqlite://' + file)", 'STORE_UNREADABLE'],
    ['as the log of one', '-wal', 'persistence/store-damage.ts', 'of.refuseDamaged(file)', 'STORE_UNREADABLE'],
    ['as the journal of one', '-journal', 'persistence/store-reader.ts', 'of.openStoreFile(file)', 'STORE_UNREADABLE'],
    ['as one whose log is to go', '', 'persistence/fold-log.ts', 'of.foldLog(file)', 'STORE_UNREADABLE'],
    [
      'as one that is to be copied',
      '',
      'persistence/backup-file.ts',
      "of.writeBackup(file, file + '.copy', {})",
      'STORE_UNREADABLE',
    ],
    ['as a backup', '', 'persistence/store-copy.ts', 'of.checkBackup(file)', 'BACKUP_DAMAGED'],
    ['as the lock', '', 'persistence/lock.ts', 'of.acquireLock(file, 0)', 'LOCK_UNUSABLE'],
    ['as a lock that is looked at', '-journal', 'persistence/lock.ts', 'of.lockOwner(file)', 'LOCK_UNUSABLE'],
    ["as the vault's key", '', 'persistence/vault-key.ts', 'of.keyInFile(file)', 'VAULT_KEY_UNREADABLE'],
    [
      'as a certificate',
      '',
      'dashboard/certificate.ts',
      'of.readCertificate({ certFile: file, keyFile: file })',
      'CONFIG_INVALID',
    ],
    ['as variables', '', 'config/environment-file.ts', 'of.environmentFile(file)', 'ENVIRONMENT_FILE_UNREADABLE'],
  ])('%s', (_, ending, module, call, code) => {
    if (ending !== '') writeFileSync(path, '');
    execFileSync('mkfifo', [path + ending]);
    const before = readdirSync(folder);
    const thrown = thrownBy(module, call);
    expect(thrown).toContain(`${code} `);
    if (/^(NOT|STORE|BACKUP|LOCK|VAULT)/.test(code)) expect(thrown).toContain(`${path + ending}: found a named pipe`);
    expect(readdirSync(folder)).toEqual(before);
  });
});
