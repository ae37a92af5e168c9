/**
 * A copy of a store that is in use, and the proof that it is one.
 *
 * SQLite's backup copies the pages while others write. It would begin again with each of their writes, so the connection
 * that it reads with holds one read transaction from beginning to end: the copy is the store at one instant. A digest of
 * every row is taken in that same transaction, and the copy is proved by it.
 *
 * All of it keeps a thread busy for seconds when the store is large: see `store-copy-thread.ts`.
 *
 * @see https://sqlite.org/backup.html, "Concurrent Usage"
 */
import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { BackupError } from './backup-error.ts';
import { syncFile } from './durable-file.ts';
import { refuseStrangeStore } from './file-kind.ts';
import { reasonOf } from './store-error.ts';
import { isChanged, rowOf, type TableRow } from './store-rows.ts';

/** What a copy must hold. */
export interface CopyFacts {
  rows: number;
  /** SHA-256 of all rows, in order. */
  digest: string;
  /** Keys of rows that are not as they were written, in order. */
  changed: string[];
}

export interface CopyProof {
  bytes: number;
}

/** Large enough to be quick, small enough to leave the thread pool to others in between: 4 MB. */
const pagesPerStep = 1_000;
const busyTimeoutMs = 5_000;

/** Copies the store into a file that does not exist yet, or is empty, and syncs it. */
export async function copyStore(file: string, copy: string): Promise<CopyFacts> {
  const store = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  try {
    store.exec('BEGIN');
    const facts = digestOf(store);
    await backup(store, copy, { rate: pagesPerStep });
    // A file of its own from here on, without a log beside it.
    const copied = new DatabaseSync(copy);
    copied.exec('PRAGMA journal_mode=DELETE');
    copied.close();
    syncFile(copy);
    return facts;
  } finally {
    store.close();
    for (const beside of ['-wal', '-shm', '-journal']) rmSync(`${copy}${beside}`, { force: true });
  }
}

/**
 * Opens the copy and reads all of it.
 *
 * @throws {BackupError} `COPY_DAMAGED`
 */
export function proveCopy(copy: string, facts: CopyFacts): CopyProof {
  try {
    const { rows, digest } = readAll(copy);
    if (rows !== facts.rows) throw new Error(`found ${rows} rows, expected ${facts.rows}`);
    if (digest !== facts.digest) throw new Error('found other rows than in the store');
    return { bytes: statSync(copy).size };
  } catch (error) {
    const message = `${copy}: the copy of the store is damaged (${reasonOf(error)}); it is not kept.`;
    throw new BackupError('COPY_DAMAGED', message, { cause: error });
  }
}

/**
 * Opens a backup and reads all of it, without knowing what it should hold.
 *
 * @throws {BackupError} `BACKUP_DAMAGED`
 */
export function checkBackup(file: string): CopyFacts {
  try {
    return readAll(file);
  } catch (error) {
    const message = `${file}: found a file that is no whole backup (${reasonOf(error)}), expected a copy of a store. Nothing was changed. Take another one: nightshift backup --list`;
    throw new BackupError('BACKUP_DAMAGED', message, { cause: error });
  }
}

function readAll(file: string): CopyFacts {
  refuseStrangeStore(file);
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const [first] = database.prepare('PRAGMA integrity_check(1)').all();
    if (first?.integrity_check !== 'ok') throw new Error(String(first?.integrity_check));
    return digestOf(database);
  } finally {
    database.close();
  }
}

function digestOf(database: DatabaseSync): CopyFacts {
  const hash = createHash('sha256');
  const changed: string[] = [];
  let rows = 0;
  for (const row of database.prepare('SELECT * FROM keyv ORDER BY namespace, key').iterate()) {
    hash.update(JSON.stringify(Object.values(row)));
    if (isChanged(rowOf(row as unknown as TableRow))) changed.push(String(row.key));
    rows += 1;
  }
  return { rows, digest: hash.digest('hex'), changed };
}
