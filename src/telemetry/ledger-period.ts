/**
 * What the ledger has of a period, added up: each engine's runs, and the incidents that came to an end.
 */
import { type LedgerEntry, ledgerAddresses, ledgerEntry, ledgerPages } from '../persistence/ledger.ts';
import type { RowSource } from '../persistence/row-pages.ts';
import { type DatedChange, EngineLog, type IncidentOver, incidentOver } from './daily-report.ts';

export interface Period {
  /** Epoch ms. Entries decided from here … */
  from: number;
  /** … up to, but without, this. */
  to: number;
  /** Aborts between two pages of rows. */
  signal?: AbortSignal;
}

export interface LedgerPeriod {
  /** Of engines that have entries. */
  logs: EngineLog[];
  /** In the order of their last end. */
  incidentsOver: IncidentOver[];
}

const enginePrefix = 'engine/';
const incidentPrefix = 'incident/';

export async function ledgerPeriod(source: RowSource, period: Period): Promise<LedgerPeriod> {
  const logs: EngineLog[] = [];
  const incidentsOver: IncidentOver[] = [];
  for (const address of await ledgerAddresses(source)) {
    const entries = entriesOf(source, address, period);
    if (address.startsWith(enginePrefix)) {
      const log = new EngineLog(address.slice(enginePrefix.length));
      let isEmpty = true;
      for await (const entry of entries) {
        log.add(entry);
        isEmpty = false;
      }
      if (!isEmpty) logs.push(log);
    } else if (address.startsWith(incidentPrefix)) {
      const changes: DatedChange[] = [];
      for await (const entry of entries) changes.push(entry as unknown as DatedChange);
      const over = incidentOver(address.slice(incidentPrefix.length), changes);
      if (over) incidentsOver.push(over);
    }
  }
  return { logs, incidentsOver: incidentsOver.sort((one, other) => one.endedAt - other.endedAt) };
}

async function* entriesOf(
  source: RowSource,
  address: string,
  { from, to, signal }: Period,
): AsyncGenerator<LedgerEntry> {
  for await (const rows of ledgerPages(source, address, from, to)) {
    signal?.throwIfAborted();
    for (const row of rows) {
      const entry = ledgerEntry(row);
      if (entry) yield entry;
    }
  }
}
