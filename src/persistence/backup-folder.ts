/**
 * The folder that backups lie in: each under the second in which it was made, and a few of the old ones.
 */
import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Keep, retained } from '../policies/retention.ts';
import { BackupError } from './backup-error.ts';
import { acquireLock, type Lock, LockError, StoreLockedError } from './lock.ts';
import { plantedOn } from './planted.ts';

export interface KnownBackup {
  file: string;
  name: string;
  /** When it was made, epoch ms. */
  at: number;
  bytes: number;
}

const made = /^nightshift-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.db$/;
const unfinished = /^nightshift-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.db\.new(-journal|-wal|-shm)?$/;

/** @param at epoch ms */
export function backupName(at: number): string {
  return `nightshift-${timeInName(at)}.db`;
}

/**
 * Where one that is made now goes in the folder: where others were made within the same second, under the second after the latest of
 * them. For who keeps others away.
 */
export function freeBackup(folder: string, now: number): string {
  const lately = backupsIn(folder).filter(({ at }) => at + secondMs > now && at < now + latelyMs);
  let at = Math.max(now, ...lately.map((other) => other.at + secondMs));
  // What is no backup may have the name of one.
  while (lstatSync(join(folder, backupName(at)), { throwIfNoEntry: false })) at += secondMs;
  return join(folder, backupName(at));
}

const secondMs = 1_000;
const latelyMs = 60_000;

/** An instant as file names have it: UTC, without colons. */
export function timeInName(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/** When a backup of this name was made, epoch ms; null for any other file. */
export function madeAt(name: string): number | null {
  const [, day, hour, minute, second] = made.exec(name) ?? [];
  const at = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  return Number.isFinite(at) ? at : null;
}

/**
 * The backups in the folder, the newest first; none when there is no such folder. Files of other names, folders and links are somebody else's.
 *
 * @throws {BackupError} `BACKUP_FOLDER`
 */
export function backupsIn(folder: string): KnownBackup[] {
  const found: KnownBackup[] = [];
  for (const name of namesIn(folder)) {
    const at = madeAt(name);
    const file = join(folder, name);
    const stats = at === null ? undefined : lstatSync(file, { throwIfNoEntry: false });
    if (at !== null && stats?.isFile()) found.push({ file, name, at, bytes: stats.size });
  }
  return found.sort((one, other) => other.at - one.at);
}

/**
 * Makes the folder, with mode 0700, and keeps others away from it while the work lasts: what they left unfinished goes. Whoever dies at
 * it keeps nobody away. Where the file system knows no locks, nobody is kept away and nothing goes.
 *
 * @param now epoch ms
 * @throws {BackupError} `BACKUP_UNDER_WAY`, `BACKUP_FOLDER`
 */
export async function inBackupFolder<Result>(
  folder: string,
  now: number,
  work: () => Promise<Result>,
): Promise<Result> {
  refusePlanted(folder);
  await make(folder);
  return await locked(folder, now, async (isAlone) => {
    if (isAlone) clearUnfinished(folder);
    return await work();
  });
}

/**
 * As {@link inBackupFolder}, for a file that somebody names: it makes no folder, and clears nothing away. A file of another name than a
 * backup's is in nobody's way, nor is one where no backups are kept.
 *
 * @param now epoch ms
 * @throws {BackupError} `BACKUP_UNDER_WAY`
 */
export async function besideBackups<Result>(file: string, now: number, work: () => Promise<Result>): Promise<Result> {
  const folder = dirname(file);
  const isInTheWay = madeAt(basename(file)) !== null && existsSync(lockIn(folder));
  return await (isInTheWay ? locked(folder, now, work) : work());
}

/**
 * Removes the backups that newer ones take the place of.
 *
 * @param newest one that stays, whatever stands in the names of others
 * @param now epoch ms
 * @returns the names of those that went, and how many older ones stay
 */
export function removeOldBackups(
  newest: string,
  keep: Keep,
  timeZone: string,
  now: number,
): { removed: string[]; kept: number } {
  const all = backupsIn(dirname(newest));
  const stay = retained(
    all.map(({ at }) => at),
    keep,
    timeZone,
    now,
  );
  const old = all.filter(({ file }) => file !== newest);
  const removed = old.filter(({ at }) => !stay.has(at));
  for (const { file } of removed) rmSync(file, { force: true });
  return { removed: removed.map(({ name }) => name).sort(), kept: old.length - removed.length };
}

async function make(folder: string) {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `${folder}: found that no folder can be made there (${code}), expected one to put backups in. Make it, make room, or name another (builtIn.backup.dir).`;
    throw new BackupError('BACKUP_FOLDER', message, { cause });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    const message = `${folder}: found that it cannot be looked into (${code}), expected a folder of your own with backups. Run this as the user whom the service runs as.`;
    throw new BackupError('BACKUP_FOLDER', message, { cause: error });
  }
}

/** In the folder itself: several data folders may share it. */
function lockIn(folder: string): string {
  return join(folder, '.lock.db');
}

function refusePlanted(folder: string) {
  const planted = plantedOn(lockIn(folder));
  if (planted === undefined) return;
  const message = `${folder}: found ${planted} in a folder that every user may write in, expected one of your own to put backups in. Name another (builtIn.backup.dir).`;
  throw new BackupError('BACKUP_FOLDER', message);
}

function clearUnfinished(folder: string) {
  for (const name of readdirSync(folder)) if (unfinished.test(name)) rmSync(join(folder, name), { force: true });
}

async function locked<Result>(
  folder: string,
  now: number,
  work: (isAlone: boolean) => Promise<Result>,
): Promise<Result> {
  const ours = lockOf(folder, now);
  try {
    return await work(ours !== undefined);
  } finally {
    ours?.release();
  }
}

/** undefined where there can be none. A backup without a lock is better than no backup; and a folder that takes no files says so itself. */
function lockOf(folder: string, now: number): Lock | undefined {
  try {
    return acquireLock(lockIn(folder), now);
  } catch (error) {
    if (error instanceof LockError) return undefined;
    if (!(error instanceof StoreLockedError)) throw error;
    const { pid } = error.owner;
    const who = pid === null ? 'another process' : `process ${pid}`;
    const message = `${folder}: found a backup that ${who} is just making, expected none. Wait until it is done.`;
    throw new BackupError('BACKUP_UNDER_WAY', message, { cause: error });
  }
}
