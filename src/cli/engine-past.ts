/**
 * What the store has of an engine: its record, and its entries in the run ledger.
 */
import { keptConfigIn, keptConfigKey } from '../config/kept-config.ts';
import { nearest } from '../config/nearest.ts';
import { type LedgerEntry, ledgerEntry, ledgerPages, upsetsIn } from '../persistence/ledger.ts';
import { type ActorRecord, recordKey, recordPrefix } from '../persistence/record.ts';
import { removedIn, removedPrefix } from '../persistence/removed-actors.ts';
import type { RowSource } from '../persistence/row-pages.ts';
import type { StoreReader } from '../persistence/store-reader.ts';
import type { Upset } from '../policies/clock-upset.ts';
import type { EngineContext } from '../policies/engine.ts';
import { unknownName } from './unknown-name.ts';

export interface EnginePast {
  address: string;
  /** As it is kept. */
  record: string;
  /** null when the record cannot be read. */
  context: EngineContext | null;
  /** The start since which the config has it no more, epoch ms; null when it has. */
  removedAt: number | null;
  /** In which its schedule or its window is read, else the config's. */
  timeZone: string;
  /** The oldest first. */
  entries: LedgerEntry[];
  /** What happened to the clocks, the oldest first. */
  upsets: Upset[];
}

/**
 * @param engine its name, or its whole address
 * @param now epoch ms
 * @throws {UsageError} when there is no such engine
 */
export async function enginePast(reader: StoreReader, engine: string, now: number): Promise<EnginePast> {
  const { address, record } = engineRecord(reader, engine);
  const context = contextIn(record);
  const timeZone = ownZone(context) ?? configZone(reader);
  const entries: LedgerEntry[] = [];
  const source: RowSource = { range: async (...args) => reader.range(...args) };
  for await (const rows of ledgerPages(source, address, 0, now + 1)) {
    entries.push(...rows.flatMap((each) => ledgerEntry(each) ?? []));
  }
  const removedAt = removalOf(reader, address);
  return { address, record, context, removedAt, timeZone, entries, upsets: await upsetsIn(source, 0, now + 1) };
}

/** @throws {UsageError} when there is no such engine */
export function engineRecord(reader: StoreReader, engine: string): Pick<EnginePast, 'address' | 'record'> {
  const address = `engine/${engine.replace(/^engine\//, '')}`;
  const record = recordOf(reader, address);
  if (record === undefined) throw unknown(reader, engine);
  return { address, record };
}

/** The time zone of the config that the last start went by; the machine's, where that has left none. */
export function configZone(reader: StoreReader): string {
  const kept = keptConfigIn(reader.range(keptConfigKey, `${keptConfigKey}\0`, 1)[0]?.json);
  const zone = kept?.image.settings?.timeZone;
  return typeof zone === 'string' ? zone : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function ownZone(context: EngineContext | null): string | undefined {
  const { schedule, window } = context?.settings ?? {};
  return schedule?.kind === 'cron' ? schedule.timeZone : window?.timeZone;
}

function removalOf(reader: StoreReader, address: string): number | null {
  const key = `${removedPrefix}${address}`;
  return reader.range(key, `${key}\0`, 1).flatMap(removedIn)[0]?.at ?? null;
}

/** The record of an actor, as it is kept. */
export function recordOf(reader: StoreReader, address: string): string | undefined {
  const key = recordKey(address);
  return reader.range(key, `${key}\0`, 1)[0]?.json;
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
  return unknownName(engine, 'engine', nearest(engine.replace(/^engine\//, ''), known));
}
