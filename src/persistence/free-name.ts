/**
 * A finished file gets a name that nobody has: a rename would take the place of whoever has come meanwhile, a link does not.
 */
import { linkSync, lstatSync, renameSync, rmSync } from 'node:fs';

/** @throws with the code `EEXIST` when the name is taken, be it by a link to nothing */
export function takeFreeName(temporary: string, file: string): void {
  if (linked(temporary, file)) {
    rmSync(temporary);
    return;
  }
  // Without links, there is a moment in which somebody may come.
  if (lstatSync(file, { throwIfNoEntry: false }))
    throw Object.assign(new Error(`EEXIST: file already exists, '${file}'`), { code: 'EEXIST' });
  renameSync(temporary, file);
}

/** A second name for the file; where the file system knows no such thing, undefined and nothing is done. @throws when the name is taken */
export function linked(file: string, name: string): true | undefined {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if (/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}
