/**
 * What stands where a file is expected, and is none: a named pipe, a device, a socket, a folder.
 *
 * Whoever opens a named pipe waits until somebody writes to it, which may be never, with the whole process; and a device may have
 * no end. So what is read by its name is looked at first, and refused with what was found.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { NightshiftError } from '../errors.ts';
import { shellQuoted } from '../policies/shell-quoted.ts';
import type { StoreTrouble } from './store-damage.ts';
import { StoreError } from './store-error.ts';

/** `NOT_A_FILE`: something else stands in its place. */
export class FileKindError extends NightshiftError {}

/**
 * The text of a small file, in UTF-8.
 *
 * @throws {FileKindError}, or what the system says
 */
export function textOf(file: string): string {
  return textAndStats(file).text;
}

/** As {@link textOf}, with what the system says of that very file. */
export function textAndStats(file: string): { text: string; stats: Stats } {
  // A pipe that nobody writes to is opened at once, and then refused.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    const kind = kindOf(stats);
    if (kind !== undefined) throw refusal(file, kind);
    return { text: readFileSync(descriptor, 'utf8'), stats };
  } finally {
    closeSync(descriptor);
  }
}

/** What stands in the place of a database's file, or of one that SQLite keeps beside it; undefined when all are files, or not there. */
export function strangeStore(file: string): StoreTrouble | undefined {
  for (const path of databaseFiles(file)) {
    const kind = otherAt(path);
    if (kind !== undefined) return { code: 'STORE_UNREADABLE', ...trouble(path, kind) };
  }
  return undefined;
}

/** @throws {StoreError} `STORE_UNREADABLE` for what {@link strangeStore} finds */
export function refuseStrangeStore(file: string): void {
  const found = strangeStore(file);
  if (found) throw new StoreError(found.code, told(found));
}

/** All that SQLite opens by name. */
export function databaseFiles(file: string): string[] {
  return ['', '-wal', '-shm', '-journal'].map((ending) => file + ending);
}

/** Of a path that is there and no file: what it is, and what takes it out of the way; else undefined. */
export function strangeAt(path: string): ReturnType<typeof trouble> | undefined {
  const kind = otherAt(path);
  return kind === undefined ? undefined : trouble(path, kind);
}

/** @throws {FileKindError} when something is there that is no file */
export function refuseOther(path: string): void {
  const kind = otherAt(path);
  if (kind !== undefined) throw refusal(path, kind);
}

/** Whether something is there that is no file. */
export function isOther(path: string): boolean {
  return otherAt(path) !== undefined;
}

type Kind = 'a folder' | 'a named pipe' | 'a socket' | 'a device';

function otherAt(path: string): Kind | undefined {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch {
    // Whoever opens it hears why.
  }
  return stats && kindOf(stats);
}

function kindOf(stats: Stats): Kind | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** There may be something in a folder. */
function trouble(path: string, kind: Kind) {
  return {
    what: `${path}: found ${kind} in its place, expected a file`,
    towards: 'To put it out of the way',
    fix: kind === 'a folder' ? `mv ${shellQuoted(path)} ${shellQuoted(`${path}.other`)}` : `rm ${shellQuoted(path)}`,
  };
}

function refusal(path: string, kind: Kind) {
  return new FileKindError('NOT_A_FILE', told(trouble(path, kind)));
}

function told({ what, towards, fix }: ReturnType<typeof trouble>): string {
  return `${what}. ${towards}: ${fix}`;
}
