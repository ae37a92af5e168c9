/**
 * SQLite's log brought into the store's file, and emptied: from then on that file alone is the whole store.
 *
 * The last one to close a store does the same, but in silence: when somebody else has it open, or the disk is full, the log just stays.
 */
import { DatabaseSync } from 'node:sqlite';
import { shellQuoted } from '../policies/shell-quoted.ts';
import { refuseStrangeStore } from './file-kind.ts';
import { isBusy } from './sqlite-error.ts';
import { reasonOf, StoreError } from './store-error.ts';

/** Longer than a look at the store takes. */
const busyTimeoutMs = 1_000;

/** @throws {StoreError} `STORE_BUSY` when somebody reads or writes it, `STORE_UNWRITABLE` when there is no room; then nothing is lost */
export function foldLog(file: string): void {
  refuseStrangeStore(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    database.exec('PRAGMA synchronous=FULL');
    if (!emptyLog(database)) throw busy(file);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw isBusy(error) ? busy(file, error) : unwritable(file, error);
  } finally {
    database?.close();
  }
}

/** @returns false when somebody else keeps something of it in use */
export function emptyLog(database: DatabaseSync): boolean {
  // Tells of trouble with others in its answer, not by an error.
  const answer = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
  return answer.busy === 0;
}

function busy(file: string, cause?: unknown) {
  return new StoreError(
    'STORE_BUSY',
    `${file}: found that its log cannot be brought into it because somebody has it open, expected nobody at work on it. End what has it open (fuser -v ${shellQuoted(file)}) and try again; nothing was changed.`,
    { cause },
  );
}

function unwritable(file: string, cause: unknown) {
  return new StoreError(
    'STORE_UNWRITABLE',
    `${file}: found that its log cannot be brought into it (${reasonOf(cause)}), expected a file that can be written. Make room on the disk, or make the file writable, and try again; nothing was changed.`,
    { cause },
  );
}
