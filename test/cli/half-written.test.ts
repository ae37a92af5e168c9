/**
 * A disk that becomes full in the middle of a file that a command writes where the user says: what was there stays, and nothing half is left.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { diagrams } from '../../src/cli/diagrams.ts';
import { importCrontabCommand } from '../../src/cli/import-crontab.ts';
import { init } from '../../src/cli/init.ts';
import { writeOutput } from '../../src/cli/output-file.ts';
import { writeDurableFile } from '../../src/persistence/durable-file.ts';

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const writeFileSync = (file: number, text: string, ...rest: []) => {
    if (!disk.isFull) return real.writeFileSync(file, text, ...rest);
    real.writeFileSync(file, text.slice(0, text.length / 2), ...rest);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return { ...real, writeFileSync };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-half-'));
});
afterEach(() => {
  disk.isFull = false;
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const precious = (name: string) => {
  writeFileSync(at(name), 'precious', { mode: 0o600 });
  return at(name);
};
const whileFull = (write: () => void) => {
  disk.isFull = true;
  expect(write).toThrow(/ENOSPC/);
  disk.isFull = false;
};

it.each([
  ['an output', (file: string) => writeOutput('--out', file, 'report'.repeat(9))],
  ['a small file of the service', (file: string) => writeDurableFile(file, 'report'.repeat(9), 0o600)],
  ['an imported config, with --force', (file: string) => imported(file, true)],
])('%s leaves what was there, and nothing beside it', (_, write) => {
  const file = precious('out');
  whileFull(() => write(file));
  expect(readdirSync(folder).filter((name) => name !== 'crontab')).toEqual(['out']);
  expect(readFileSync(file, 'utf8')).toBe('precious');
});

it.each([
  ['init', () => init(folder)],
  ['an import', () => imported(at('nightshift.config.ts'), false)],
  ['an output', () => writeOutput('--out', at('out'), 'report'.repeat(9))],
])('%s leaves nothing where there was nothing', (_, write) => {
  whileFull(write);
  expect(readdirSync(folder).filter((name) => name !== 'crontab')).toEqual([]);
});

it('diagrams leave the picture that was there', async () => {
  const file = precious('breaker.json');
  disk.isFull = true;
  await expect(diagrams({ out: folder })).rejects.toThrow(/which takes no files \(ENOSPC\)/);
  disk.isFull = false;
  expect(readFileSync(file, 'utf8')).toBe('precious');
  expect(readdirSync(folder)).toEqual(['breaker.json']);
});

it('an output is written through a link, with the mode of what was there, and leaves files of like names alone', () => {
  precious('target');
  precious('target.new');
  symlinkSync('target', at('link'));
  writeOutput('--out', at('link'), 'report');
  expect(readFileSync(at('target'), 'utf8')).toBe('report');
  expect(readFileSync(at('target.new'), 'utf8')).toBe('precious');
  expect(statSync(at('target')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).sort()).toEqual(['link', 'target', 'target.new']);
});

it('an output goes into what is no file', () => {
  writeOutput('--out', '/dev/null', 'report');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

function imported(out: string, force: boolean) {
  const crontab = at('crontab');
  const wasFull = disk.isFull;
  disk.isFull = false;
  writeFileSync(crontab, '0 3 * * * backup\n');
  disk.isFull = wasFull;
  vi.spyOn(console, 'log').mockReturnValue();
  importCrontabCommand(crontab, { out, force });
}
