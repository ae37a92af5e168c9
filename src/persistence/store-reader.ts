/**
 * A store as somebody reads it who does not have it open: a service may, and write meanwhile. Nothing is changed.
 */
import { DatabaseSync } from 'node:sqlite';
import { refuseStrangeStore } from './file-kind.ts';
import { isDamage } from './sqlite-error.ts';
import { openingError } from './store-damage.ts';
import { reasonOf, StoreError } from './store-error.ts';
import { isChanged, lastCharacter, namespace, type Row, rangeSql, rowOf, type TableRow } from './store-rows.ts';

const busyTimeoutMs = 5_000;

/**
 * Reads a store that a service may or may not have open; changes nothing.
 *
 * @returns the rows whose keys begin with the prefix, in order of keys; none for a file without a store in it
 * @throws {StoreError} `STORE_CORRUPT`, `STORE_UNREADABLE`
 */
export function readStoreFile(file: string, prefix: string): Row[] {
  const reader = openStoreFile(file);
  try {
    return reader.range(prefix, `${prefix}${lastCharacter}`);
  } finally {
    reader.close();
  }
}

/** The keys of the rows that are not as they were written. All of them are read, a thousand at a time. @throws {StoreError} */
export function changedRows(file: string): string[] {
  const reader = openStoreFile(file);
  const changed: string[] = [];
  try {
    for (let [from, rows] = ['', [] as Row[]]; ; from = `${rows.at(-1)?.key}\0`) {
      rows = reader.range(from, lastCharacter, 1_000);
      if (rows.length === 0) return changed;
      changed.push(...rows.filter(isChanged).map(({ key }) => key));
    }
  } finally {
    reader.close();
  }
}

/** A store as somebody sees it who only reads: a service may have it open and write. */
export interface StoreReader {
  /** The rows from one key up to, but without, another, in order of keys. @throws {StoreError} `STORE_CORRUPT`, `STORE_UNREADABLE` */
  range(from: string, to: string, limit?: number): Row[];
  close(): void;
}

/**
 * @param view with `at one instant`, everything is read as it was at the first read, whoever writes meanwhile
 * @throws {StoreError} `STORE_CORRUPT`, with the command that mends it, or `STORE_UNREADABLE`
 */
export function openStoreFile(file: string, view: 'as it changes' | 'at one instant' = 'as it changes'): StoreReader {
  const reading = <Result>(read: () => Result): Result => {
    try {
      return read();
    } catch (error) {
      if (isDamage(error)) throw openingError(file, error);
      throw new StoreError('STORE_UNREADABLE', `${file}: could not be read (${reasonOf(error)}).`, { cause: error });
    }
  };
  refuseStrangeStore(file);
  const database = reading(() => new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs }));
  if (view === 'at one instant') reading(() => database.exec('BEGIN'));
  return {
    range: (from, to, limit = -1) =>
      reading(() => {
        const isStore = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'keyv'").get();
        if (!isStore) return [];
        return (database.prepare(rangeSql).all(namespace, from, to, limit) as unknown as TableRow[]).map(rowOf);
      }),
    close: () => database.close(),
  };
}
