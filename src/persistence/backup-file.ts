/**
 * A backup: one file with all that is in a store, made while the store may be in use, and proved before it has its name.
 */
import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatSize } from '../policies/size.ts';
import { BackupError } from './backup-error.ts';
import { refuseStrangeStore } from './file-kind.ts';
import { writeNewFile } from './new-file.ts';
import { copyInThread, proveInThread } from './store-copy-thread.ts';
import { openStoreFile, type StoreReader } from './store-reader.ts';

export interface BackupFile<Seen> {
  bytes: number;
  /** Keys of rows that are not as they were written: in the store, and so in its copy. */
  changed: string[];
  /** What the look at it gave. */
  seen: Seen;
}

export interface BackupFilePorts<Seen> {
  signal: AbortSignal;
  /** Looks into the proved copy; what it throws fails the backup. */
  look: (copy: StoreReader) => Promise<Seen>;
  /** Makes the copy. Default: {@link copyInThread}. */
  copy?: typeof copyInThread;
  /** Of the disk that a folder is on. Default: what the file system says. */
  freeBytes?: (folder: string) => Promise<number>;
}

/** What a copy must leave free on the disk of the store: when that is full, every job stops. */
const reserveBytes = 64_000_000;

/**
 * @param store the store's file
 * @param file the backup's: it must not be there yet
 * @throws {BackupError} `BACKUP_NO_ROOM`, `COPY_DAMAGED`
 * @throws {NewFileError}
 */
export async function writeBackup<Seen>(
  store: string,
  file: string,
  { signal, look, copy = copyInThread, freeBytes = freeOn }: BackupFilePorts<Seen>,
): Promise<BackupFile<Seen>> {
  refuseStrangeStore(store);
  return await writeNewFile(file, async (temporary) => {
    refuseFull(store, dirname(file), await freeBytes(dirname(file)));
    const facts = await copy(store, temporary, signal);
    const { bytes } = await proveInThread(temporary, facts, signal);
    const reader = openStoreFile(temporary);
    try {
      const seen = await look(reader);
      signal.throwIfAborted();
      return { bytes, changed: facts.changed, seen };
    } finally {
      reader.close();
    }
  });
}

/** How much a copy of the store takes, its log included. */
export function storeBytes(store: string): number {
  const log = statSync(`${store}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  return statSync(store).size + log;
}

export async function freeOn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function refuseFull(store: string, folder: string, free: number) {
  const reserve = statSync(store).dev === statSync(folder).dev ? reserveBytes : 0;
  const needed = storeBytes(store) + reserve;
  if (free >= needed) return;
  throw new BackupError(
    'BACKUP_NO_ROOM',
    `${folder}: found ${formatSize(free)} free, expected ${formatSize(needed)} for a copy of the store${reserve > 0 ? ' and to work on' : ''}. Make room, keep fewer copies (builtIn.backup.keep), or put them elsewhere (builtIn.backup.dir).`,
  );
}
