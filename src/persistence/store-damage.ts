/**
 * Whether a store's file and its log are whole. Looking changes nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type LogDamage, logDamage } from './log-damage.ts';
import { reasonOf, StoreError } from './store-error.ts';

const busyTimeoutMs = 5_000;

/**
 * What is wrong with a store's file; null when it is whole. Looks at every page of it, which takes a second for some 300 MB;
 * changes nothing, and may be asked while a service writes.
 */
export function damageIn(file: string): string | null {
  try {
    // A log that is begun anew while it is read looks damaged, once.
    const damage = damageOfLog(file) && damageOfLog(file);
    if (damage) throw damagedLog(file, damage);
    lookThrough(file, 'integrity_check');
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/**
 * Looks with a connection that can only read: any other one that is closed brings the log into the damaged file.
 *
 * @throws {StoreError} `STORE_CORRUPT`, `STORE_LOG_DAMAGED`, `STORE_UNREADABLE`
 */
export function refuseDamaged(file: string) {
  const damage = damageOfLog(file);
  if (damage) throw damagedLog(file, damage);
  try {
    lookThrough(file, 'quick_check');
  } catch (error) {
    throw openingError(file, error);
  }
}

function damageOfLog(file: string): LogDamage | null {
  const log = `${file}-wal`;
  return existsSync(log) ? logDamage(readFileSync(log)) : null;
}

function damagedLog(file: string, { wholeBytes, transactions }: LogDamage) {
  const log = `${file}-wal`;
  return new StoreError(
    'STORE_LOG_DAMAGED',
    `${log}: found it damaged after ${wholeBytes} bytes, with ${transactions} transactions from there on, expected a log that is whole to its end. Nothing was touched. To go on without those transactions: cp '${log}' '${log}.damaged' && truncate -s ${wholeBytes} '${log}'`,
  );
}

/** @throws what SQLite finds first */
function lookThrough(file: string, check: 'quick_check' | 'integrity_check') {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  try {
    const result = database.prepare(`PRAGMA ${check}(1)`).get();
    if (result?.[check] !== 'ok') throw new Error(String(result?.[check] ?? `no answer from ${check}`));
  } finally {
    database.close();
  }
}

/** What it means that SQLite could not open the file, or look through it. */
export function openingError(file: string, error: unknown) {
  const reason = reasonOf(error);
  if (!/not a database|malformed|corrupt|\*\*\*|quick_check|wrong # of entries|missing from index/i.test(reason)) {
    const fix = 'Check that the folder exists and is writable, and that the disk has room.';
    return new StoreError('STORE_UNREADABLE', `${file}: could not be opened (${reason}). ${fix}`, { cause: error });
  }
  return new StoreError(
    'STORE_CORRUPT',
    `${file}: found a damaged database (${reason}), expected a nightshift store. The file was left untouched. To put the newest backup in its place: nightshift restore latest`,
    { cause: error },
  );
}
