/**
 * Whether the folders and files are the service's own: who may write the config decides what runs, and who may read the data
 * folder has every secret in it.
 */
import { accessSync, constants, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unsafe } from '../persistence/data-dir.ts';
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
  if (!stats) return data.ok(`${path} is not there yet: the first start makes it`);
  if (!stats.isDirectory()) return data.problem(`${path} is a file, expected a folder`, 'name another with --data');
  const danger = unsafe(stats, uid);
  if (danger) return data.problem(`${path} is a folder ${danger}`, `chmod go-w ${shellQuoted(path)}`);
  if (isUsable(path)) return data.ok(`${path} is yours`);
  return data.problem(
    `${path} belongs to user ${stats.uid} and is closed to you`,
    `chown -R "$USER" ${shellQuoted(path)}`,
  );
}

/** What holds secrets, or may: all that lies directly in the data folder, which is there. */
export function checkSecrets(root: string): Finding[] {
  const open = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !isPublic(entry.name))
    .map(({ name }) => join(root, name))
    .flatMap((file) => {
      const mode = found(file)?.mode ?? 0;
      return mode & 0o077 ? [{ file, mode: (mode & 0o777).toString(8) }] : [];
    });
  if (open.length === 0) return [secrets.ok('nobody else can read what lies in the data folder')];
  return open.map(({ file, mode }) =>
    secrets.problem(`${file} has mode ${mode}, expected 600: others can read it`, `chmod 600 ${shellQuoted(file)}`),
  );
}

/** Who holds a lock, and where the interface is, may be known to everybody. */
function isPublic(name: string): boolean {
  return /^lock\./.test(name) || name === 'api.json';
}

function isUsable(root: string): boolean {
  try {
    accessSync(root, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function found(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
