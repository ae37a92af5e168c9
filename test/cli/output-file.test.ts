/**
 * Every command that writes where the user says, against what another user has put there first.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { diagrams } from '../../src/cli/diagrams.ts';
import { importCrontabCommand } from '../../src/cli/import-crontab.ts';
import { init } from '../../src/cli/init.ts';
import { writeOutput } from '../../src/cli/output-file.ts';
import { simulateCommand } from '../../src/cli/simulate.ts';
import { openDataDir } from '../../src/persistence/data-dir.ts';
import { writeNewFile } from '../../src/persistence/new-file.ts';
import { privateFolder } from '../../src/processes/compile-cache.ts';
import { giveAway } from '../strangers.ts';

let folder: string;
/** As /tmp is. */
let shared: string;
let precious: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-output-'));
  shared = join(folder, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  mkdirSync(join(folder, 'home'));
  precious = join(folder, 'home/precious');
  writeFileSync(precious, 'mine');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** A link of another user in the shared folder. */
function plant(name: string, target: string): string {
  const link = join(shared, name);
  symlinkSync(target, link);
  giveAway(link);
  return link;
}

const found = /found a link of user \d+ \(|found a folder of user \d+ \(/;

describe('a link that another user has planted in a shared folder', () => {
  it('keeps `simulate --out` from beginning', async () => {
    const out = plant('report.html', precious);
    await expect(simulateCommand({ out })).rejects.toThrow(found);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
  });

  it('keeps `diagrams --out` from writing into the folder that it leads to', async () => {
    const out = plant('pictures', join(folder, 'home'));
    await expect(diagrams({ out })).rejects.toThrow(found);
    expect(readdirSync(join(folder, 'home'))).toEqual(['precious']);
  });

  it('keeps `diagrams --out` from writing through a file of that folder', async () => {
    plant('breaker.json', precious);
    await expect(diagrams({ out: shared })).rejects.toThrow(found);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
  });

  it('keeps `import --out` from replacing what it leads to', () => {
    const crontab = join(folder, 'crontab');
    writeFileSync(crontab, '0 3 * * * backup\n');
    const out = join(plant('configs', join(folder, 'home')), 'precious');
    expect(() => importCrontabCommand(crontab, { out, force: true })).toThrow(found);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
  });

  it('keeps `init` from writing what others could change later', () => {
    plant('engines', join(folder, 'home'));
    vi.spyOn(console, 'log').mockReturnValue();
    expect(() => init(shared)).toThrow(found);
    expect(readdirSync(join(folder, 'home'))).toEqual(['precious']);
  });

  it('keeps `backup` and `export` from writing into the folder that it leads to', async () => {
    const file = join(plant('backups', join(folder, 'home')), 'today.db');
    await expect(writeNewFile(file, async () => {})).rejects.toMatchObject({
      code: 'FILE_UNSAFE',
      message: expect.stringMatching(found),
    });
    expect(readdirSync(join(folder, 'home'))).toEqual(['precious']);
  });

  it('is no data folder, and no way to one', () => {
    const link = plant('data', join(folder, 'home'));
    for (const path of [link, join(link, 'below')]) expect(() => openDataDir(path)).toThrow(found);
    expect(readdirSync(join(folder, 'home'))).toEqual(['precious']);
  });

  it('is no place for compiled code, which would be run as it is', () => {
    const own = privateFolder(folder) ?? '';
    expect(own).toBe(join(folder, `nightshift-${process.geteuid?.()}`));
    expect(privateFolder(folder)).toBe(own);
    chmodSync(own, 0o770);
    expect(privateFolder(folder)).toBeUndefined();
    rmSync(own, { recursive: true });
    symlinkSync(join(folder, 'home'), own);
    expect(privateFolder(folder)).toBeUndefined();
    rmSync(own);
    mkdirSync(own, { mode: 0o700 });
    giveAway(own);
    expect(privateFolder(folder)).not.toBe(own);
  });
});

describe('writeOutput', () => {
  it('replaces a file, makes one, and follows a link of the user’s own', () => {
    const link = join(folder, 'link');
    symlinkSync(precious, link);
    for (const file of [precious, join(shared, 'new'), link]) {
      writeOutput('--out', file, 'report');
      expect(readFileSync(file, 'utf8')).toBe('report');
    }
    expect(readFileSync(precious, 'utf8')).toBe('report');
  });

  it('hands on what the system says of a place that cannot be written', () => {
    expect(() => writeOutput('--out', join(folder, 'none/report'), '')).toThrow(/ENOENT/);
    expect(() => writeOutput('--out', folder, '')).toThrow(/EISDIR/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
