/**
 * Files that a command writes where the user says: what is there is replaced, unless somebody else has put it there.
 */
import { closeSync, constants, lstatSync, openSync, writeFileSync } from 'node:fs';
import { plantedOn } from '../persistence/planted.ts';
import { UsageError } from './usage-error.ts';

const { O_WRONLY, O_TRUNC, O_NOFOLLOW } = constants;

/**
 * @param option that names the place, for the message
 * @throws {UsageError} for a place that another user got to first
 * @throws what the system says of one that cannot be written
 */
export function writeOutput(option: string, file: string, text: string): void {
  refusePlanted(option, file);
  const descriptor = openSync(file, flagsFor(file), 0o666);
  try {
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
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

/** As it was looked at: whatever comes between is not written into. A link of the user's own is followed. */
function flagsFor(file: string): number | string {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found) return 'wx';
  return found.isSymbolicLink() ? 'w' : O_WRONLY | O_TRUNC | O_NOFOLLOW;
}
