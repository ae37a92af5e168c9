/**
 * Makes a backup: what the engine does every night, and the command when somebody wants one now.
 *
 * The vault's key is in no backup: who finds one cannot read the secrets in it.
 */

import { type Rehearsal, rehearse } from '../actors/rehearsal.ts';
import type { BackupConfig } from '../config/config.ts';
import { type BackupFilePorts, writeBackup } from '../persistence/backup-file.ts';
import { besideBackups, freeBackup, inBackupFolder, removeOldBackups } from '../persistence/backup-folder.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { sealedWith } from '../persistence/vault.ts';
import { totalOf } from '../policies/total.ts';
import type { Address } from '../stream.ts';
import { type UploadPorts, upload } from './upload.ts';

/** What a backup is, and what became of those before it. */
export interface Backup extends Rehearsal {
  file: string;
  bytes: number;
  /** Keys of rows that are not as they were written: in the store, and so in its copy. */
  changed: string[];
  /** How many sealed secrets are in it. */
  secrets: number;
  /** Names of the backups that were removed because newer ones take their place. */
  removed: string[];
  /** Of the old ones, how many stayed. */
  kept: number;
  uploaded: boolean;
}

export interface BackupPorts extends UploadPorts, Pick<BackupFilePorts<unknown>, 'copy' | 'freeBytes'> {
  /** Absolute. */
  dataDir: string;
  timeZone: string;
  /** Whom a start would look for; undefined when nobody knows. */
  wanted: ReadonlySet<Address> | undefined;
}

/** Under its time, into the folder of the backups, where the old ones are cleared away. */
export async function backUpIntoFolder(
  dir: string,
  config: Pick<BackupConfig, 'keep' | 'upload'>,
  ports: BackupPorts,
): Promise<Backup> {
  const { clock, timeZone } = ports;
  return await inBackupFolder(dir, clock.now(), async () => {
    const now = clock.now();
    const file = freeBackup(dir, now);
    const backup = await written(file, ports);
    const old = removeOldBackups(file, config.keep, timeZone, now);
    // A place elsewhere that takes nothing for weeks must not fill the disk here.
    return { ...backup, ...old, uploaded: await taken(file, config.upload, ports) };
  });
}

/** To where somebody says; nothing there is removed. */
export async function backUpTo(file: string, uploading: BackupConfig['upload'], ports: BackupPorts): Promise<Backup> {
  const backup = await besideBackups(file, ports.clock.now(), () => written(file, ports));
  return { ...backup, removed: [], kept: 0, uploaded: await taken(file, uploading, ports) };
}

async function written(file: string, ports: BackupPorts) {
  const { dataDir, wanted } = ports;
  const { store } = dataDirAt(dataDir);
  const { bytes, changed, seen } = await writeBackup(store, file, {
    ...ports,
    look: async (copy) => ({ secrets: totalOf(await sealedWith(copy)), ...(await rehearse(copy, wanted)) }),
  });
  return { file, bytes, changed, ...seen };
}

async function taken(file: string, uploading: BackupConfig['upload'], ports: BackupPorts): Promise<boolean> {
  if (uploading) await upload(uploading, file, ports);
  return uploading !== null;
}
