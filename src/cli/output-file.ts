/**
 * Files that a command writes where the user says: what is there is replaced, unless somebody else has put it there.
 */
import { lstatSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { ownTemporary, writeDurableFile } from '../persistence/durable-file.ts';
import { plantedOn } from '../persistence/planted.ts';
import { UsageError } from './usage-error.ts';

/**
 * Writes the file whole or not at all: beside its place, and into it in one step. A link of the user's own is followed; what is no
 * file, as `/dev/stdout`, is written into.
 *
 * @param option that names the place, for the message
 * @throws {UsageError} for a place that another user got to first
 * @throws what the system says of one that cannot be written
 */
export function writeOutput(option: string, file: string, text: string): void {
  refusePlanted(option, file);
  const found = statSync(file, { throwIfNoEntry: false });
  const isLinkToNothing = !found && lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  if (isLinkToNothing || (found && !found.isFile())) {
    writeFileSync(file, text);
    return;
  }
  const place = found ? realpathSync(file) : file;
  try {
    writeDurableFile(place, text, found ? found.mode & 0o777 : 0o666, ownTemporary(place));
  } catch (error) {
    if (!found || !isClosed(error)) throw error;
    // A file may be the user's in a folder that is not.
    writeFileSync(place, text);
  }
}

/** @throws {UsageError} for a place that another user got to first */
export function refusePlanted(option: string, path: string): void {
  const planted = plantedOn(path);
  if (planted === undefined) return;
  throw new UsageError(
    `${option}: found ${planted} in a folder that every user may write in, on the way to ${path}, expected nothing there or something of yours. Name another place.`,
  );
}

function isClosed(error: unknown): boolean {
  return /^(EACCES|EPERM|EROFS|EBUSY)$/.test((error as NodeJS.ErrnoException).code ?? '');
}
