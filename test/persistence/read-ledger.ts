import { type LedgerEntry, ledgerEntry } from '../../src/persistence/ledger.ts';
import type { Store } from '../../src/persistence/store.ts';

/** The entries of one actor, in the order in which they were decided. One that cannot be read is left out. */
export async function readLedger(store: Store, address: string): Promise<LedgerEntry[]> {
  return (await store.scan(`ledger:${address}:`)).flatMap((row) => ledgerEntry(row) ?? []);
}
