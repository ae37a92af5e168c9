/**
 * What a command reads from the store itself, so that it answers whether the service runs or not.
 */
import { existsSync } from 'node:fs';
import { dataDirAt } from '../persistence/data-dir.ts';
import { openStoreFile, type StoreReader } from '../persistence/store-reader.ts';
import { ClientError, refuseUnreadable } from './client.ts';

/**
 * Opens the store of the data folder for as long as the work takes, and gives back what it gives.
 *
 * @param view with `at one instant`, what belongs together is read as it was together; not for long, for the log of a service's writes grows meanwhile
 * @throws {ClientError} `STORE_MISSING`, `DATA_UNREADABLE`
 */
export async function stored<T>(
  data: string,
  work: (reader: StoreReader) => Promise<T>,
  view?: 'at one instant',
): Promise<T> {
  refuseUnreadable(data);
  const reader = openStoreFile(storeIn(data), view);
  try {
    return await work(reader);
  } finally {
    reader.close();
  }
}

/** The store's file. @throws {ClientError} `STORE_MISSING` */
export function storeIn(data: string): string {
  const file = dataDirAt(data).store;
  if (existsSync(file)) return file;
  throw new ClientError('STORE_MISSING', `${file}: found no store, expected one. Start the service: nightshift start`);
}
