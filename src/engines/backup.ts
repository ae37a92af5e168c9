/**
 * `backup`: every night a copy of the store, made while the service works, proved before it counts, and a few of the old
 * ones kept.
 *
 * The vault's key is in no copy: who finds one cannot read the secrets in it.
 */
import { chmodSync, closeSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { lstat, mkdir, rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import type { BackupConfig, FunctionEngine } from '../config/config.ts';
import type { RunScope } from '../config/run-scope.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { syncFolder } from '../persistence/durable-file.ts';
import { copyInThread, proveInThread } from '../persistence/store-copy-thread.ts';
import { ClassifiedError } from '../policies/failure.ts';
import { retained } from '../policies/retention.ts';
import { formatSize } from '../policies/size.ts';
import { builtInSettings, scheduled } from './built-in-settings.ts';

export interface BackupPorts {
  dataDir: string;
  configDir: string;
  timeZone: string;
  clock: Pick<Clock, 'now'>;
  /** Makes the copy. Default: {@link copyInThread}. */
  copy?: typeof copyInThread;
  /** Of the disk that a folder is on. Default: what the file system says. */
  freeBytes?: (dir: string) => Promise<number>;
}

/** What a run returns. */
export interface Backup {
  file: string;
  bytes: number;
  /** Records of actors in it. */
  records: number;
  /** Names of the copies that were removed because newer ones take their place. */
  removed: string[];
  /** Of the old copies, those that stayed. */
  kept: number;
}

const timeoutMs = 3_600_000;
/** What a copy must leave free: a disk that is full stops every job. */
const reserveBytes = 64_000_000;
const made = /^nightshift-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.db$/;
const unfinished = /^nightshift-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.db\.new(-journal|-wal|-shm)?$/;

export function backupEngine(config: BackupConfig, ports: BackupPorts): FunctionEngine {
  const dir = config.dir === null ? join(ports.dataDir, 'backups') : resolve(ports.configDir, config.dir);
  return {
    id: 'backup',
    importance: 'low',
    settings: builtInSettings({ schedule: scheduled(config.schedule, ports.timeZone), timeoutMs }),
    run: (scope) => backUp(scope, dir, config, ports),
  };
}

async function backUp({ signal, log }: RunScope, dir: string, config: BackupConfig, ports: BackupPorts) {
  const { clock, dataDir, timeZone, copy = copyInThread, freeBytes = freeOn } = ports;
  const { store } = dataDirAt(dataDir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  removeUnfinished(dir);
  refuseFull(store, dir, await freeBytes(dir));

  const name = nameAt(clock.now());
  const file = join(dir, name);
  const fresh = `${file}.new`;
  try {
    closeSync(openSync(fresh, 'wx', 0o600));
    const facts = await copy(store, fresh, signal);
    const { unreadable, ...proof } = await proveInThread(fresh, facts, signal);
    if (unreadable.length > 0) log.warn({ file, actors: unreadable.slice(0, 20) }, 'backup.records.unreadable');
    signal.throwIfAborted();
    chmodSync(fresh, 0o600);
    renameSync(fresh, file);
    syncFolder(dir);
    const { removed, kept } = await removeOld(dir, name, config, timeZone);
    return { file, ...proof, removed, kept } satisfies Backup;
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** When a copy of this name was made, epoch ms; null for any other file. */
export function copiedAt(name: string): number | null {
  const [, day, hour, minute, second] = made.exec(name) ?? [];
  const at = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  return Number.isFinite(at) ? at : null;
}

function nameAt(at: number): string {
  return `nightshift-${new Date(at).toISOString().slice(0, 19).replaceAll(':', '-')}Z.db`;
}

/** Files of other names, folders and links are somebody else's. */
async function removeOld(dir: string, newest: string, { keep }: BackupConfig, timeZone: string) {
  const copies = new Map<number, string>();
  for (const name of readdirSync(dir)) {
    const at = copiedAt(name);
    if (at !== null && (await lstat(join(dir, name))).isFile()) copies.set(at, name);
  }
  const stay = retained([...copies.keys()], keep, timeZone);
  const removed = [...copies].filter(([at, name]) => !stay.has(at) && name !== newest).map(([, name]) => name);
  for (const name of removed) rmSync(join(dir, name), { force: true });
  return { removed: removed.sort(), kept: copies.size - removed.length - 1 };
}

/** What a run left behind that was cut off. */
function removeUnfinished(dir: string) {
  for (const name of readdirSync(dir)) if (unfinished.test(name)) rmSync(join(dir, name), { force: true });
}

function refuseFull(store: string, dir: string, free: number) {
  const log = statSync(`${store}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const needed = statSync(store).size + log + reserveBytes;
  if (free >= needed) return;
  throw new ClassifiedError({
    class: 'bug',
    code: 'BACKUP_NO_ROOM',
    message: `${dir}: found ${formatSize(free)} free, expected ${formatSize(needed)} for a copy of the store and to work on. Make room, keep fewer copies (builtIn.backup.keep), or put them elsewhere (builtIn.backup.dir).`,
  });
}

async function freeOn(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
