/**
 * What goes with the store's files when somebody removes the data folder of a running service: its lock, so that a second service
 * would begin every job once more; the vault's key, so that the next start could read no secret; and the address, so that every
 * command would take the service for down. All of it is known here still, and is put back.
 */
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import type { DataDir } from '../persistence/data-dir.ts';
import { acquireLock, type Lock } from '../persistence/lock.ts';
import { keepKey, type VaultKey } from '../persistence/vault-key.ts';

export interface RemovedFolderPorts {
  dataDir: Pick<DataDir, 'lock' | 'vaultKey' | 'address'>;
  found: Pick<VaultKey, 'key' | 'source'>;
  /** Leaves the service's address for the commands, and the token with it; nothing while the service has none. */
  leaveAddress: () => void;
  log: Pick<Logger, 'error'>;
  /** Since when the service has the folder: epoch ms. */
  since: number;
}

/**
 * Puts back what is missing, and nothing else. What cannot be put back is said in the log, for what runs is worth more.
 *
 * @returns the lock, if it had to be taken again
 */
export function putBackBesides({ dataDir, found, leaveAddress, log, since }: RemovedFolderPorts): Lock | undefined {
  const { lock, vaultKey, address } = dataDir;
  const unlessThere = <What>(file: string, putBack: () => What): What | undefined => {
    if (existsSync(file)) return undefined;
    try {
      return putBack();
    } catch (err) {
      log.error({ file, err }, 'folder.incomplete: stop the service and start it again');
      return undefined;
    }
  };
  const taken = unlessThere(lock, () => acquireLock(lock, since));
  if (found.source === 'file') unlessThere(vaultKey, () => keepKey(vaultKey, found.key));
  unlessThere(address, leaveAddress);
  return taken;
}
