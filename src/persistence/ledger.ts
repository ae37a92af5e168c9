/**
 * The run ledger: what became of every due time.
 *
 * Entries are what the engine's chart emits when it decides about a due time or ends a run; the host writes
 * them in the batch of the transition that decided. One entry may cover a range of due times.
 */
import type { Json } from '../json.ts';
import type { Settled } from '../policies/run.ts';
import type { Store, Write } from './store.ts';

/** An entry as it is kept: with the instant at which it was decided, epoch ms. */
export type LedgerEntry = Settled & { at: number };

/**
 * The row of one entry.
 *
 * @param at when it was decided, epoch ms
 * @param sequence tells apart what was decided in the same millisecond
 */
export function ledgerRow(address: string, at: number, sequence: number, entry: Json): Write {
  const key = `ledger:${address}:${String(at).padStart(14, '0')}:${String(sequence).padStart(12, '0')}`;
  return [key, JSON.stringify({ at, ...(entry as object) })];
}

/** The entries of one actor, in the order in which they were decided. One that cannot be read is left out. */
export async function readLedger(store: Store, address: string): Promise<LedgerEntry[]> {
  return (await store.scan(`ledger:${address}:`)).flatMap(({ json }) => entryOf(json) ?? []);
}

function entryOf(json: string): LedgerEntry | undefined {
  try {
    return JSON.parse(json) as LedgerEntry;
  } catch {
    return undefined;
  }
}
