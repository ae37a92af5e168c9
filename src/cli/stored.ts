/**
 * What a command reads from the store itself, so that it answers whether the service runs or not.
 */
import { existsSync } from 'node:fs';
import { dataDirAt } from '../persistence/data-dir.ts';
import { openStoreFile, type StoreReader } from '../persistence/store.ts';
import { ClientError, refuseUnreadable } from './client.ts';

/**
 * Opens the store of the data folder for as long as the work takes, and gives back what it gives.
 *
 * @throws {ClientError} `STORE_MISSING`, `DATA_UNREADABLE`
 */
export async function stored<T>(data: string, work: (reader: StoreReader) => Promise<T>): Promise<T> {
  refuseUnreadable(data);
  const { store } = dataDirAt(data);
  if (!existsSync(store)) {
    throw new ClientError(
      'STORE_MISSING',
      `${store}: found no store, expected one. Start the service: nightshift start`,
    );
  }
  const reader = openStoreFile(store);
  try {
    return await work(reader);
  } finally {
    reader.close();
  }
}
