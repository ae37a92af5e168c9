/**
 * The data folder: where one nightshift keeps everything it must not lose.
 *
 * The vault's key and the API's token lie in it, so whoever may write there could put others in their place.
 * A folder made here belongs to its user alone; one that was there before is taken as it is, never chmodded,
 * and refused when strangers may write in it, or have made the way to it.
 */
import { closeSync, lstatSync, mkdirSync, openSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { NightshiftError } from '../errors.ts';
import { syncFolder } from './durable-file.ts';
import { databaseFiles, refuseOther } from './file-kind.ts';
import { plantedOn } from './planted.ts';

/** Absolute paths. */
export interface DataDir {
  root: string;
  store: string;
  lock: string;
  /** Where backups lie unless the config says otherwise. */
  backups: string;
  vaultKey: string;
  apiToken: string;
  /** Where the running service can be reached. */
  address: string;
  /** Who held up the event loop, written in case the process does not live to tell. */
  standstill: string;
  /** Programs that were started, a file for each. */
  children: string;
  /** What programs keep between the attempts of a run. */
  commands: string;
  /** The log's files. */
  logs: string;
}

/** `DATA_DIR_NOT_A_FOLDER`, `DATA_DIR_UNWRITABLE`, `DATA_DIR_UNSAFE` or `DATA_DIR_FULL`. */
export class DataDirError extends NightshiftError {}

/** The paths alone: nothing is looked at and nothing made. */
export function dataDirAt(path: string): DataDir {
  const root = resolve(path);
  return {
    root,
    store: join(root, 'nightshift.db'),
    lock: join(root, 'lock.db'),
    backups: join(root, 'backups'),
    vaultKey: join(root, 'vault.key'),
    apiToken: join(root, 'api.token'),
    address: join(root, 'api.json'),
    standstill: join(root, 'standstill.json'),
    children: join(root, 'children'),
    commands: join(root, 'commands'),
    logs: join(root, 'logs'),
  };
}

/**
 * Makes sure that the folder exists and can be used. It is made with mode 0700, its missing parents too.
 *
 * @throws {DataDirError}
 * @throws {FileKindError} when something in it is no file that has to be one
 */
export function openDataDir(path: string): DataDir {
  const dataDir = dataDirAt(path);
  const { root } = dataDir;
  try {
    refusePlanted(root);
    const found = statSync(root, { throwIfNoEntry: false });
    if (found) check(root, found);
    else make(root);
    tryToWrite(root);
    makePrivate(dataDir.store);
  } catch (error) {
    throw refusal(root, error);
  }
  for (const file of dataFiles(dataDir)) refuseOther(file);
  return dataDir;
}

/** What lies directly in it, where it is there: all of them are files. */
export function dataFiles({ root, store, lock, vaultKey, apiToken, address, standstill }: DataDir): string[] {
  const others = [join(root, 'lock.json'), vaultKey, apiToken, address, standstill];
  return [...databaseFiles(store), ...databaseFiles(lock), ...others];
}

/**
 * Why a folder cannot hold secrets; undefined when it can. Any user's writing is refused, a group's too when the folder
 * is another's. Where there are no user ids (`uid` undefined), nothing is refused.
 */
export function unsafe({ uid: owner, mode }: Pick<Stats, 'uid' | 'mode'>, uid: number | undefined): string | undefined {
  if (uid === undefined) return undefined;
  if (mode & 0o002) return 'that every user may write in';
  if (mode & 0o020 && owner !== uid) return `of user ${owner} that its group may write in`;
  return undefined;
}

function refusePlanted(root: string) {
  const planted = plantedOn(root);
  if (planted === undefined) return;
  throw new DataDirError(
    'DATA_DIR_UNSAFE',
    `${root}: found ${planted} in a folder that every user may write in, on the way to it, expected a way that only you can change. Name another with --data.`,
  );
}

function check(root: string, found: Stats) {
  if (!found.isDirectory()) throw notAFolder(root);
  const danger = unsafe(found, process.geteuid?.());
  if (!danger) return;
  const permissions = (found.mode & 0o777).toString(8);
  throw new DataDirError(
    'DATA_DIR_UNSAFE',
    `${root}: found a folder ${danger} (mode ${permissions}), expected one where only you can. Name another with --data or, if this one is for nightshift alone, run: chmod go-w '${root}'`,
  );
}

/** One folder after the other: Node's own `recursive` goes round for ever where a folder can have no children, as `/proc`. */
function make(root: string) {
  const parent = dirname(root);
  if (!statSync(parent, { throwIfNoEntry: false })) make(parent);
  mkdirSync(root, { mode: 0o700 });
  // A commit in a folder whose own name was lost with the power would be lost too.
  syncFolder(parent);
}

/** Asking for permissions answers for the real user and knows nothing of a quirky mount: only trying tells. */
function tryToWrite(root: string) {
  const probe = join(root, `.writable-${process.pid}`);
  try {
    writeFileSync(probe, '');
  } catch (error) {
    // A full disk is no reason to stay down: what is in the store can still be read, and room can be made.
    if (codeOf(error) !== 'ENOSPC') throw error;
  }
  rmSync(probe, { force: true });
}

/** SQLite gives its log and its index the mode of the file, which is this one also in a folder that others may read. */
function makePrivate(file: string) {
  try {
    closeSync(openSync(file, 'ax', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' && codeOf(error) !== 'ENOSPC') throw error;
  }
}

function refusal(root: string, error: unknown) {
  if (error instanceof DataDirError) return error;
  const code = codeOf(error);
  const isLink = () => lstatSync(root, { throwIfNoEntry: false }) !== undefined;
  if (code === 'EEXIST' || code === 'ENOTDIR' || (code === 'ENOENT' && isLink())) {
    return notAFolder(root, { cause: error });
  }
  return new DataDirError(
    'DATA_DIR_UNWRITABLE',
    `${root}: found that it cannot be written (${code}), expected a folder of your own. Name another with --data, or give this one to yourself with chown and chmod u+rwx.`,
    { cause: error },
  );
}

function notAFolder(root: string, options?: ErrorOptions) {
  const message = `${root}: found a file, or a link to nothing, in its place or on the way to it, expected a folder. Name another with --data.`;
  return new DataDirError('DATA_DIR_NOT_A_FOLDER', message, options);
}

function codeOf(error: unknown) {
  return (error as NodeJS.ErrnoException).code;
}
