/**
 * Clears old rows out of the store: ledger entries, and records in quarantine.
 *
 * Rows go a few at a time, each few in a write of their own among those of the jobs.
 */
import { entriesSince, ledgerAddresses, ledgerPages } from './ledger.ts';
import { type RowSource, rowPages } from './row-pages.ts';
import { lastCharacter, type Write } from './store.ts';

export interface ClearOut {
  store: RowSource;
  write: (rows: readonly Write[]) => Promise<void>;
  signal: AbortSignal;
}

/** Entries of one actor that stay at any age. */
export const entriesKept = 50;
const quarantinePrefix = 'quarantine:';

/**
 * Removes the ledger entries that were decided before an instant, but none of an actor's newest 50.
 *
 * @param before epoch ms
 * @returns how many were removed
 */
export async function clearLedger({ store, write, signal }: ClearOut, before: number): Promise<number> {
  let removed = 0;
  for (const address of await ledgerAddresses(store)) {
    const staying = Math.max(entriesKept - (await entriesSince(store, address, before, entriesKept)), 0);
    // The last of the old ones, in case they have to stay.
    let held: string[] = [];
    for await (const rows of ledgerPages(store, address, 0, before)) {
      signal.throwIfAborted();
      held.push(...rows.map(({ key }) => key));
      const leaving = held.slice(0, Math.max(held.length - staying, 0));
      held = held.slice(leaving.length);
      if (leaving.length > 0) await write(leaving.map((key) => [key, null]));
      removed += leaving.length;
    }
  }
  return removed;
}

/**
 * Removes the records that went into quarantine before an instant. One that does not say when stays.
 *
 * @param before epoch ms
 * @returns how many were removed
 */
export async function clearQuarantine({ store, write, signal }: ClearOut, before: number): Promise<number> {
  let removed = 0;
  for await (const rows of rowPages(store, quarantinePrefix, `${quarantinePrefix}${lastCharacter}`)) {
    signal.throwIfAborted();
    const leaving = rows.filter(({ json }) => quarantinedAt(json) < before);
    if (leaving.length > 0) await write(leaving.map(({ key }) => [key, null]));
    removed += leaving.length;
  }
  return removed;
}

function quarantinedAt(json: string): number {
  try {
    const { at } = JSON.parse(json) as { at?: unknown };
    return typeof at === 'number' ? at : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
