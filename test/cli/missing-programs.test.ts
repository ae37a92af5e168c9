import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, engine } from 'nightshift';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingPrograms } from '../../src/cli/missing-programs.ts';
import { resolveConfig } from '../../src/config/resolve.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-programs-'));
  mkdirSync(join(folder, 'bin'));
  for (const name of ['there', 'plain']) writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n');
  chmodSync(join(folder, 'bin/there'), 0o755);
  mkdirSync(join(folder, 'bin/folder'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function missing(options: Omit<Parameters<typeof command>[1], 'every'>, path = join(folder, 'bin')): string[] {
  const job = command('job', { every: '1h', ...options });
  const config = resolveConfig({ engines: [job, engine('other', { every: '1h', run: () => 1 })] }, {}, folder);
  return missingPrograms(config, { PATH: path }).map(({ engine, what }) => `${engine}: ${what}`);
}

it.each([
  ['by its name', ['there']],
  ['by a path from the folder on', ['./bin/there']],
])('says nothing of a program that is there, %s', (_, run) => {
  expect(missing({ run })).toEqual([]);
});

it.each([
  ['that is on no folder of the PATH', ['rsinc', '-a'], "job: there is no program 'rsinc' on its PATH"],
  ['that nobody may execute', ['plain'], "job: 'plain' may not be executed"],
  ['that is a folder', ['folder'], "job: there is no program 'folder' on its PATH"],
  ['by a path that leads nowhere', ['./backup.sh'], "job: there is no program './backup.sh'"],
])('names a program %s', (_, run, what) => {
  expect(missing({ run })).toEqual([what]);
});

it('goes by the PATH that the program is given', () => {
  expect(missing({ run: ['there'], env: { PATH: join(folder, 'bin') } }, '/nowhere')).toEqual([]);
  expect(missing({ run: ['there'] }, '/nowhere')).toEqual(["job: there is no program 'there' on its PATH"]);
});

it('names a folder that is not there, and looks into no line for the shell', () => {
  const cwd = join(folder, 'gone');
  expect(missing({ run: ['there'], cwd })).toEqual([`job: there is no folder ${cwd}`]);
  expect(missing({ run: 'rsinc | wc -l', shell: true })).toEqual([]);
});
