/**
 * What somebody else has put in the way.
 *
 * In a folder where everybody may put things, as /tmp, another user can guess a name and be there first: with a link that leads a write to a
 * file of mine, or with a file or folder that stays theirs. So on a way through such a folder, whatever exists must be mine, or the
 * system's. A link of mine may lead through such a folder as well, so each one on the way is followed.
 *
 * @see https://docs.kernel.org/admin-guide/sysctl/fs.html, "protected_symlinks", which some systems turn off and others do not have
 */
import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const everybodyWrites = 0o002;
/** The system goes through no more than so many, one after the other. */
const linksMax = 40;

/**
 * The first such thing on the way to a path, the path itself included, in words as `a link of user 1001 (/tmp/report.html)`; undefined when there is
 * none. What does not exist is nobody's.
 *
 * @param uid who is going to write. Default: this process's user; where there are no user ids, nothing is found
 */
export function plantedOn(path: string, uid = process.geteuid?.()): string | undefined {
  return uid === undefined ? undefined : planted(resolve(path), uid, linksMax);
}

function planted(path: string, uid: number, links: number): string | undefined {
  const parent = dirname(path);
  if (parent === path) return undefined;
  const before = planted(parent, uid, links);
  if (before !== undefined) return before;
  const found = looked(() => lstatSync(path, { throwIfNoEntry: false }));
  if (!found) return undefined;
  const here = isShared(parent) ? strange(path, found, uid) : undefined;
  if (here !== undefined || !found.isSymbolicLink() || links === 0) return here;
  const target = looked(() => readlinkSync(path));
  return target === undefined ? undefined : planted(resolve(parent, target), uid, links - 1);
}

function strange(path: string, found: Stats, uid: number): string | undefined {
  // A second name for a file of mine would have me write into it.
  if (found.uid === uid) return found.isFile() && found.nlink > 1 ? `a file with another name (${path})` : undefined;
  if (found.uid === 0) return undefined;
  const kind = found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'folder' : 'file';
  return `a ${kind} of user ${found.uid} (${path})`;
}

function isShared(folder: string): boolean {
  const found = looked(() => statSync(folder, { throwIfNoEntry: false }));
  return found !== undefined && (found.mode & everybodyWrites) !== 0;
}

/** Where nobody can look, nobody can write either: whoever tries finds out why. */
function looked<Seen>(look: () => Seen): Seen | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
