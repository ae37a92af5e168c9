import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeNewFile } from '../../src/persistence/new-file.ts';
import { withoutPrivileges } from '../privileges.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-new-'));
  file = join(folder, 'state');
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (what: string) => async (temporary: string) => {
  writeFileSync(temporary, what);
  return what.length;
};

it('is there at the end, for its owner alone, and not before', async () => {
  const length = await writeNewFile(file, async (temporary) => {
    expect(existsSync(file)).toBe(false);
    expect(statSync(temporary).mode & 0o777).toBe(0o600);
    return await text('whole')(temporary);
  });
  expect([length, readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([5, 'whole', 0o600]);
  expect(readdirSync(folder)).toEqual(['state']);
});

describe('in the place of another', () => {
  it.each([
    ['a file', () => writeFileSync(file, 'precious')],
    ['a link to nothing', () => symlinkSync('nowhere', file)],
    ['a folder', () => mkdirSync(file)],
  ])('it is not begun: %s', async (_, make) => {
    make();
    await expect(writeNewFile(file, text('new'))).rejects.toMatchObject({
      code: 'FILE_EXISTS',
      message: `${file}: found a file of that name, expected none: nothing is overwritten. Name another, or remove it first.`,
    });
    expect(readdirSync(folder)).toEqual(['state']);
  });

  it('it does not come, though that came only meanwhile', async () => {
    const write = async () => writeFileSync(file, 'precious');
    await expect(writeNewFile(file, write)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toEqual(['state']);
  });
});

describe('what cannot be written', () => {
  const full = (facts: object) => async (temporary: string) => {
    writeFileSync(temporary, 'half');
    throw Object.assign(new Error('no space left on device'), facts);
  };

  it.each([
    ['a full disk', full({ code: 'ENOSPC' })],
    ['a full disk, as SQLite has it', full({ code: 'ERR_SQLITE_ERROR', errcode: 13 })],
    ['a quota', full({ code: 'EDQUOT' })],
  ])('leaves nothing behind, and says what to do: %s', async (_, write) => {
    await expect(writeNewFile(file, write)).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: `${file}: could not be written (no space left on device). Make room on the disk, or name another place; nothing is left there.`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind whatever it was', async () => {
    const write = async () => {
      throw new TypeError('no');
    };
    await expect(writeNewFile(file, write)).rejects.toThrow(TypeError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['no folder', () => join(folder, 'none/state'), /found no folder .*none, expected one that exists/],
    ['a file for a folder', () => join(made('taken'), 'state'), /found no folder .*taken, expected one that exists/],
    [
      'another one on its way',
      () => file,
      /found .*state\.new, which somebody is just writing, or was when it was cut off/,
    ],
  ])('is not begun: %s', async (_, place, message) => {
    made('state.new');
    await expect(writeNewFile(place(), text('new'))).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: expect.stringMatching(message),
    });
    expect(readdirSync(folder)).toContain('state.new');
  });

  it('is not begun in a folder that takes no files', async () => {
    const refused = withoutPrivileges(() => writeNewFile(file, text('new')));
    await expect(refused).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: expect.stringMatching(/takes no files \(EACCES\)/),
    });
  });
});

function made(name: string): string {
  writeFileSync(join(folder, name), '');
  return join(folder, name);
}
