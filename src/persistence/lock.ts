/**
 * The lock: one data folder, one nightshift.
 *
 * The operating system holds it, as SQLite's exclusive lock on a file of its own: however the process
 * dies, the lock dies with it, so there is none to go stale and no pid to guess about. Nothing is ever written
 * to that file; in SQLite's default rollback mode an exclusive transaction keeps out readers too, which is what
 * `lockOwner` goes by. Who the owner is stands beside it, in a JSON file that counts only while the lock is held.
 *
 * Such a lock has one trap: when a process closes any descriptor of the file, all its locks on it
 * are gone. SQLite knows that; nothing else may open the file, backups included, or remove it.
 */
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { dirname, format, parse } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NightshiftError } from '../errors.ts';
import { shellQuoted } from '../policies/shell-quoted.ts';
import { writeDurableFile } from './durable-file.ts';
import { databaseFiles, strangeAt, textOf } from './file-kind.ts';
import { isBusy, isFull } from './sqlite-error.ts';

/** Who holds a lock. A null is a fact that could not be read, as in the first moments of an owner. */
export interface LockOwner {
  pid: number | null;
  /** Epoch ms. */
  since: number | null;
}

export interface Lock {
  readonly owner: LockOwner;
  /** Gives the lock back. A second call does nothing. */
  release(): void;
}

/** Another nightshift is at work on this data folder: `STORE_LOCKED`. */
export class StoreLockedError extends NightshiftError {
  readonly owner: LockOwner;

  constructor(file: string, owner: LockOwner, options?: ErrorOptions) {
    const { pid, since } = owner;
    const who = pid === null ? 'another process' : `process ${pid}`;
    const when = since === null ? '' : ` since ${new Date(since).toISOString()}`;
    const stop = pid === null ? 'Stop the other one' : `Stop the other one (kill ${pid})`;
    super(
      'STORE_LOCKED',
      `${dirname(file)}: found it in use by ${who}${when}, expected no other nightshift on this data folder. See what it does with: nightshift status. ${stop}, or name another folder with --data.`,
      options,
    );
    this.owner = owner;
  }
}

/** The lock file itself is of no use: `LOCK_UNUSABLE`; or there is no room to lock it: `DATA_DIR_FULL`. */
export class LockError extends NightshiftError {}

/** Longer than anybody's look at the lock takes, so that a `lockOwner` at the same instant keeps nobody from starting. */
const waitMsMax = 250;

/** A connection that nobody refers to is collected and closed, and its lock is gone: these are referred to. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock, or waits a quarter of a second for it and gives up. Blocks meanwhile.
 *
 * @param file the lock file; made when it does not exist
 * @param now epoch ms, for the others to read
 * @throws {StoreLockedError} when somebody has it, this very process included
 * @throws {LockError} when the file cannot be opened or is no lock file
 */
export function acquireLock(file: string, now: number): Lock {
  const owner = { pid: process.pid, since: now };
  refuseStrange(file);
  let connection: DatabaseSync | undefined;
  makePrivate(file);
  try {
    connection = new DatabaseSync(file, { timeout: waitMsMax });
    connection.exec('BEGIN EXCLUSIVE');
    announce(file, owner);
  } catch (error) {
    connection?.close();
    if (isBusy(error)) throw new StoreLockedError(file, readOwner(file), { cause: error });
    throw unusable(file, error);
  }
  const database = connection;
  held.add(database);
  return {
    owner,
    release() {
      if (!held.delete(database)) return;
      // In this order: after the lock is free, the file may be the next owner's.
      rmSync(ownerFile(file), { force: true });
      database.close();
    },
  };
}

/**
 * Who holds the lock now; null when nobody does. Makes nothing and keeps nobody out.
 *
 * @throws {LockError} when the file cannot be opened or is no lock file
 */
export function lockOwner(file: string): LockOwner | null {
  if (!existsSync(file)) return null;
  refuseStrange(file);
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file, { readOnly: true });
    connection.exec('SELECT 1 FROM sqlite_schema');
    return null;
  } catch (error) {
    if (isBusy(error)) return readOwner(file);
    throw unusable(file, error);
  } finally {
    connection?.close();
  }
}

/**
 * Whoever can read the file can lock it against its owner; SQLite would make it readable for all. One that is there is not touched: this
 * process might have the lock on it.
 */
function makePrivate(file: string) {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It is there already, or SQLite says why it cannot be.
  }
}

function announce(file: string, owner: LockOwner) {
  rmSync(ownerFile(file), { force: true });
  try {
    writeDurableFile(ownerFile(file), `${JSON.stringify(owner)}\n`, 0o600);
  } catch (error) {
    // With a full disk the owner goes unnamed, which is better than down.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function readOwner(file: string): LockOwner {
  let found: Partial<LockOwner> | null = null;
  try {
    found = JSON.parse(textOf(ownerFile(file))) as Partial<LockOwner> | null;
  } catch {
    // The lock tells that there is an owner; its name is a courtesy, and may be just about to be written.
  }
  const { pid, since } = found ?? {};
  return { pid: isNatural(pid) ? pid : null, since: isNatural(since) && since <= 8.64e15 ? since : null };
}

function isNatural(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function ownerFile(file: string) {
  const { dir, name } = parse(file);
  return format({ dir, name, ext: '.json' });
}

/** To open what is no file may take for ever. */
function refuseStrange(file: string) {
  const strange = databaseFiles(file).map(strangeAt).find(Boolean);
  if (!strange) return;
  const { what, fix } = strange;
  throw new LockError(
    'LOCK_UNUSABLE',
    `${what} that nightshift locks. With no nightshift running, put it out of the way: ${fix}`,
  );
}

/** Called when this process has no lock on the file, which it would lose by this. */
function isClosed(file: string): boolean {
  try {
    closeSync(openSync(file, constants.O_RDONLY | constants.O_NONBLOCK));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}

function unusable(file: string, error: unknown) {
  if (isClosed(file)) {
    return new LockError(
      'LOCK_UNUSABLE',
      `${file}: found a lock file that you may not use, expected your own. Run this as the user whom the service runs as, or name another folder with --data.`,
      { cause: error },
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  if (isFull(error)) {
    return new LockError(
      'DATA_DIR_FULL',
      `${file}: found that it cannot be locked (${reason}), expected some room. Make room on the disk; with a full one the service cannot start.`,
      { cause: error },
    );
  }
  return new LockError(
    'LOCK_UNUSABLE',
    `${file}: found a lock file that cannot be used (${reason}), expected one that nightshift made, in a folder you can write. With no nightshift running, remove it: rm ${shellQuoted(file)}`,
    { cause: error },
  );
}
