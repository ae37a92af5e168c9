import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
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
import { backupName, backupsIn, besideBackups, inBackupFolder, madeAt } from '../../src/persistence/backup-folder.ts';
import { withoutPrivileges } from '../privileges.ts';
import { giveAway } from '../strangers.ts';

const now = Date.parse('2026-11-23T02:30:00Z');
const name = 'nightshift-2026-11-23T02-30-00Z.db';
let room: string;
let folder: string;
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'nightshift-backups-'));
  folder = join(room, 'backups');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(room, { recursive: true });
});

const nothing = async () => {};
const underWay = { code: 'BACKUP_UNDER_WAY', message: expect.stringContaining('Wait until it is done.') };

it.each([
  [name, now],
  ['nightshift-2026-13-23T02-30-00Z.db', null],
  [`${name}.new`, null],
  [`a${name}`, null],
  ['nightshift.db', null],
])('reads when a backup was made from its name: %s', (file, at) => {
  expect(madeAt(file)).toBe(at);
  if (at !== null) expect(backupName(at)).toBe(file);
});

it('lists the backups, the newest first, and nothing of another name or kind', () => {
  expect(backupsIn(folder)).toEqual([]);
  mkdirSync(folder);
  const older = backupName(now - 60_000);
  for (const file of [older, name, 'notes.txt', `${name}.new`]) writeFileSync(join(folder, file), 'four');
  symlinkSync(name, join(folder, backupName(now + 1_000)));
  mkdirSync(join(folder, backupName(now + 2_000)));
  expect(backupsIn(folder)).toEqual([
    { file: join(folder, name), name, at: now, bytes: 4 },
    { file: join(folder, older), name: older, at: now - 60_000, bytes: 4 },
  ]);
});

it('says so of a folder that is closed, or none: it would seem empty', () => {
  mkdirSync(folder);
  chmodSync(room, 0o755);
  chmodSync(folder, 0);
  const closed = { code: 'BACKUP_FOLDER', message: expect.stringContaining('cannot be looked into (EACCES)') };
  expect(withoutPrivileges(() => thrownBy(() => backupsIn(folder)))).toMatchObject(closed);
  writeFileSync(join(room, 'file'), '');
  expect(() => backupsIn(join(room, 'file'))).toThrow('cannot be looked into (ENOTDIR)');
});

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('one at a time in a folder', () => {
  it('clears away what one that was cut off has left, and nothing else', async () => {
    mkdirSync(folder);
    for (const end of ['', '-journal', '-wal', '-shm']) writeFileSync(join(folder, `${name}.new${end}`), 'half');
    writeFileSync(join(folder, 'my.db.new'), '');
    await inBackupFolder(folder, now, async () => {
      expect(readdirSync(folder).filter((file) => !file.startsWith('.'))).toEqual(['my.db.new']);
    });
  });

  it('refuses a second one, of whatever store, and leaves the first one its file', async () => {
    await inBackupFolder(folder, now, async () => {
      writeFileSync(join(folder, `${name}.new`), 'growing');
      await expect(inBackupFolder(folder, now, nothing)).rejects.toMatchObject(underWay);
      await expect(besideBackups(join(folder, name), now, nothing)).rejects.toMatchObject(underWay);
      expect(readFileSync(join(folder, `${name}.new`), 'utf8')).toBe('growing');
    });
    await inBackupFolder(folder, now, nothing);
  });

  it('keeps away while somebody writes a backup there by its name, and not for another file', async () => {
    await inBackupFolder(folder, now, nothing);
    await besideBackups(join(folder, name), now, async () => {
      await expect(inBackupFolder(folder, now, nothing)).rejects.toMatchObject(underWay);
    });
    await besideBackups(join(folder, 'mine.db'), now, () => inBackupFolder(folder, now, nothing));
  });

  it('leaves no trace where somebody names a place of their own', async () => {
    await besideBackups(join(room, name), now, nothing);
    expect(readdirSync(room)).toEqual([]);
  });

  it('is made without a lock where there can be none, and clears nothing away then', async () => {
    mkdirSync(join(folder, '.lock.db'), { recursive: true });
    writeFileSync(join(folder, `${name}.new`), 'growing');
    expect(await inBackupFolder(folder, now, async () => 'made')).toBe('made');
    expect(readFileSync(join(folder, `${name}.new`), 'utf8')).toBe('growing');
  });

  it('is not kept away by one that has died', async () => {
    mkdirSync(folder);
    const fixture = join(import.meta.dirname, 'fixtures/hold-lock.ts');
    const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
    const holder = spawn(process.execPath, [...flags, fixture, join(folder, '.lock.db'), String(now)]);
    await once(holder.stdout, 'data');
    await expect(inBackupFolder(folder, now, nothing)).rejects.toMatchObject({
      ...underWay,
      message: expect.stringContaining(`process ${holder.pid} is just making`),
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await inBackupFolder(folder, now, nothing);
  });
});

describe('a link that another user has planted', () => {
  const shared = () => join(room, 'shared');
  async function refuses(planted: string) {
    const precious = join(room, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, `${name}.new`), 'mine');
    mkdirSync(join(shared(), planted, '..'), { recursive: true });
    for (const path of [shared(), join(shared(), planted, '..')]) chmodSync(path, 0o1777);
    symlinkSync(precious, join(shared(), planted));
    giveAway(join(shared(), planted));
    await expect(inBackupFolder(join(shared(), 'backups'), now, nothing)).rejects.toMatchObject({
      code: 'BACKUP_FOLDER',
      message: expect.stringMatching(/found a link of user \d+ \(/),
    });
    expect(readdirSync(precious)).toEqual([`${name}.new`]);
  }

  it('is no folder for backups', () => refuses('backups'));
  it('is no lock of one', () => refuses('backups/.lock.db'));
});
