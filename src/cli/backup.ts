/**
 * `backup`: makes a backup of the store now, whether a service has it open or not; or lists those that there are.
 */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../clock.ts';
import type { UploadConfig } from '../config/config.ts';
import { resolveConfig } from '../config/resolve.ts';
import { type Backup, type BackupPorts, backUpIntoFolder, backUpTo } from '../engines/make-backup.ts';
import { startedAlone } from '../engines/upload.ts';
import { backupName, backupsIn } from '../persistence/backup-folder.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { isDamage } from '../persistence/sqlite-error.ts';
import { openingError } from '../persistence/store-damage.ts';
import { parseDuration } from '../policies/duration.ts';
import { formatSize } from '../policies/size.ts';
import { wordsOf } from '../policies/words.ts';
import { interruptible } from './interruptible.ts';
import { type KnownConfig, knownConfig } from './known-config.ts';
import { oneLine } from './output.ts';
import type { PlaceOptions } from './place.ts';
import { changedLines, recordsText, rehearsalLines } from './rehearsal-text.ts';
import { storeIn } from './stored.ts';
import { table } from './table.ts';
import { withTypedPlace } from './typed-place.ts';
import { UsageError } from './usage-error.ts';

export interface BackupOptions extends PlaceOptions {
  /** A program with its arguments; false: nothing is taken elsewhere. */
  upload?: string | false;
  uploadTimeout?: string;
  list?: boolean;
  json?: boolean;
}

/**
 * @param target a file that there is not yet, or a folder to put one into; without it, the folder of the backups
 * @param now epoch ms
 * @returns the exit code
 * @throws {StoreError} `STORE_CORRUPT`, with the command that mends it
 */
export async function backup(target: string | undefined, options: BackupOptions, now: number): Promise<number> {
  const known = await knownConfig(options);
  if (options.list) return list(target, known, options);
  const { data } = known.place;
  const store = storeIn(data);
  if (known.problem !== undefined) warn(`The config could not be used: ${known.problem}`);
  const made = await interruptible('making a backup', (signal) =>
    make(target, options, known, portsOf(known, signal), now),
  ).catch((error) => {
    // What is damaged in the copy has words of its own: this is the store, which cannot be read to its end.
    throw isDamage(error) ? openingError(store, error) : error;
  });
  console.log(options.json ? JSON.stringify(made) : readable(made, data));
  return 0;
}

async function make(
  target: string | undefined,
  options: BackupOptions,
  known: KnownConfig,
  ports: BackupPorts,
  now: number,
): Promise<Backup> {
  const named = uploadNamed(options, known);
  if (target === undefined) {
    const { keep, upload } = known.backup();
    return await backUpIntoFolder(known.backupDir(), { keep, upload: named === undefined ? upload : named }, ports);
  }
  const path = resolve(target);
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  return await backUpTo(isFolder ? join(path, backupName(now)) : path, named ?? null, ports);
}

/** undefined: nobody has said anything. */
function uploadNamed(
  { upload, uploadTimeout }: BackupOptions,
  { place }: KnownConfig,
): UploadConfig | null | undefined {
  if (uploadTimeout !== undefined && typeof upload !== 'string')
    throw new UsageError('--upload-timeout: found without --upload, expected beside it.');
  if (upload === undefined) return undefined;
  if (upload === false) return null;
  const run = wordsOf(upload);
  if (run === null) throw wrongUpload(upload, 'a quote that does not end');
  if (!run[0]) throw wrongUpload(upload, 'no program');
  if (uploadTimeout !== undefined && !parseDuration(uploadTimeout))
    throw new UsageError(`--upload-timeout: found '${uploadTimeout}', expected a length of time such as 30m.`);
  // What the person who types this has in the environment is theirs.
  const inherit = Object.keys(process.env).filter((name) => name !== '');
  const definition = {
    run,
    inherit,
    cwd: process.cwd(),
    ...(uploadTimeout !== undefined && { timeout: uploadTimeout }),
  };
  return resolveConfig({ builtIn: { backup: { upload: definition } } }, {}, place.data).builtIn.backup?.upload ?? null;
}

function wrongUpload(found: string, what: string) {
  return new UsageError(
    `--upload: found '${oneLine(found)}' with ${what}, expected a program and its arguments, as in 'rclone copyto {file} far:{name}'.`,
  );
}

function portsOf({ place, timeZone, wanted }: KnownConfig, signal: AbortSignal): BackupPorts {
  // What the program prints must not stand in the midst of what this command prints for machines.
  const listener = { line: (line: string) => warn(oneLine(line)), leftOut: () => {}, alive: () => {} };
  return {
    dataDir: place.data,
    timeZone,
    wanted,
    clock: systemClock,
    env: process.env,
    signal,
    started: startedAlone(systemClock),
    out: listener,
    err: listener,
  };
}

function readable(made: Backup, data: string): string {
  const { file, bytes, secrets, removed, kept, uploaded } = made;
  const { vaultKey } = dataDirAt(data);
  const older = kept === 1 ? '1 older one stays' : `${kept} older ones stay`;
  return [
    `${file}: ${formatSize(bytes)}, whole; ${recordsText(made)}.`,
    ...rehearsalLines(made),
    ...changedLines(made.changed),
    ...(removed.length > 0 ? [`Removed: ${removed.join(', ')}; ${older}.`] : []),
    ...(uploaded ? ['Uploaded.'] : []),
    ...(secrets > 0 && existsSync(vaultKey)
      ? [`The key to the secrets in it is not in it: keep a copy of ${vaultKey} somewhere else.`]
      : []),
  ].join('\n');
}

function list(target: string | undefined, known: KnownConfig, { json, ...options }: BackupOptions): number {
  const folder = target === undefined ? known.backupDir() : resolve(target);
  const found = backupsIn(folder);
  if (json) console.log(JSON.stringify(found));
  else if (found.length === 0)
    console.log(`${folder}: no backups. Make one: ${withTypedPlace('nightshift backup', options)}`);
  else
    console.log(
      table(
        ['BACKUP', 'MADE', 'SIZE'],
        found.map(({ file, at, bytes }) => [
          file,
          new Date(at).toLocaleString('sv-SE', { timeZone: known.timeZone }),
          formatSize(bytes),
        ]),
      ),
    );
  return 0;
}

function warn(text: string): void {
  console.error(text);
}
