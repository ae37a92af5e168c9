/**
 * Removes old files, and never anything else: no folder that is in use, no link, nothing that a link leads to.
 */
import { lstat, opendir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface Removed {
  /** Whole paths, of the first {@link namedMax}. */
  names: string[];
  files: number;
  bytes: number;
  /** What could not be removed, and why. */
  problems: string[];
}

export interface OldFiles {
  /** A whole path; a link in its place is refused. */
  folder: string;
  /** Whether a file of this name is meant. */
  isMeant: (name: string) => boolean;
  /** Files that were last written before this instant go: epoch ms. */
  before: number;
  /** The folders in it, and theirs, are cleared too, and removed when they are empty and as old. */
  deep: boolean;
}

/** How many are named one by one. */
export const namedMax = 100;

export function nothingRemoved(): Removed {
  return { names: [], files: 0, bytes: 0, problems: [] };
}

/** A folder that is not there is a problem; a file that has gone meanwhile is none. */
export async function removeOldFiles(what: OldFiles, removed: Removed, signal: AbortSignal): Promise<void> {
  const { folder } = what;
  try {
    // A link could lead anywhere, and elsewhere tomorrow.
    if (!(await lstat(folder)).isDirectory()) throw new Error('found no folder in its place, expected one');
    for await (const { name } of await opendir(folder)) {
      signal.throwIfAborted();
      await removeOld(what, join(folder, name), name, removed, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    removed.problems.push(`${folder}: ${reasonOf(error)}`);
  }
}

async function removeOld(what: OldFiles, path: string, name: string, removed: Removed, signal: AbortSignal) {
  try {
    const found = await lstat(path);
    const isOld = found.mtimeMs < what.before;
    if (found.isDirectory() && what.deep) {
      await removeOldFiles({ ...what, folder: path }, removed, signal);
      if (isOld) await rmdir(path).catch(() => {});
    }
    if (!found.isFile() || !isOld || !what.isMeant(name)) return;
    await unlink(path);
    removed.files += 1;
    removed.bytes += found.size;
    if (removed.names.length < namedMax) removed.names.push(path);
  } catch (error) {
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') removed.problems.push(`${path}: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'found no folder of that name, expected one' : (code ?? message);
}
