import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirError, dataDirAt, openDataDir, unsafe } from '../../src/persistence/data-dir.ts';
import { withoutPrivileges } from '../privileges.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-data-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function refusal(path: string): DataDirError {
  try {
    openDataDir(path);
  } catch (error) {
    return error as DataDirError;
  }
  throw new Error('the folder was taken');
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('openDataDir', () => {
  it('makes the folder and its missing parents for this user alone', () => {
    const root = join(folder, 'state', 'nightshift');
    expect(openDataDir(root)).toEqual({
      root,
      store: join(root, 'nightshift.db'),
      backups: join(root, 'backups'),
      lock: join(root, 'lock.db'),
      children: join(root, 'children'),
      commands: join(root, 'commands'),
      logs: join(root, 'logs'),
      vaultKey: join(root, 'vault.key'),
      apiToken: join(root, 'api.token'),
      address: join(root, 'api.json'),
      standstill: join(root, 'standstill.json'),
    });
    expect([modeOf(root), modeOf(join(folder, 'state'))]).toEqual([0o700, 0o700]);
    expect(readdirSync(root)).toEqual(['nightshift.db']);
  });

  it('gives absolute paths for a relative one', () => {
    const root = join(folder, 'data');
    expect(openDataDir(relative(process.cwd(), root)).root).toBe(root);
  });

  it.each(['700', '750', '755', '775'])('takes its own folder of mode %s as it is', (mode) => {
    chmodSync(folder, mode);
    const { store } = openDataDir(folder);
    expect(modeOf(folder).toString(8)).toBe(mode);
    expect(modeOf(store), 'what is in it is still nobody else’s to read').toBe(0o600);
  });

  it('follows a symbolic link to a folder', () => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 });
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(openDataDir(join(folder, 'link')).root).toBe(join(folder, 'link'));
  });

  it.each(['file', 'file/below', 'dangling'])('refuses %s, which is no folder', (name) => {
    writeFileSync(join(folder, 'file'), 'precious');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    const error = refusal(join(folder, name));
    expect(error).toBeInstanceOf(DataDirError);
    expect(error.code).toBe('DATA_DIR_NOT_A_FOLDER');
    expect(error.message).toContain(`${join(folder, name)}: found a file`);
  });

  it.runIf(process.platform === 'linux')('refuses one where nobody can make any, and does not try for ever', () => {
    for (const path of ['/proc/nightshift', '/proc/nightshift/data']) {
      const error = refusal(path);
      expect(error.code).toBe('DATA_DIR_UNWRITABLE');
      expect(error.message).toContain(`${path}: found that it cannot be written (ENOENT)`);
    }
  });

  it.each(['lock.json', 'api.json', 'api.token', 'standstill.json', 'vault.key', 'lock.db', 'nightshift.db'])(
    'refuses one in which %s is no file, and names the command that puts it out of the way',
    (name) => {
      mkdirSync(join(folder, name));
      expect(() => openDataDir(folder)).toThrow(
        `${join(folder, name)}: found a folder in its place, expected a file. To put it out of the way: mv `,
      );
    },
  );

  it('refuses a folder it may not write in, and one it may not make', () => {
    mkdirSync(join(folder, 'data'), { mode: 0o555 });
    chmodSync(folder, 0o555);
    const errors = withoutPrivileges(() => [refusal(join(folder, 'data')), refusal(join(folder, 'new'))]);
    chmodSync(folder, 0o700);
    for (const error of errors) {
      expect(error.code).toBe('DATA_DIR_UNWRITABLE');
      expect(error.message).toMatch(/cannot be written \(EACCES\), expected .* --data/);
    }
  });

  it('refuses a folder in which everybody may write, and leaves nothing in it', () => {
    chmodSync(folder, 0o777);
    const error = refusal(folder);
    expect(error.code).toBe('DATA_DIR_UNSAFE');
    expect(error.message).toContain('every user may write in (mode 777)');
    expect(error.message).toContain(`chmod go-w '${folder}'`);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('unsafe', () => {
  it.each([
    ['takes', '700', 'mine'],
    ['takes', '770', 'mine'],
    ['refuses', '702', 'mine'],
    ['takes', '700', 'theirs'],
    ['takes', '755', 'theirs'],
    ['refuses', '770', 'theirs'],
    ['refuses', '707', 'theirs'],
  ])('%s mode %s when the folder is %s', (verdict, permissions, whose) => {
    const uid = whose === 'mine' ? 1000 : 0;
    const mode = 0o040000 | Number.parseInt(permissions, 8);
    expect(unsafe({ uid, mode }, 1000) ? 'refuses' : 'takes').toBe(verdict);
  });

  it('refuses nothing where there are no user ids', () => {
    expect(unsafe({ uid: 0, mode: 0o040777 }, undefined)).toBeUndefined();
  });
});

describe('dataDirAt', () => {
  it('makes nothing', () => {
    dataDirAt(join(folder, 'data'));
    expect(readdirSync(folder)).toEqual([]);
  });
});
