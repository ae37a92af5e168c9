/**
 * The run ledger: what became of every due time.
 *
 * Entries are what the engine's chart emits when it decides about a due time or ends a run; the host writes
 * them in the batch of the transition that decided. One entry may cover a range of due times. Beside those of engines and incidents
 * stand those of the machine: when it slept, and when its clock was set.
 */
import type { Json } from '../json.ts';
import type { Upset } from '../policies/clock-upset.ts';
import type { Settled } from '../policies/run.ts';
import { loopTurn, type RowSource, rowPages } from './row-pages.ts';
import type { Write } from './store.ts';
import { lastCharacter, type Row } from './store-rows.ts';

/** An entry as it is kept: with the instant at which it was decided, epoch ms. */
export type LedgerEntry = Settled & { at: number };

/** Whose entries are those of the clocks: {@link Upset}. */
export const clockAddress = 'machine/clock';

/**
 * The row of one entry.
 *
 * @param at when it was decided, epoch ms
 * @param sequence tells apart what was decided in the same millisecond
 */
export function ledgerRow(address: string, at: number, sequence: number, entry: Json): Write {
  const key = `${keyAt(address, at)}:${String(sequence).padStart(12, '0')}`;
  return [key, JSON.stringify({ at, ...(entry as object) })];
}

/** Everybody who has entries, in order of keys, found without reading them. */
export async function ledgerAddresses(source: RowSource): Promise<string[]> {
  const addresses: string[] = [];
  for (let from = 'ledger:'; ; ) {
    const [row] = await source.range(from, `ledger:${lastCharacter}`, 1);
    if (!row) return addresses;
    const address = /^ledger:(.*):\d+:\d+$/s.exec(row.key)?.[1] ?? row.key.slice('ledger:'.length);
    addresses.push(address);
    await loopTurn();
    from = endOf(address);
  }
}

/**
 * The rows of the entries of one actor that were decided from one instant up to, but without, another, a page at a time.
 *
 * @param from epoch ms
 * @param to epoch ms
 */
export function ledgerPages(source: RowSource, address: string, from: number, to: number): AsyncGenerator<Row[]> {
  return rowPages(source, keyAt(address, from), keyAt(address, to));
}

/** What happened to the clocks from one instant to another, the oldest first. @param from epoch ms @param to epoch ms */
export async function upsetsIn(source: RowSource, from: number, to: number): Promise<Upset[]> {
  const upsets: Upset[] = [];
  for await (const rows of ledgerPages(source, clockAddress, from, to)) {
    for (const { json } of rows) upsets.push(...upsetOf(json));
  }
  return upsets;
}

/** When the entry of a row was decided, by its key: epoch ms. */
export function decidedAt({ key }: Row): number {
  return Number(key.split(':').at(-2));
}

/** The entry in a row; undefined when it cannot be read. */
export function ledgerEntry({ json }: Row): LedgerEntry | undefined {
  return entryOf(json);
}

function keyAt(address: string, at: number): string {
  return `ledger:${address}:${String(Math.max(at, 0)).padStart(14, '0')}`;
}

/** After all entries of the address, and before those of one that goes on with a colon. */
function endOf(address: string): string {
  return `ledger:${address}:9${lastCharacter}`;
}

function upsetOf(json: string): Upset[] {
  const { kind, from, to } = (entryOf(json) ?? {}) as Partial<Upset>;
  return kind && Number.isFinite(from) && Number.isFinite(to) ? [{ kind, from, to } as Upset] : [];
}

function entryOf(json: string): LedgerEntry | undefined {
  try {
    return JSON.parse(json) as LedgerEntry;
  } catch {
    return undefined;
  }
}
