/**
 * What healed by itself within the last day: engines that failed or needed another try and are well again, and incidents that are over.
 * A day's ledger is long: it is read when somebody asks first, and from then on the stream tells what is decided. Of each engine only what
 * went wrong is kept, so that thousands of them cost little.
 */
import { decidedAt, ledgerAddresses, ledgerEntry, ledgerPages } from '../persistence/ledger.ts';
import type { RowSource } from '../persistence/row-pages.ts';
import type { CommittedTransition } from '../stream.ts';
import type { DatedChange, Entry, Healed, IncidentOver } from '../telemetry/daily-report.ts';
import { incidentOver } from '../telemetry/daily-report.ts';

export interface HealedAnswer {
  /** Epoch ms. */
  from: number;
  to: number;
  /** Those that were well again last come first. */
  engines: Healed[];
  incidents: IncidentOver[];
}

type Decided = Pick<CommittedTransition, 'address' | 'facts' | 'at'>;

const dayMs = 86_400_000;
/** What is read may have been decided so long before, and told of only meanwhile: the clock stamps first, then the disk is waited for. */
const onItsWayMs = 60_000;
const kinds = /^(engine|incident)\//;

export class HealedDay {
  readonly #source: RowSource;
  readonly #engines = new Map<string, EngineTroubles>();
  readonly #incidents = new Map<string, IncidentEnds>();
  /** What was decided while the ledger is being read; undefined while it is not. */
  #meanwhile: Decided[] | undefined;
  #read: Promise<void> | undefined;

  constructor(source: RowSource) {
    this.#source = source;
  }

  /** Takes what a transition has settled. Nothing is kept before somebody has asked. */
  take({ address, facts, at }: Decided): void {
    if (!this.#read || facts.length === 0 || !kinds.test(address)) return;
    if (this.#meanwhile) this.#meanwhile.push({ address, facts, at });
    else for (const fact of facts) this.#note(address, { ...(fact as object), at } as Entry);
  }

  /** @param to the present instant, epoch ms @throws what keeps the ledger from being read; it is read for the next who asks then */
  async upTo(to: number): Promise<HealedAnswer> {
    this.#read ??= this.#readDay(to).catch((error) => {
      this.#read = undefined;
      throw error;
    });
    await this.#read;
    const from = to - dayMs;
    const engines = [...this.#engines].flatMap(([engine, troubles]) => troubles.healed(engine, from) ?? []);
    const incidents = [...this.#incidents].flatMap(([cause, ends]) => ends.over(cause, from) ?? []);
    return {
      from,
      to,
      engines: engines.sort((one, other) => other.wellAt - one.wellAt),
      incidents: incidents.sort((one, other) => other.endedAt - one.endedAt),
    };
  }

  async #readDay(to: number): Promise<void> {
    this.#meanwhile = [];
    const late = new Set<string>();
    this.#engines.clear();
    this.#incidents.clear();
    for (const address of await ledgerAddresses(this.#source)) {
      if (!kinds.test(address)) continue;
      for await (const rows of ledgerPages(this.#source, address, to - dayMs, Number.MAX_SAFE_INTEGER)) {
        for (const row of rows) {
          this.#note(address, ledgerEntry(row));
          if (decidedAt(row) >= to - onItsWayMs) late.add(row.json);
        }
      }
    }
    const meanwhile = this.#meanwhile;
    this.#meanwhile = undefined;
    for (const { address, facts, at } of meanwhile) {
      const entries = facts.map((fact) => ({ at, ...(fact as object) }) as Entry);
      for (const entry of entries) if (!late.has(JSON.stringify(entry))) this.#note(address, entry);
    }
  }

  #note(address: string, entry: Entry | undefined) {
    const [kind, id] = [address.slice(0, address.indexOf('/')), address.slice(address.indexOf('/') + 1)];
    if (!entry) return;
    if (kind === 'engine') of(this.#engines, id, () => new EngineTroubles()).note(entry);
    else of(this.#incidents, id, () => new IncidentEnds()).note(entry as unknown as DatedChange);
  }
}

/** What went wrong with an engine, and whether it is well. */
class EngineTroubles {
  /** When its runs failed, and when those ended well that had needed another try: epoch ms, the oldest first. */
  #failed: number[] = [];
  #retried: number[] = [];
  #reason: string | null = null;
  #last: Pick<Entry, 'at' | 'result'> | undefined;

  /** Entries come in the order in which they were decided. */
  note({ at, result, attempts = 1, reason }: Entry) {
    if (result === undefined) return;
    this.#last = { at, result };
    if (result === 'failure') {
      this.#failed.push(at);
      this.#reason = reason ?? null;
    } else if (attempts > 1) this.#retried.push(at);
  }

  /** Of what was decided from an instant on; what was before is forgotten. @param from epoch ms */
  healed(engine: string, from: number): Healed | undefined {
    this.#failed = since(this.#failed, from);
    this.#retried = since(this.#retried, from);
    const [failed, retried] = [this.#failed.length, this.#retried.length];
    if (this.#last?.result !== 'success' || failed + retried === 0) return undefined;
    return { engine, failed, retried, reason: failed > 0 ? this.#reason : null, wellAt: this.#last.at };
  }
}

class IncidentEnds {
  #ends: DatedChange[] = [];

  note(change: DatedChange) {
    if (change.incident === 'resolved') this.#ends.push(change);
  }

  over(cause: string, from: number): IncidentOver | undefined {
    this.#ends = this.#ends.filter(({ at }) => at >= from);
    return incidentOver(cause, this.#ends);
  }
}

function since(ats: number[], from: number): number[] {
  const first = ats.findIndex((at) => at >= from);
  return first === 0 ? ats : ats.slice(first < 0 ? ats.length : first);
}

function of<Kept>(all: Map<string, Kept>, id: string, make: () => Kept): Kept {
  const known = all.get(id) ?? make();
  all.set(id, known);
  return known;
}
