/**
 * What the store has of an engine: its record, and its entries in the run ledger.
 */
import { nearest } from '../config/nearest.ts';
import { type LedgerEntry, ledgerEntry, ledgerPages } from '../persistence/ledger.ts';
import { type ActorRecord, recordKey, recordPrefix } from '../persistence/record.ts';
import type { StoreReader } from '../persistence/store.ts';
import type { EngineContext } from '../policies/engine.ts';
import { UsageError } from './usage-error.ts';

export interface EnginePast {
  address: string;
  /** As it is kept. */
  record: string;
  /** null when the record cannot be read. */
  context: EngineContext | null;
  /** In which its schedule is read, else the machine's. */
  timeZone: string;
  /** The oldest first. */
  entries: LedgerEntry[];
}

/**
 * @param engine its name, or its whole address
 * @param now epoch ms
 * @throws {UsageError} when there is no such engine
 */
export async function enginePast(reader: StoreReader, engine: string, now: number): Promise<EnginePast> {
  const { address, record } = engineRecord(reader, engine);
  const context = contextIn(record);
  const { schedule } = context?.settings ?? {};
  const timeZone = schedule?.kind === 'cron' ? schedule.timeZone : Intl.DateTimeFormat().resolvedOptions().timeZone;
  const entries: LedgerEntry[] = [];
  for await (const rows of ledgerPages({ range: async (...args) => reader.range(...args) }, address, 0, now + 1)) {
    entries.push(...rows.flatMap((each) => ledgerEntry(each) ?? []));
  }
  return { address, record, context, timeZone, entries };
}

/** @throws {UsageError} when there is no such engine */
export function engineRecord(reader: StoreReader, engine: string): Pick<EnginePast, 'address' | 'record'> {
  const address = `engine/${engine.replace(/^engine\//, '')}`;
  const key = recordKey(address);
  const [row] = reader.range(key, `${key}\0`, 1);
  if (!row) throw unknown(reader, engine);
  return { address, record: row.json };
}

function contextIn(json: string): EngineContext | null {
  try {
    const { context } = (JSON.parse(json) as ActorRecord).state as unknown as { context: EngineContext };
    return context.settings ? context : null;
  } catch {
    return null;
  }
}

function unknown(reader: StoreReader, engine: string) {
  const prefix = recordKey('engine/');
  const known = reader
    .range(prefix, `${prefix}\u{10ffff}`)
    .map(({ key }) => key.slice(recordPrefix.length + 'engine/'.length));
  const near = nearest(engine, known);
  return new UsageError(
    `${engine}: found no such engine, expected one that nightshift status shows.${near ? ` Did you mean '${near}'?` : ''}`,
  );
}
