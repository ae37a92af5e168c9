/**
 * Programs that some of the jobs need, and that not every machine has.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the first of the programs is that there is; undefined without any. */
export function findProgram(names: readonly string[], path = process.env.PATH ?? ''): string | undefined {
  // Debian has servers where the PATH of an ordinary user does not look.
  const folders = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
