/**
 * Whether the folders and files are the service's own: who may write the config decides what runs, and who may read the data
 * folder has every secret in it.
 */
import { accessSync, closeSync, constants, type Dirent, openSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dataDirAt, dataFiles, unsafe } from '../persistence/data-dir.ts';
import { strangeAt } from '../persistence/file-kind.ts';
import { shellQuoted } from '../policies/shell-quoted.ts';
import { type Finding, findings } from './finding.ts';

const config = findings('config file');
const data = findings('data folder');
const secrets = findings('secrets');

/** Who else may write the config, or put another in its place. None when there is no such file: the config says so itself. */
export function checkConfigFile(file: string, uid: number | undefined): Finding[] {
  const [own, folder] = [found(file), found(dirname(file))];
  if (!own || !folder) return [];
  const open = [
    { path: file, danger: unsafe(own, uid) },
    // A folder as /tmp, where nobody may touch what is another's, is not one where the file can be replaced.
    { path: dirname(file), danger: folder.mode & 0o1000 ? undefined : unsafe(folder, uid) },
  ].filter(({ danger }) => danger !== undefined);
  if (open.length === 0) return [config.ok(`${file} can be written by its owner alone`)];
  return open.map(({ path, danger }) =>
    config.problem(
      `${path} is a place ${danger}: whoever does decides what this service runs`,
      `chmod go-w ${shellQuoted(path)}`,
    ),
  );
}

/** The data folder: there, the user's own, writable. */
export function checkDataFolder(path: string, uid: number | undefined): Finding {
  const stats = found(path);
  if (!stats && isHidden(path)) {
    const what = `${path} cannot be looked at: a folder on the way to it is closed to you`;
    return data.problem(what, 'run this as the user whom the service runs as, or name another folder with --data');
  }
  if (!stats) return data.ok(`${path} is not there yet: the first start makes it`);
  if (!stats.isDirectory()) return data.problem(`${path} is a file, expected a folder`, 'name another with --data');
  const danger = unsafe(stats, uid);
  if (danger) return data.problem(`${path} is a folder ${danger}`, `chmod go-w ${shellQuoted(path)}`);
  if (isUsable(path)) {
    const isOwn = uid === undefined || stats.uid === uid;
    return data.ok(isOwn ? `${path} is yours` : `${path} is open to you, and belongs to user ${stats.uid}`);
  }
  return data.problem(`${path} belongs to user ${stats.uid} and is closed to you`, makeYours(path));
}

/** What stands, in the data folder, in the place of a file that a command would open, and may never end to read. */
export function checkStrange(root: string): Finding[] {
  return dataFiles(dataDirAt(root)).flatMap((path) => {
    const strange = strangeAt(path);
    return strange ? [data.problem(strange.what, strange.fix)] : [];
  });
}

/** What lies directly in the data folder, which is there, and cannot be read: nothing else in it can be judged then. */
export function checkClosed(root: string): Finding[] {
  const closed = filesIn(root).filter((file) => !isReadable(file));
  if (closed.length === 0) return [];
  const owners = [...new Set(closed.map((file) => found(file)?.uid))].filter((uid) => uid !== undefined);
  const what = `in ${root} what belongs to user ${owners.join(' and ')} is closed to you: ${closed.map((file) => basename(file)).join(', ')}`;
  return [data.problem(what, makeYours(root))];
}

function makeYours(root: string): string {
  return `run this as the user whom the service runs as; if that is to be you: sudo chown -R "$USER" ${shellQuoted(root)}`;
}

/**
 * What holds secrets, or may: all that lies directly in the data folder, which is there. A folder in it, as that of backups or logs, is closed by
 * its own mode or by that of the data folder.
 */
export function checkSecrets(root: string): Finding[] {
  const isOpen = isShared(root);
  const open = [
    ...filesIn(root)
      .filter((file) => !isPublic(basename(file)))
      .map((path) => ({ path, wanted: '600', danger: 'others can read it' })),
    ...(isOpen ? foldersIn(root) : []).map((path) => ({
      path,
      wanted: '700',
      danger: 'others can read what is in it',
    })),
  ].filter(({ path }) => isShared(path));
  if (open.length === 0) return [secrets.ok('nobody else can read what lies in the data folder')];
  return open.map(({ path, wanted, danger }) =>
    secrets.problem(
      `${path} has mode ${modeOf(path).toString(8)}, expected ${wanted}: ${danger}`,
      `chmod ${wanted} ${shellQuoted(path)}`,
    ),
  );
}

function isShared(path: string): boolean {
  return (modeOf(path) & 0o077) !== 0;
}

/** Of one that is gone by now: nobody's. */
function modeOf(path: string): number {
  return (found(path)?.mode ?? 0) & 0o777;
}

function filesIn(root: string): string[] {
  return entriesIn(root, (entry) => entry.isFile());
}

function foldersIn(root: string): string[] {
  return entriesIn(root, (entry) => entry.isDirectory());
}

function entriesIn(root: string, isWanted: (entry: Dirent) => boolean): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter(isWanted)
    .map(({ name }) => join(root, name));
}

/** One that is gone by now is closed to nobody. */
function isReadable(file: string): boolean {
  try {
    closeSync(openSync(file, 'r'));
    return true;
  } catch (error) {
    return codeOf(error) !== 'EACCES';
  }
}

function isHidden(path: string): boolean {
  try {
    statSync(path, { throwIfNoEntry: false });
    return false;
  } catch (error) {
    return codeOf(error) === 'EACCES';
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Who holds a lock, and where the interface is, may be known to everybody. */
function isPublic(name: string): boolean {
  return /^lock\./.test(name) || name === 'api.json';
}

/** Of one on a disk that can only be read, the disk itself will say so: it is not closed to anybody. */
function isUsable(root: string): boolean {
  try {
    accessSync(root, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    return codeOf(error) === 'EROFS';
  }
}

function found(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
