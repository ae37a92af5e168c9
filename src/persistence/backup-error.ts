import { NightshiftError } from '../errors.ts';

/**
 * A backup that cannot be made, or is of no use.
 *
 * `COPY_DAMAGED`: the copy is not what the store held. `BACKUP_DAMAGED`: a file is no whole backup. `BACKUP_NO_ROOM`: the disk would be full.
 * `BACKUP_UNDER_WAY`: another one is just made. `BACKUP_FOLDER`: there can be no folder for them, or it is closed.
 */
export class BackupError extends NightshiftError {}
