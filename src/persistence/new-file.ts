/**
 * Large files that are there whole or not at all, and never in the place of another.
 *
 * A file is written under a temporary name beside the wanted one, synced, and gets its name at the end, unless somebody has taken that
 * meanwhile.
 */
import { chmodSync, closeSync, lstatSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { NightshiftError } from '../errors.ts';
import { shellQuoted } from '../policies/shell-quoted.ts';
import { syncFile, syncFolder } from './durable-file.ts';
import { takeFreeName } from './free-name.ts';
import { plantedOn } from './planted.ts';
import { isFull } from './sqlite-error.ts';

/**
 * `FILE_EXISTS`: the name is taken. `FILE_UNWRITABLE`: the folder is not there or takes no file, or the disk is full. `FILE_UNSAFE`: another
 * user has put something in the way.
 */
export class NewFileError extends NightshiftError {}

/**
 * Makes a file of mode 0600.
 *
 * @param write fills the file of the name that it is given, which is there and empty
 * @returns what `write` returns, once all is on disk
 * @throws {NewFileError}, or what `write` throws; nothing is left behind then
 */
export async function writeNewFile<Result>(
  file: string,
  write: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const temporary = `${file}.new`;
  begin(file, temporary);
  try {
    const result = await write(temporary);
    chmodSync(temporary, 0o600);
    syncFile(temporary);
    publish(temporary, file);
    return result;
  } catch (error) {
    rmSync(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOSPC' || code === 'EDQUOT' || isFull(error) ? unwritable(file, error) : error;
  }
}

function begin(file: string, temporary: string) {
  refusePlanted(file);
  try {
    // A link to nothing is in the way as well.
    if (lstatSync(file, { throwIfNoEntry: false })) throw taken(file);
    closeSync(openSync(temporary, 'wx', 0o600));
  } catch (error) {
    throw error instanceof NewFileError ? error : unwritable(file, error);
  }
}

/** Who owns the folder could put a link in the place of the file while it is being filled. */
function refusePlanted(file: string) {
  const planted = plantedOn(file);
  if (planted === undefined) return;
  throw new NewFileError(
    'FILE_UNSAFE',
    `${file}: found ${planted} in a folder that every user may write in, expected nothing there or something of yours. Name another place.`,
  );
}

function publish(temporary: string, file: string) {
  try {
    takeFreeName(temporary, file);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken(file) : error;
  }
  syncFolder(dirname(file));
}

function taken(file: string) {
  return new NewFileError(
    'FILE_EXISTS',
    `${file}: found a file of that name, expected none: nothing is overwritten. Name another, or remove it first.`,
  );
}

function unwritable(file: string, cause: unknown) {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new NewFileError('FILE_UNWRITABLE', `${file}: ${wordsFor(code, file, message)}`, { cause });
}

function wordsFor(code: string | undefined, file: string, message: string): string {
  switch (code) {
    case 'EEXIST':
      return `found ${file}.new, which somebody is just writing, or was when it was cut off. With nobody at it, remove it: rm ${shellQuoted(`${file}.new`)}`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `found no folder ${dirname(file)}, expected one that exists. Make it, or name another.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `found a folder that takes no files (${code}), expected one to write to. Name another.`;
    default:
      return `could not be written (${message}). Make room on the disk, or name another place; nothing is left there.`;
  }
}
