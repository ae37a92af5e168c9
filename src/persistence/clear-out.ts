/**
 * Clears old rows out of the store: ledger entries, and records in quarantine.
 *
 * Rows go a few at a time, each few in a write of their own among those of the jobs.
 */
import { decidedAt, ledgerAddresses, ledgerPages } from './ledger.ts';
import { quarantinePrefix } from './record.ts';
import { type RowSource, rowPages } from './row-pages.ts';
import type { Write } from './store.ts';
import { lastCharacter } from './store-rows.ts';

export interface ClearOut {
  store: RowSource;
  write: (rows: readonly Write[]) => Promise<void>;
  signal: AbortSignal;
}

/** Entries of one actor that stay at any age. */
export const entriesKept = 50;

/** No instant is later. */
const endOfTime = 10 ** 14 - 1;

/**
 * Removes the ledger entries that were decided before an instant, but none of an actor's newest 50; and of an actor that has more than
 * `most` the oldest, whatever their age.
 *
 * @param before epoch ms
 * @param most at least 50. Default: any number
 * @returns how many were removed
 */
export async function clearLedger(
  clearOut: ClearOut,
  before: number,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  let removed = 0;
  for (const address of await ledgerAddresses(clearOut.store)) {
    const { all, old } = await counted(clearOut, address, before);
    const leaving = Math.min(Math.max(old, all - most), Math.max(all - entriesKept, 0));
    await removeOldest(clearOut, address, leaving);
    removed += leaving;
  }
  return removed;
}

/** How many entries an actor has, and how many of them were decided before the instant. */
async function counted({ store, signal }: ClearOut, address: string, before: number) {
  let [all, old] = [0, 0];
  for await (const rows of ledgerPages(store, address, 0, endOfTime)) {
    signal.throwIfAborted();
    all += rows.length;
    old += rows.filter((row) => decidedAt(row) < before).length;
  }
  return { all, old };
}

async function removeOldest({ store, write, signal }: ClearOut, address: string, count: number): Promise<void> {
  let left = count;
  if (left === 0) return;
  for await (const rows of ledgerPages(store, address, 0, endOfTime)) {
    signal.throwIfAborted();
    const leaving = rows.slice(0, left);
    await write(leaving.map(({ key }) => [key, null]));
    left -= leaving.length;
    if (left === 0) return;
  }
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
