/**
 * What V8 makes of the sources, kept from one start to the next: a command answers in half the time, and a service is back sooner.
 *
 * V8 runs what it finds there as it is, so it must be out of reach for others. Node's own place for it, in the folder for temporary files,
 * goes by a name that anybody can work out and make first; ours is used only when it is this user's and closed to everybody else.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Without such a place, nothing is kept. */
export function keepCompiled(): void {
  const folder = privateFolder(tmpdir());
  if (folder !== undefined) module.enableCompileCache(folder);
}

/** Writes down what has been compiled so far: Node does so when a process ends by itself, and one that is killed never does. */
export function writeCompiled(): void {
  module.flushCompileCache();
}

/** A folder for this user alone, made if need be; undefined when somebody else was there first. */
export function privateFolder(parent: string): string | undefined {
  const uid = process.geteuid?.();
  const folder = join(parent, uid === undefined ? 'nightshift' : `nightshift-${uid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there, or cannot be: seen below.
  }
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return undefined;
  return uid === undefined || (found.uid === uid && (found.mode & 0o077) === 0) ? folder : undefined;
}
