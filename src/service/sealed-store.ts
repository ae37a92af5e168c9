/**
 * The store of a service and the key of what is sealed in it: opened, with what was cut off before brought to its end, and what a person
 * should know of it said.
 */
import { existsSync, statSync } from 'node:fs';
import type { Logger } from 'pino';
import type { DataDir } from '../persistence/data-dir.ts';
import type { Lock } from '../persistence/lock.ts';
import { settleReplacement } from '../persistence/replace-store.ts';
import { settledKey } from '../persistence/settled-key.ts';
import { openStore, type Store } from '../persistence/store.ts';
import { keyIdOf, sealedWith } from '../persistence/vault.ts';
import { findVaultKey, type KeyPlaces } from '../persistence/vault-key.ts';
import { putBackBesides } from './removed-folder.ts';

export interface SealedStorePorts {
  dataDir: DataDir;
  keys: KeyPlaces;
  log: Logger;
  /** Epoch ms. */
  now: number;
  /** For a data folder that somebody has removed: see `RemovedFolderPorts`. */
  leaveAddress: () => void;
  /** Told how to close the store as soon as it is open, whatever fails after that. */
  opened: (close: () => Promise<void>) => void;
}

/** Call it as the owner of the data folder's lock. @throws {StoreError} @throws {VaultKeyError} */
export async function openSealedStore(ports: SealedStorePorts): Promise<{ store: Store; key: Buffer }> {
  const { dataDir, keys, log, now, leaveAddress, opened } = ports;
  const { vaultKey: keyFile, store: file } = dataDir;
  const before = settleReplacement(file, now);
  if (before !== null)
    log.warn({ file: before }, 'store.replaced: a restore was cut off after that; this is the store before');
  const found = findVaultKey({ environment: keys, file: keyFile });
  if (found.created) {
    log.warn(
      { file: keyFile },
      'vault.key.created: back it up, or set NIGHTSHIFT_KEY; without it the secrets are lost',
    );
  }
  if (!found.created && existsSync(keyFile) && statSync(file).size === 0) {
    log.warn(
      { file },
      'store.empty: everything begins afresh; if there was something in it, stop the service and restore a backup: nightshift restore latest',
    );
  }
  let settled = found;
  const taken: Lock[] = [];
  const store = await openStore(`sqlite://${file}`, {
    rescued: (file) => {
      const lock = putBackBesides({ dataDir, found: settled, leaveAddress, log, since: now });
      if (lock) taken.push(lock);
      log.error({ file }, 'store.rescued: somebody has removed its files; they are there again');
    },
  });
  opened(async () => {
    await store.close();
    for (const lock of taken) lock.release();
  });
  settled = await settledKey(found, keyFile, store);
  if (settled !== found) {
    const todo = 'stop the service and run: nightshift vault rotate';
    log.warn({ file: keyFile, todo }, 'vault.key.rotated: what was cut off is done, but nothing was erased');
  }
  await tellClosed(store, settled.key, log);
  return { store, key: settled.key };
}

/** Says of secrets that the key does not open: whoever needs one may find that out weeks later, when nobody has the other key any more. */
async function tellClosed(store: Store, key: Buffer, log: Logger): Promise<void> {
  const sealed = await sealedWith(store);
  const id = keyIdOf(key);
  const others = [...sealed].filter(([other]) => other !== id && other !== '');
  if (others.length === 0) return;
  const facts = {
    key: id,
    needed: others.map(([other]) => other),
    count: others.reduce((sum, [, count]) => sum + count, 0),
  };
  log.warn(
    facts,
    'vault.closed: secrets in the store are under another key; put that one back, or they are lost: nightshift doctor',
  );
}
