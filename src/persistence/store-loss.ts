/**
 * What a store has that a backup of it does not have: runs that ended, runs under way, secrets that were renewed.
 */
import { ledgerAddresses, ledgerEntry, ledgerPages } from './ledger.ts';
import { recordKey } from './record.ts';
import { type RowSource, rowPages } from './row-pages.ts';
import { lastCharacter } from './store-rows.ts';
import { storeKey } from './vault.ts';

export interface StoreLoss {
  /** How many runs have ended, by engine. */
  runs: Record<string, number>;
  /** How many entries of engines tell of due times without a run. */
  otherEntries: number;
  /** Engines with a run under way that the other store does not have. */
  underWay: string[];
  /** Secrets that are another, or not there, in the other one. */
  secrets: string[];
}

const enginePrefix = 'engine/';
/** No instant is later. */
const endOfTime = 10 ** 14 - 1;

export async function storeLoss(store: RowSource, backup: RowSource): Promise<StoreLoss> {
  const loss: StoreLoss = {
    runs: {},
    otherEntries: 0,
    underWay: await changed(store, backup, recordKey(enginePrefix), runIn),
    secrets: await changed(store, backup, storeKey(''), (json) => json),
  };
  // Incidents and the machine's clock have entries too, and neither runs nor due times.
  const addresses = (await ledgerAddresses(store)).filter((address) => address.startsWith(enginePrefix));
  for (const address of addresses) {
    const kept = await keysOf(backup, address);
    for await (const rows of ledgerPages(store, address, 0, endOfTime)) {
      const lost = rows.filter(({ key }) => !kept.has(key)).map(ledgerEntry);
      const runs = lost.filter((entry) => entry?.result !== undefined).length;
      const engine = address.slice(enginePrefix.length);
      if (runs > 0) loss.runs[engine] = (loss.runs[engine] ?? 0) + runs;
      loss.otherEntries += lost.length - runs;
    }
  }
  return loss;
}

/** When the newest entry of all was decided, epoch ms; null without one. */
export async function newestEntryAt(store: RowSource): Promise<number | null> {
  let newest: number | null = null;
  for (const address of await ledgerAddresses(store)) {
    for await (const rows of ledgerPages(store, address, newest ?? 0, endOfTime)) {
      for (const row of rows) newest = Math.max(newest ?? 0, ledgerEntry(row)?.at ?? 0);
    }
  }
  return newest;
}

async function keysOf(source: RowSource, address: string): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const rows of ledgerPages(source, address, 0, endOfTime)) for (const { key } of rows) keys.add(key);
  return keys;
}

/** The ends of keys under which the store has something to look at, and the backup something else. */
async function changed(
  store: RowSource,
  backup: RowSource,
  prefix: string,
  look: (json: string) => string | undefined,
): Promise<string[]> {
  const names: string[] = [];
  for await (const rows of rowPages(store, prefix, `${prefix}${lastCharacter}`)) {
    for (const { key, json } of rows) {
      const seen = look(json);
      if (seen === undefined) continue;
      const [before] = await backup.range(key, `${key}\0`, 1);
      if (look(before?.json ?? '') !== seen) names.push(key.slice(prefix.length));
    }
  }
  return names;
}

function runIn(json: string): string | undefined {
  try {
    const { state } = JSON.parse(json) as { state: { context: { run: { id: string } | null } } };
    return state.context.run?.id;
  } catch {
    return undefined;
  }
}
