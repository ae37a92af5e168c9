/**
 * What `restore`, `recover` and `import state` have in common: they put one store in the place of another while no service is at work.
 */
import { dirname } from 'node:path';
import { freeOn, storeBytes } from '../persistence/backup-file.ts';
import { openDataDir } from '../persistence/data-dir.ts';
import { acquireLock } from '../persistence/lock.ts';
import { settleReplacement } from '../persistence/replace-store.ts';
import { StoreError } from '../persistence/store-error.ts';
import { formatSize } from '../policies/size.ts';

/**
 * Keeps every service away from the data folder, which is made when there is none, while the work lasts.
 *
 * @param now epoch ms
 * @throws {StoreLockedError} when a service is at work there
 */
export async function withServiceAway<Result>(
  data: string,
  now: number,
  work: (store: string) => Promise<Result>,
): Promise<Result> {
  const { store, lock } = openDataDir(data);
  const ours = acquireLock(lock, now);
  try {
    const aside = settleReplacement(store, now);
    if (aside !== null) console.error(`${aside}: the store before, from a replacement that was cut off.`);
    return await work(store);
  } finally {
    ours.release();
  }
}

/**
 * @param source a store's file that is to be written once more, beside the store
 * @param what it is, in words
 * @throws {StoreError} `RESTORE_NO_ROOM`
 */
export async function refuseFull(source: string, store: string, what: string): Promise<void> {
  const [needed, free] = [storeBytes(source), await freeOn(dirname(store))];
  if (free >= needed) return;
  throw new StoreError(
    'RESTORE_NO_ROOM',
    `${store}: found ${formatSize(free)} free, expected ${formatSize(needed)} for ${what} beside the store. Make room; nothing was changed.`,
  );
}
