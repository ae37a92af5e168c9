/**
 * The latest runs of every engine, as the page's strips show them: read from the ledger once, and then kept up to date by the
 * stream. Of each run there is a letter and two numbers, so that thousands of engines cost little.
 */
import { type LedgerEntry, ledgerEntry, ledgerPages } from '../persistence/ledger.ts';
import type { RowSource } from '../persistence/row-pages.ts';
import type { Settled } from '../policies/run.ts';
import type { Address, CommittedTransition } from '../stream.ts';

/**
 * What became of a due time or run, in one letter: `s` went well at once, `h` healed by itself and went well, `d` went well without some
 * steps, `f` failed, `k` skipped, `m` missed, `c` served by another run.
 */
export type Mark = 's' | 'h' | 'd' | 'f' | 'k' | 'm' | 'c';

interface Past {
  /** The oldest first. */
  marks: string;
  /** When each was decided, epoch ms. */
  ats: number[];
  /** How long those that ran took, ms; null for the others. */
  lengths: (number | null)[];
}

/** How many are kept of each engine. */
export const runsShown = 50;
/** How far back is looked for them, one after the other, ms: a job may run every second or once a month. */
const looksMs = [1, 8, 64, 512].map((hours) => hours * 3_600_000);

export class RunHistory {
  readonly #source: RowSource;
  readonly #pasts = new Map<Address, Past>();
  /** Engines that came up in the stream while they were being read. */
  readonly #touched = new Set<Address>();
  readonly #reading = new Map<Address, Promise<void>>();

  constructor(source: RowSource) {
    this.#source = source;
  }

  /**
   * Reads the latest runs of these engines; tells of each as soon as it is known.
   *
   * @param now epoch ms
   */
  async fill(engines: readonly Address[], now: number, filled: (engine: Address) => void): Promise<void> {
    for (const engine of engines) {
      await this.know(engine, now);
      filled(engine);
    }
  }

  /** Reads the latest runs of an engine, unless they are known. @param now epoch ms */
  async know(engine: Address, now: number): Promise<void> {
    if (this.#pasts.has(engine)) return;
    const reading = this.#reading.get(engine) ?? this.#readPast(engine, now);
    this.#reading.set(engine, reading);
    await reading.finally(() => this.#reading.delete(engine));
  }

  async #readPast(engine: Address, now: number): Promise<void> {
    let entries: LedgerEntry[];
    do {
      this.#touched.delete(engine);
      entries = await this.#read(engine, now);
    } while (this.#touched.has(engine));
    this.#pasts.set(engine, emptyPast());
    for (const entry of entries) this.#note(engine, entry, entry.at);
  }

  /** Takes what a transition has settled. */
  take({ address, facts, at }: Pick<CommittedTransition, 'address' | 'facts' | 'at'>): void {
    if (facts.length === 0 || !address.startsWith('engine/')) return;
    this.#touched.add(address);
    for (const fact of facts as Settled[]) this.#note(address, fact, at);
  }

  /** One letter for each, the oldest first; see {@link Mark}. null: they have not been read yet. */
  marks(engine: Address): string | null {
    return this.#pasts.get(engine)?.marks ?? null;
  }

  /** The length that 95 of 100 of them stayed below, ms; null for an engine that has not run. */
  p95Ms(engine: Address): number | null {
    const lengths = (this.#pasts.get(engine)?.lengths ?? []).filter((length) => length !== null).sort((a, b) => a - b);
    return lengths[Math.ceil(lengths.length * 0.95) - 1] ?? null;
  }

  /** The entries of the latest runs, the oldest first. No more of the ledger is read than those. */
  async entries(engine: Address): Promise<LedgerEntry[]> {
    const [from] = this.#pasts.get(engine)?.ats ?? [];
    return from === undefined ? [] : entriesFrom(this.#source, engine, from);
  }

  async #read(engine: Address, now: number): Promise<LedgerEntry[]> {
    for (const lookMs of looksMs) {
      const entries = await entriesFrom(this.#source, engine, now - lookMs);
      if (entries.length === runsShown) return entries;
    }
    return entriesFrom(this.#source, engine, 0);
  }

  #note(engine: Address, entry: Settled, at: number) {
    const past = this.#pasts.get(engine);
    if (!past) return;
    past.marks = (past.marks + markOf(entry)).slice(-runsShown);
    past.ats = [...past.ats, at].slice(-runsShown);
    const ran = entry.result !== undefined && entry.startedAt !== undefined;
    past.lengths = [...past.lengths, ran ? at - (entry.startedAt ?? at) : null].slice(-runsShown);
  }
}

async function entriesFrom(source: RowSource, engine: Address, from: number): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const rows of ledgerPages(source, engine, from, Number.MAX_SAFE_INTEGER)) {
    entries.push(...rows.flatMap((row) => ledgerEntry(row) ?? []));
    entries.splice(0, Math.max(entries.length - runsShown, 0));
  }
  return entries;
}

function markOf({ outcome, result, attempts = 1, skipped = [] }: Settled): Mark {
  if (result === 'failure') return 'f';
  if (result === 'success') return skipped.length > 0 ? 'd' : attempts > 1 ? 'h' : 's';
  return outcome === 'missed' ? 'm' : outcome === 'coalesced' ? 'c' : 'k';
}

function emptyPast(): Past {
  return { marks: '', ats: [], lengths: [] };
}
