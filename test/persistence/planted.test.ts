import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { plantedOn } from '../../src/persistence/planted.ts';
import { giveAway } from '../strangers.ts';

let folder: string;
let shared: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-planted-'));
  shared = join(folder, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const plants = {
  link: (path: string) => symlinkSync(folder, path),
  file: (path: string) => writeFileSync(path, ''),
  folder: (path: string) => mkdirSync(path),
};

it.each(Object.entries(plants))('finds a %s of another user in a folder that is everybody’s', (kind, plant) => {
  const path = join(shared, 'report');
  plant(path);
  expect(plantedOn(path)).toBeUndefined();
  giveAway(path);
  expect(plantedOn(path)).toMatch(/^a (link|file|folder) of user \d+ \(/);
  if (process.geteuid?.() === 0) expect(plantedOn(path)).toBe(`a ${kind} of user 65534 (${path})`);
});

it('finds what another user has made on the way, and sees through `..` in it', () => {
  mkdirSync(join(shared, 'theirs'));
  giveAway(join(shared, 'theirs'));
  expect(plantedOn(join(shared, 'theirs/new/report'))).toMatch(/^a folder of user/);
  expect(plantedOn(`${shared}/mine/../theirs/report`)).toMatch(/^a folder of user/);
});

it('finds what another user has made where a link of mine leads, be it the whole way or a part of it', () => {
  mkdirSync(join(shared, 'theirs'));
  symlinkSync(join(folder, 'precious'), join(shared, 'report'));
  for (const name of ['theirs', 'report']) giveAway(join(shared, name));
  symlinkSync('shared/theirs', join(folder, 'reports'));
  symlinkSync('shared/report', join(folder, 'report'));
  symlinkSync(join(folder, 'report'), join(folder, 'other'));
  expect(plantedOn(join(folder, 'reports/today'))).toMatch(/^a folder of user/);
  expect(plantedOn(join(folder, 'report'))).toMatch(/^a (link|folder) of user/);
  expect(plantedOn(join(folder, 'other'))).toMatch(/^a (link|folder) of user/);
});

it('goes through links that lead to each other no longer than the system does', () => {
  symlinkSync('other', join(folder, 'one'));
  symlinkSync('one', join(folder, 'other'));
  expect(plantedOn(join(folder, 'one/report'))).toBeUndefined();
});

it('finds a second name of a file of mine', () => {
  writeFileSync(join(folder, 'precious'), '');
  linkSync(join(folder, 'precious'), join(shared, 'report'));
  expect(plantedOn(join(shared, 'report'))).toBe(`a file with another name (${join(shared, 'report')})`);
});

it('leaves alone what is mine, what is not there, and what stands where only one may write', () => {
  symlinkSync(folder, join(shared, 'mine'));
  symlinkSync(folder, join(folder, 'link'));
  for (const path of ['shared/mine', 'shared/new/report', 'link', 'shared/mine/link/report']) {
    expect(plantedOn(join(folder, path)), path).toBeUndefined();
  }
  expect(plantedOn('/dev/stdout', 4_711)).toBeUndefined();
});
