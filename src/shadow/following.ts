/**
 * Whether it is a shadow that holds a data folder. It says so in a file, with its pid, which counts only while that process holds the
 * folder's lock.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalAt } from './journal.ts';

/** @param pid of whoever holds the lock; null when it is not known */
export function isFollowed(data: string, pid: number | null): boolean {
  try {
    return statSync(fileIn(data)).isFile() && Number(readFileSync(fileIn(data), 'utf8')) === pid;
  } catch {
    return false;
  }
}

/** Says so from now on. Returns a function that takes it back. */
export function sayFollowed(data: string): () => void {
  // What was there may be no file, and take no end.
  rmSync(fileIn(data), { force: true });
  writeFileSync(fileIn(data), `${process.pid}\n`, { mode: 0o600 });
  return () => rmSync(fileIn(data), { force: true });
}

function fileIn(data: string): string {
  return join(journalAt(data), 'following');
}
