/**
 * What a command reads from the store itself, so that it answers whether the service runs or not.
 */
import { statSync } from 'node:fs';
import { dataDirAt } from '../persistence/data-dir.ts';
import { refuseStrangeStore } from '../persistence/file-kind.ts';
import { lockOwner } from '../persistence/lock.ts';
import { openStoreFile, type StoreReader } from '../persistence/store-reader.ts';
import { isFollowed } from '../shadow/following.ts';
import { ClientError, followed, refuseUnreadable } from './client.ts';

/**
 * Opens the store of the data folder for as long as the work takes, and gives back what it gives.
 *
 * @param view with `at one instant`, what belongs together is read as it was together; not for long, for the log of a service's writes grows meanwhile
 * @throws {ClientError} `STORE_MISSING`, `SHADOW`, `DATA_UNREADABLE`
 */
export async function stored<T>(
  data: string,
  work: (reader: StoreReader) => Promise<T>,
  view?: 'at one instant',
): Promise<T> {
  const reader = openStoreFile(storeIn(data), view);
  try {
    return await work(reader);
  } finally {
    reader.close();
  }
}

/** The store's file. @throws {ClientError} `STORE_MISSING`, `SHADOW`, `DATA_UNREADABLE` @throws {StoreError} for what is no file */
export function storeIn(data: string): string {
  refuseUnreadable(data);
  const { store: file, lock } = dataDirAt(data);
  refuseStrangeStore(file);
  // A shadow, and an import that came to nothing, leave the file that a store would be made in.
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return file;
  const owner = lockOwner(lock);
  if (owner !== null && isFollowed(data, owner.pid)) throw followed(data);
  throw new ClientError('STORE_MISSING', `${file}: found no store, expected one. Start the service: nightshift start`);
}
