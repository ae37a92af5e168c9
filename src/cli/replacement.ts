/**
 * What `restore` and `import state` have in common: they put one store in the place of another while no service is at work.
 */
import { openDataDir } from '../persistence/data-dir.ts';
import { acquireLock } from '../persistence/lock.ts';
import { settleReplacement } from '../persistence/replace-store.ts';

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
