/**
 * One store in the place of another, in one step: whoever dies on the way leaves the old one or the new one, and both are whole.
 *
 * The log of each is brought into its file first: what stood in the new one's alone would be left behind, and SQLite would take the old
 * one's, left beside a new file, for that file's own. Then the old file gets a second name, and the new one takes the first: a rename has no middle. What a death in between has left is put
 * right by whoever comes next.
 */
import { closeSync, copyFileSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { timeInName } from './backup-folder.ts';
import { syncFile, syncFolder } from './durable-file.ts';
import { foldLog } from './fold-log.ts';
import { linked } from './free-name.ts';
import { isInBytes, troubleError, troubleWith } from './store-damage.ts';
import { reasonOf, StoreError } from './store-error.ts';
import { openStoreFile } from './store-reader.ts';
import { lastCharacter } from './store-rows.ts';

/** What SQLite keeps beside a file, and must not be parted from it. */
const parts = ['-wal', '-journal'];

/** Makes an empty file, for its owner alone, in which a store is made that is to take the place of another. @returns where it is */
export function makeFreshStore(store: string): string {
  closeSync(openSync(freshStore(store), 'wx', 0o600));
  return freshStore(store);
}

/** Removes a store's file with what lies beside it. */
export function removeStore(store: string): void {
  for (const part of ['', ...parts, '-shm']) rmSync(store + part, { force: true });
}

/** What a start would find in the file. What is in a damaged one nobody can tell. */
export type Found = 'nothing' | 'a store' | 'a damaged store';

/** @throws {StoreError} `STORE_UNREADABLE` */
export function foundAt(store: string): Found {
  if (!existsSync(store) || statSync(store).size === 0) return 'nothing';
  const trouble = troubleWith(store);
  if (trouble && isInBytes(trouble)) return 'a damaged store';
  if (trouble) throw troubleError(trouble);
  const reader = openStoreFile(store);
  try {
    return reader.range('', lastCharacter, 1).length > 0 ? 'a store' : 'nothing';
  } finally {
    reader.close();
  }
}

/**
 * Puts the fresh store in the place of the old one, which is kept under a name with the time. For the owner of the data folder's lock.
 *
 * @param at epoch ms, for the name
 * @returns where the old one is; null when there was nothing in it
 * @throws {StoreError} `STORE_BUSY`, `STORE_UNWRITABLE`, and then the old one is where it was
 */
export function replaceStore(store: string, at: number): string | null {
  foldLog(freshStore(store));
  const found = foundAt(store);
  if (found === 'a store') foldLog(store);
  if (found !== 'nothing') {
    secondName(store, waiting(store));
    for (const part of parts) if (existsSync(store + part)) secondName(store + part, waiting(store) + part);
    syncFolder(dirname(store));
  }
  for (const part of [...parts, '-shm']) rmSync(store + part, { force: true });
  syncFolder(dirname(store));
  renameSync(freshStore(store), store);
  syncFolder(dirname(store));
  return found === 'nothing' ? null : putAside(store, at);
}

/**
 * Puts right what a replacement has left that was cut off. For the owner of the data folder's lock.
 *
 * @param at epoch ms, for the name of an old store that has none yet
 * @returns where that is; null when there is none
 */
export function settleReplacement(store: string, at: number): string | null {
  removeStore(freshStore(store));
  const old = waiting(store);
  removeStore(freshStore(old));
  if (!existsSync(old)) return null;
  if (!isSameFile(old, store)) return putAside(store, at);
  // The new one has not come: the old one is where it was, but for what was taken from beside it.
  for (const part of parts) {
    if (!existsSync(old + part)) continue;
    if (existsSync(store + part)) rmSync(old + part);
    else renameSync(old + part, store + part);
  }
  rmSync(old);
  syncFolder(dirname(store));
  return null;
}

/** Whether a store that another has taken the place of has this name. */
export function isPutAside(name: string): boolean {
  return /^replaced-.*\.db$/.test(name);
}

function freshStore(store: string): string {
  return `${store}.new`;
}

/** The second name of an old store, until the new one is in its place. */
function waiting(store: string): string {
  return `${store}.old`;
}

function putAside(store: string, at: number): string {
  const aside = freeName(dirname(store), at);
  // The file itself comes last: as long as it waits, so does what lies beside it.
  for (const part of [...parts, ''])
    if (existsSync(waiting(store) + part)) renameSync(waiting(store) + part, aside + part);
  syncFolder(dirname(store));
  return aside;
}

function freeName(folder: string, at: number): string {
  const name = (n: number) => join(folder, `replaced-${timeInName(at)}${n > 1 ? `-${n}` : ''}.db`);
  let n = 1;
  while (existsSync(name(n))) n += 1;
  return name(n);
}

/** A link or, where the file system has none, a copy: the file must not be without its own name for a moment. */
function secondName(file: string, name: string) {
  if (linked(file, name)) return;
  try {
    copyFileSync(file, freshStore(name));
    syncFile(freshStore(name));
    renameSync(freshStore(name), name);
  } catch (cause) {
    rmSync(freshStore(name), { force: true });
    throw new StoreError(
      'STORE_UNWRITABLE',
      `${file}: found that no copy of it can be made (${reasonOf(cause)}), which it needs to be put aside on a file system without links. Make room on the disk and try again; nothing was changed.`,
      { cause },
    );
  }
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}
