/**
 * Actors that the config has no more: their records stay for a while, so that one which comes back goes on where it stood.
 *
 * Since when somebody is missing stands in a row of its own, written by the first start that misses it and taken away by the first
 * that does not.
 */
import type { ClearOut } from './clear-out.ts';
import { recordKey } from './record.ts';
import { rowPages } from './row-pages.ts';
import type { Write } from './store.ts';
import { lastCharacter, type Row } from './store-rows.ts';
import { storeKey } from './vault.ts';

export interface RemovedActor {
  address: string;
  /** The start that first missed it, epoch ms. */
  at: number;
}

export const removedPrefix = 'removed:';

/**
 * What a start has to write of those that are missing, and of those that are back.
 *
 * @param missing addresses with a record and without a place in the config
 * @param known the rows that there are
 * @param now epoch ms
 */
export function removalRows(missing: readonly string[], known: readonly Row[], now: number): Write[] {
  const noted = new Set(known.map(addressOf));
  const gone = new Set(missing);
  const back = [...noted].filter((address) => !gone.has(address));
  return [
    ...missing
      .filter((address) => !noted.has(address))
      .map((address): Write => [`${removedPrefix}${address}`, JSON.stringify({ at: now })]),
    ...back.map((address): Write => [`${removedPrefix}${address}`, null]),
  ];
}

/** What a row says; none for one that says nothing. */
export function removedIn(row: Row): RemovedActor[] {
  try {
    const { at } = JSON.parse(row.json) as { at?: unknown };
    return typeof at === 'number' ? [{ address: addressOf(row), at }] : [];
  } catch {
    return [];
  }
}

/**
 * Clears the records of those that have been missing since before an instant, and the secrets of tokens among them.
 *
 * @param before epoch ms
 * @param isWanted whether the present config has it, whatever its row says
 * @returns whom it has cleared
 */
export async function clearRemoved(
  { store, write, signal }: ClearOut,
  before: number,
  isWanted: (address: string) => boolean,
): Promise<RemovedActor[]> {
  const cleared: RemovedActor[] = [];
  for await (const rows of rowPages(store, removedPrefix, `${removedPrefix}${lastCharacter}`)) {
    signal.throwIfAborted();
    const leaving = rows.flatMap(removedIn).filter(({ address, at }) => at < before && !isWanted(address));
    const keys = leaving.flatMap(({ address }) => [
      recordKey(address),
      `${removedPrefix}${address}`,
      ...(address.startsWith('token/') ? [storeKey(address)] : []),
    ]);
    if (keys.length > 0) await write(keys.map((key) => [key, null]));
    cleared.push(...leaving);
  }
  return cleared;
}

function addressOf({ key }: Row): string {
  return key.slice(removedPrefix.length);
}
