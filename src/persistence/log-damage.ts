/**
 * Damage in SQLite's write-ahead log, which SQLite itself does not tell from the end of the log.
 *
 * Reading ends at the first frame whose checksum is wrong, without a word: after a power cut that is right, for the last transaction
 * may be there in part. When whole transactions stand behind it, some byte has changed on the disk, and all of them would be gone. Each
 * transaction was synced before the next was begun, so that at most one may be there in part.
 */
import { readLog } from './log-frames.ts';

/** Where the log can be read to, and what stands behind that. */
export interface LogDamage {
  /** Length of what is whole, in bytes from the beginning of the file. */
  wholeBytes: number;
  /** Transactions from the damage on. */
  transactions: number;
}

/**
 * @param file of the log
 * @returns null when nothing but its end may be missing, or there is no such file
 * @throws what the system says of one that cannot be read
 */
export function logDamage(file: string): LogDamage | null {
  const log = readLog(file);
  if (!log) return null;
  if (!log.isWhole) return { wholeBytes: 0, transactions: 1 };
  let wholeBytes: number | undefined;
  let transactions = 0;
  for (const { at, isWhole, isCommit } of log.frames) {
    if (!isWhole) wholeBytes ??= at;
    if (wholeBytes !== undefined && isCommit) transactions += 1;
  }
  return wholeBytes !== undefined && transactions > 1 ? { wholeBytes, transactions } : null;
}
