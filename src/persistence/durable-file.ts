/**
 * Small files that are there whole or not at all, and stay there when the power goes.
 *
 * The text goes into a file beside the wanted one, is synced, and takes the name in one step; then the folder
 * is synced too, for until that happened a name can be lost although its content was not.
 */
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { takeFreeName } from './free-name.ts';

/**
 * Writes a file, replacing the one of that name. Two writers of one file must not meet: they share the temporary name.
 *
 * @param mode permissions, less what the umask takes away; in force before the first byte is written
 * @param temporary beside the file; what is there is removed. Default: `FILE.new`
 * @throws what the system says; the file is as it was then
 */
export function writeDurableFile(file: string, text: string, mode: number, temporary = `${file}.new`): void {
  written(temporary, text, mode, () => renameSync(temporary, file));
  syncFolder(dirname(file));
}

/**
 * Writes a file of a name that nobody has.
 *
 * @param mode as for {@link writeDurableFile}
 * @throws what the system says, `EEXIST` when the name is taken; nothing is there then but what was
 */
export function createDurableFile(file: string, text: string, mode: number): void {
  const temporary = ownTemporary(file);
  written(temporary, text, mode, () => takeFreeName(temporary, file));
  syncFolder(dirname(file));
}

/** A temporary name beside a file that can be no file of the user's. */
export function ownTemporary(file: string): string {
  return `${file}.${process.pid}.new`;
}

/** @param named gives the whole file its name */
function written(temporary: string, text: string, mode: number, named: () => void) {
  // What a crash left behind may have other permissions: it is never written into.
  rmSync(temporary, { force: true });
  const descriptor = openSync(temporary, 'wx', mode);
  try {
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    named();
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Gives a file that somebody else has written its permissions and its name, once all of it is on disk. */
export function moveDurably(temporary: string, file: string, mode: number): void {
  const descriptor = openSync(temporary, 'r+');
  try {
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  syncFolder(dirname(file));
}

/** Returns once the names in the folder are on disk. */
export function syncFolder(folder: string): void {
  syncFile(folder);
}

/** Returns once what the file holds is on disk. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
