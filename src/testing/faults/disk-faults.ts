/**
 * What a disk says to a write. The errors are those of `node:sqlite`.
 */
import { runsEnd } from './aftermath.ts';
import type { DiskFault } from './fault.ts';

const minuteMs = 60_000;

/** There is no room, for a minute. */
export const diskFull: DiskFault = {
  kind: 'disk',
  name: 'disk full',
  afterwards:
    'Nothing new begins while it is, and no result is used before it is on disk; then everything goes on by itself.',
  error: () => sqliteError(13, 'database or disk is full'),
  holds: runsEnd,
  lastsMs: minuteMs,
  needsPerson: false,
};

/** Another process has locked the file, for longer than SQLite waits. */
export const busy: DiskFault = {
  kind: 'disk',
  name: 'SQLITE_BUSY',
  afterwards: 'The batch is written again, whole; nothing that depends on it has happened before.',
  error: () => sqliteError(5, 'database is locked'),
  holds: runsEnd,
  lastsMs: 0,
  needsPerson: false,
};

/** Some rows of a batch are written, and the next one is not. */
export const tornBatch: DiskFault = {
  kind: 'disk',
  name: 'torn batch',
  afterwards: 'Nothing of the batch is on disk; it is written again, whole.',
  error: () => new Error('the store answered that a row was not written'),
  holds: runsEnd,
  lastsMs: 0,
  needsPerson: false,
};

function sqliteError(errcode: number, errstr: string): Error {
  return Object.assign(new Error(errstr), { code: 'ERR_SQLITE_ERROR', errcode, errstr });
}
