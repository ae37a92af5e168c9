/**
 * Whether a store's file and its log are whole, and can be read at all: the two are mended differently. Looking changes nothing.
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { shellQuoted } from '../policies/shell-quoted.ts';
import { strangeStore } from './file-kind.ts';
import { type LogDamage, logDamage } from './log-damage.ts';
import { isBusy, isDamage } from './sqlite-error.ts';
import { reasonOf, StoreError } from './store-error.ts';

/** What keeps a store from being opened. */
export interface StoreTrouble {
  code: 'STORE_CORRUPT' | 'STORE_LOG_DAMAGED' | 'STORE_BUSY' | 'STORE_UNREADABLE';
  /** What was found, and what was expected. */
  what: string;
  /** What the fix does; empty when it says so itself. */
  towards: string;
  /** The command that mends it or, where there is none, what to do. */
  fix: string;
  cause?: unknown;
}

const busyTimeoutMs = 5_000;
const recovery = {
  towards: 'To go on with all that can still be read (with --dry-run, to see what cannot)',
  fix: 'nightshift recover',
};

/**
 * Looks with a connection that can only read: any other one that is closed brings the log into the damaged file. May be asked while a
 * service writes. Every page is read, and the indices are compared with their tables, for a key that has changed in an index hides
 * its row: a second for some 300 MB.
 *
 * @returns null when the store is whole
 */
export function troubleWith(file: string): StoreTrouble | null {
  const strange = strangeStore(file);
  if (strange) return strange;
  try {
    // A log that is begun anew while it is read looks damaged, once.
    const damage = logDamage(logOf(file)) && logDamage(logOf(file));
    if (damage) return damagedLog(logOf(file), damage);
    return answerOf(file);
  } catch (error) {
    return openingTrouble(file, error);
  }
}

/** Whether it is in the bytes of the store, which can be read in part: not in who has it open, or who may read it. */
export function isInBytes({ code }: StoreTrouble): boolean {
  return code === 'STORE_CORRUPT' || code === 'STORE_LOG_DAMAGED';
}

/** @throws {StoreError} with the code of what {@link troubleWith} finds */
export function refuseDamaged(file: string): void {
  const trouble = troubleWith(file);
  if (trouble) throw troubleError(trouble);
}

/** What it means that SQLite could not open the file. */
export function openingError(file: string, cause: unknown): StoreError {
  return troubleError(openingTrouble(file, cause));
}

function answerOf(file: string): StoreTrouble | null {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  try {
    const answer = database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
    return answer === 'ok' ? null : corrupt(file, new Error(String(answer ?? 'no answer from integrity_check')));
  } finally {
    database.close();
  }
}

export function troubleError({ code, what, towards, fix, cause }: StoreTrouble): StoreError {
  return new StoreError(code, `${what}. ${towards && `${towards}: `}${fix}`, { cause });
}

function logOf(file: string): string {
  return `${file}-wal`;
}

function damagedLog(log: string, { wholeBytes, transactions }: LogDamage): StoreTrouble {
  return {
    code: 'STORE_LOG_DAMAGED',
    what: `${log}: found it damaged after ${wholeBytes} bytes, with ${transactions} transactions from there on, expected a log that is whole to its end. Nothing was touched`,
    ...recovery,
  };
}

function openingTrouble(file: string, cause: unknown): StoreTrouble {
  if (isDamage(cause)) return corrupt(file, cause);
  if (isBusy(cause)) {
    const what = `${file}: could not be opened (${reasonOf(cause)}), because another program has locked it`;
    return {
      code: 'STORE_BUSY',
      what,
      towards: 'To see which, and end it',
      fix: `fuser -v ${shellQuoted(file)}`,
      cause,
    };
  }
  const what = `${file}: could not be opened (${reasonOf(cause)})`;
  return { code: 'STORE_UNREADABLE', what, ...wayTo(file), cause };
}

function corrupt(file: string, cause: unknown): StoreTrouble {
  return {
    code: 'STORE_CORRUPT',
    what: `${file}: found a damaged database (${reasonOf(cause)}), expected a nightshift store. The file was left untouched`,
    ...recovery,
    cause,
  };
}

/** What opens the way to a file that is closed to this user. */
function wayTo(file: string): Pick<StoreTrouble, 'towards' | 'fix'> {
  const closed = [dirname(file), file, logOf(file), `${file}-shm`].find(isClosed);
  if (closed === undefined)
    return { towards: '', fix: 'Check that the folder exists and is writable, and that the disk has room.' };
  const change = statSync(closed).uid === process.geteuid?.() ? 'chmod u+rwX' : 'chown "$USER"';
  return { towards: 'You must be able to read and write it', fix: `${change} ${shellQuoted(closed)}` };
}

/** By its mode: the system would answer for the real user, not for the one that this process acts for. */
function isClosed(path: string): boolean {
  const uid = process.geteuid?.();
  if (uid === undefined || uid === 0) return false;
  try {
    const stats = statSync(path);
    const shift = stats.uid === uid ? 6 : process.getgroups?.().includes(stats.gid) ? 3 : 0;
    const needed = stats.isDirectory() ? 7 : 6;
    return ((stats.mode >> shift) & needed) !== needed;
  } catch {
    return false;
  }
}
