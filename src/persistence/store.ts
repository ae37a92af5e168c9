/**
 * The store: keys and JSON texts in one SQLite file, written in transactions that are on disk when
 * they resolve.
 *
 * It is opened by URL, here and nowhere else. Today that is `sqlite://FILE`, through Keyv with
 * `@keyv/sqlite` on Node's own SQLite: write-ahead log, `synchronous=FULL`. Two habits of those
 * libraries are answered here. The adapter cuts a large `setMany` into statements, each atomic only by
 * itself, so a write is a transaction of its own. And a failed write is answered with `false` and an
 * `error` event, so every result is looked at.
 *
 * One connection serves everybody: `write` must not be called again before it has settled. The group
 * commit sees to that.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellQuoted } from '../policies/shell-quoted.ts';
import { moveDurably } from './durable-file.ts';
import { Keyv, KeyvSqlite } from './keyv.ts';
import { OwnFiles } from './own-files.ts';
import { sqliteDriver } from './sqlite-driver.ts';
import { openingError, refuseDamaged } from './store-damage.ts';
import { reasonOf, StoreError } from './store-error.ts';
import {
  jsonTexts,
  lastCharacter,
  namespace,
  type Row,
  rangeSql,
  rowOf,
  scanSql,
  summed,
  type TableRow,
} from './store-rows.ts';

/** One row of a write: the JSON text to keep under the key, or null to delete it. */
export type Write = readonly [key: string, json: string | null];

export interface Store {
  /** The JSON text under the key; undefined when there is none. @throws {StoreError} when it cannot be read */
  get(key: string): Promise<string | undefined>;
  /** The JSON texts under the keys; those that are not there are left out. @throws {StoreError} */
  getMany(keys: readonly string[]): Promise<Map<string, string>>;
  /** Every row whose key begins with the prefix, in order of keys. @throws {StoreError} */
  scan(prefix: string): Promise<Row[]>;
  /** The first rows from one key up to, but without, another, in order of keys. @throws {StoreError} */
  range(from: string, to: string, limit: number): Promise<Row[]>;
  /** The keys alone. @throws {StoreError} */
  keys(prefix: string): Promise<string[]>;
  /** Writes all or nothing; durable once resolved. @throws {StoreError} and then nothing was written */
  write(rows: readonly Write[]): Promise<void>;
  close(): Promise<void>;
}

const getManySql = 'SELECT key, value FROM keyv WHERE namespace = ? AND key IN (SELECT value FROM json_each(?))';
const keysSql = 'SELECT key FROM keyv WHERE namespace = ? AND key >= ? AND key < ? ORDER BY key';
const busyTimeoutMs = 5_000;
const deletesPerStatement = 500;
/** A power of two, below the 249 rows that the adapter puts into one statement. */
const rowsPerStatement = 128;
const pragmas = [
  'synchronous=FULL',
  // A checkpoint syncs three times and copies every page once: 16 MB of log are worth fewer of them.
  'wal_autocheckpoint=4000',
  // SQLite waits in the thread of everybody. Whoever holds the file longer is waited for between tries.
  'busy_timeout=250',
];

export interface StoreObserver {
  /** Its files had been removed while it was open, and are there again with all that was in them. */
  rescued?: (file: string) => void;
}

/**
 * Opens a store.
 *
 * @param url `sqlite://FILE`; the file is created when it does not exist
 * @throws {StoreError} `STORE_URL` for another kind of URL, `STORE_CORRUPT`, `STORE_LOG_DAMAGED`, `STORE_BUSY`, `STORE_UNREADABLE`
 */
export async function openStore(url: string, { rescued = () => {} }: StoreObserver = {}): Promise<Store> {
  if (!url.startsWith('sqlite://')) {
    throw new StoreError(
      'STORE_URL',
      `store: found ${url}, expected sqlite://FILE. Other databases are not supported.`,
    );
  }
  const file = url.slice('sqlite://'.length);
  if (existsSync(file)) refuseDamaged(file);
  /** Whoever asks while it is opened anew waits for that; undefined when that has failed: then the next one tries again. */
  let connecting: Promise<Connection> | undefined;
  const connected = (before: Promise<unknown> = Promise.resolve()): Promise<Connection> => {
    connecting ??= before
      .then(() => connect(file))
      .catch((error: unknown) => {
        connecting = undefined;
        throw error;
      });
    return connecting;
  };
  await connected();

  const rows = async (sql: string, ...parameters: unknown[]) => {
    const { adapter } = await connected();
    return (await read(adapter, file, sql, ...parameters)).map(rowOf);
  };
  const rescueIfLost = async () => {
    const { adapter, files } = await connected();
    const fate = files.look();
    if (fate === 'there') return;
    if (fate === 'replaced') throw replaced(file);
    await putBack(adapter, file);
    connecting = undefined;
    await connected(adapter.disconnect());
    rescued(file);
  };

  return {
    async get(key) {
      return (await rows('SELECT key, value FROM keyv WHERE namespace = ? AND key = ?', namespace, key))[0]?.json;
    },
    async getMany(keys) {
      return new Map((await rows(getManySql, namespace, JSON.stringify(keys))).map(({ key, json }) => [key, json]));
    },
    scan: (prefix) => rows(scanSql, namespace, prefix, `${prefix}${lastCharacter}`),
    range: (from, to, limit) => rows(rangeSql, namespace, from, to, limit),
    async keys(prefix) {
      const { adapter } = await connected();
      const found = await read(adapter, file, keysSql, namespace, prefix, `${prefix}${lastCharacter}`);
      return found.map(({ key }) => key);
    },
    async write(rows) {
      try {
        await rescueIfLost();
        await writeAll(await connected(), rows);
      } catch (error) {
        throw error instanceof StoreError ? error : unwritable(file, error);
      }
    },
    async close() {
      try {
        await rescueIfLost();
      } finally {
        await (await connected()).adapter.disconnect();
      }
    },
  };
}

interface Connection {
  adapter: KeyvSqlite;
  keyv: Keyv<string>;
  files: OwnFiles;
  /** What the adapter said last when it did not do something. */
  refusal: { error?: unknown };
}

async function connect(file: string): Promise<Connection> {
  const adapter = new KeyvSqlite({
    uri: `sqlite://${file}`,
    wal: true,
    driver: sqliteDriver(pragmas),
    busyTimeout: busyTimeoutMs,
  });
  const refusal: Connection['refusal'] = {};
  const refused = (error: unknown) => {
    refusal.error = error;
  };
  adapter.on('error', refused);
  try {
    await adapter.ready;
  } catch (error) {
    await adapter.disconnect().catch(() => {});
    throw openingError(file, error);
  }
  const keyv = new Keyv<string>({ store: adapter, namespace, serialization: jsonTexts });
  keyv.on('error', refused);
  return { adapter, keyv, files: new OwnFiles(file), refusal };
}

/** In one transaction. */
async function writeAll({ adapter, keyv, refusal }: Connection, rows: readonly Write[]): Promise<void> {
  const set = rows.flatMap(([key, json]) => (json === null ? [] : [{ key, value: summed({ key, json }) }]));
  const gone = rows.flatMap(([key, json]) => (json === null ? [key] : []));
  refusal.error = undefined;
  try {
    await adapter.query('BEGIN IMMEDIATE');
    for (const some of inStatements(set)) {
      if ((await keyv.setMany(some)).every(Boolean)) continue;
      throw refusal.error ?? new Error('the store answered that a row was not written');
    }
    for (let i = 0; i < gone.length; i += deletesPerStatement) {
      const keys = gone.slice(i, i + deletesPerStatement);
      const marks = keys.map(() => '?').join(', ');
      await adapter.query(`DELETE FROM keyv WHERE namespace = ? AND key IN (${marks})`, namespace, ...keys);
    }
    await adapter.query('COMMIT');
  } catch (error) {
    // SQLite may have ended the transaction itself; a second end is an error without meaning.
    await adapter.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/**
 * Puts the file back that somebody has removed: the system keeps it for who has it open. The log is emptied first, for whoever
 * opens the file next would take it for the log of the new one.
 */
async function putBack(adapter: KeyvSqlite, file: string): Promise<void> {
  const [{ busy } = { busy: 1 }] = (await adapter.query('PRAGMA wal_checkpoint(TRUNCATE)')) as { busy: number }[];
  if (busy !== 0) throw new Error('the log could not be emptied');
  if (existsSync(file)) return;
  const folder = dirname(file);
  // Its parent is not made: where that is gone, a disk is, and this would be the wrong one.
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  const copy = `${file}.rescued`;
  rmSync(copy, { force: true });
  await adapter.query('VACUUM INTO ?', copy);
  moveDurably(copy, file, 0o600);
}

/** Cut into as few different lengths as possible: a statement is kept prepared for each. */
function* inStatements<Each>(rows: readonly Each[]): Generator<Each[]> {
  let from = 0;
  for (let length = rowsPerStatement; length >= 1; length /= 2) {
    for (; rows.length - from >= length; from += length) yield rows.slice(from, from + length);
  }
}

async function read(adapter: KeyvSqlite, file: string, sql: string, ...parameters: unknown[]) {
  try {
    return (await adapter.query(sql, ...parameters)) as TableRow[];
  } catch (error) {
    throw new StoreError('STORE_UNREADABLE', `${file}: could not be read (${reasonOf(error)}).`, {
      cause: error,
    });
  }
}

function replaced(file: string) {
  return new StoreError(
    'STORE_REPLACED',
    `${file}: found another file in its place, expected the one that the service has open. To keep what the service knows, move it away (mv ${shellQuoted(file)} ${shellQuoted(`${file}.other`)}). To go on with the other one: stop the service first, and put it there then.`,
  );
}

function unwritable(file: string, error: unknown) {
  const reason = reasonOf(error);
  const fix = /locked|busy/.test(reason)
    ? `Another program has locked it; end what has it open (fuser -v ${shellQuoted(file)})`
    : 'Make room on the disk or make the file writable';
  return new StoreError('STORE_UNWRITABLE', `${file}: could not be written (${reason}). ${fix}; it is tried again.`, {
    cause: error,
  });
}
