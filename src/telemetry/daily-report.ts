/**
 * The daily report: what became of all runs of a day or a week, what failed and mended itself, what does not without a person,
 * who is slow or flaky, what has changed, and what is to come.
 *
 * Worked out from ledger entries and from how the actors stand; plain JSON.
 */
import type { IncidentChange } from '../machines/incident.ts';
import type { Upset } from '../policies/clock-upset.ts';
import type { Finding } from '../policies/npm-findings.ts';
import type { Settled } from '../policies/run.ts';
import type { ErrorDigest } from './errors/error-digest.ts';
import type { Period } from './metrics/overview.ts';
import type { Forecasts } from './report/forecasts.ts';
import type { Highlights } from './report/highlights.ts';

export interface DailyReport extends Highlights {
  /** A day's report is of some 24 hours, a week's of seven days. */
  period: Period;
  /** As in `2026-11-23`; the last one of a week. */
  day: string;
  timeZone: string;
  /** Epoch ms. Entries decided from here … */
  from: number;
  /** … up to, but without, this. */
  to: number;
  /** When `todo`, `incidents`, `failing` and `usedUp` were looked up, epoch ms. */
  madeAt: number;
  totals: Counts;
  /** Those with entries, the ones with trouble first. */
  engines: EngineDay[];
  healed: Healed[];
  todo: Standing[];
  /** Those that stand. */
  incidents: Standing[];
  /** Engines that have not been well since they failed, and wait for nobody. Absent in reports of an older version. */
  failing?: Failing[];
  /** Quotas of which nothing is left. Absent in reports of an older version. */
  usedUp?: UsedUp[];
  /** Those that were over in the course of the day, by cause, in the order of their last end. */
  incidentsOver: IncidentOver[];
  /** What happened to the clocks. Absent in reports of an older version. */
  upsets?: Upset[];
  /** What the engine `updates` has found, at its last run. */
  findings: Finding[];
  errors: ErrorDigest;
  forecasts: Forecasts;
}

/** Ledger entries: one that was coalesced, skipped or missed may cover several due times. */
export interface Counts {
  /** Runs that ended well and began in time. */
  ran: number;
  /** Runs that ended well and began late. */
  late: number;
  failed: number;
  coalesced: number;
  skipped: number;
  missed: number;
  /** Of those that ended well: with steps left out. */
  degraded: number;
  /** Of those that ended well: at the second attempt or later. */
  retried: number;
  /** Of those that ended well: far from usual in their length or in what they produced. */
  odd: number;
}

export interface EngineDay extends Counts {
  engine: string;
  /** Why, the latest first; at most {@link reasonsMax}. */
  reasons: Reason[];
  /** Names of steps that runs went on without. */
  stepsLeftOut: string[];
  /** What runs were told to stop and did not, as in `the step 'render'`. */
  abandoned: string[];
  /** In what successes were far from usual, the latest first; at most {@link reasonsMax}. */
  oddities: Oddity[];
  /** By the name of a fallback: of how many runs each of its services was part, by its name. */
  served: Record<string, Record<string, number>>;
}

export interface Oddity {
  run: string;
  /** As in `far smaller: 3, usually at least 120`. */
  what: string[];
  /** Epoch ms. */
  at: number;
}

export interface Reason {
  outcome: 'failed' | 'skipped' | 'missed';
  reason: string;
  times: number;
  /** Epoch ms. */
  lastAt: number;
}

/** An engine that failed, or needed several attempts, and whose last run of the day ended well. */
export interface Healed {
  engine: string;
  failed: number;
  retried: number;
  /** Of its last failed run; null when none failed. */
  reason: string | null;
  /** When the last run that ended well did so, epoch ms. */
  wellAt: number;
}

/** A service that gets no calls, because of its quota. */
export interface UsedUp {
  service: string;
  /** Epoch ms. */
  until: number;
  /** By its limit, or by what the service said. */
  reason: string | null;
}

/** One cause of trouble that went away again, with what it was called last. */
export interface IncidentOver {
  /** As in `breaker:shop`. */
  cause: string;
  title: string;
  times: number;
  /** In all, of the times that ended within the day. */
  lastedMs: number;
  /** The last end, epoch ms. */
  endedAt: number;
}

/** An actor, as it stands when the report is made. */
export interface Standing {
  actor: string;
  state: string;
  reason: string | null;
  todo: string | null;
}

/** An engine whose last run failed, as it stands when the report is made. */
export interface Failing {
  actor: string;
  state: string;
  reason: string | null;
  /** When it runs next by itself, epoch ms; null where that is not known. */
  nextAt: number | null;
}

export type Entry = Settled & { at: number };

/** A change of an incident as the ledger has it: with its instant, epoch ms. */
export type DatedChange = IncidentChange & { at: number };

/** What the ledger says of one engine, added up. */
export class EngineLog {
  readonly #day: EngineDay;
  readonly #reasons = new Map<string, Reason>();
  readonly #leftOut = new Set<string>();
  readonly #abandoned = new Set<string>();
  #last: Entry | undefined;
  #lastFailure: string | null = null;

  constructor(engine: string) {
    this.#day = { engine, ...noCounts(), reasons: [], stepsLeftOut: [], abandoned: [], oddities: [], served: {} };
  }

  /** Entries come in the order in which they were decided. */
  add(entry: Entry): void {
    const { result, outcome, attempts = 1, skipped = [], abandoned = [], odd = [], run = '', at } = entry;
    const day = this.#day;
    for (const what of abandoned) this.#abandoned.add(what);
    if (result === 'failure') {
      day.failed += 1;
      this.#lastFailure = entry.reason ?? null;
      this.#note('failed', entry);
    } else {
      day[outcome] += 1;
      if (outcome === 'skipped' || outcome === 'missed') this.#note(outcome, entry);
    }
    if (result !== undefined) this.#last = entry;
    if (result !== 'success') return;
    if (attempts > 1) day.retried += 1;
    if (skipped.length > 0) day.degraded += 1;
    for (const step of skipped) this.#leftOut.add(step);
    if (odd.length > 0) {
      day.odd += 1;
      day.oddities = [{ run, what: odd, at }, ...day.oddities].slice(0, reasonsMax);
    }
    this.#countServed(entry);
  }

  day(): EngineDay {
    const latestFirst = [...this.#reasons.values()].sort((a, b) => b.lastAt - a.lastAt);
    return {
      ...this.#day,
      reasons: latestFirst.slice(0, reasonsMax),
      stepsLeftOut: [...this.#leftOut],
      abandoned: [...this.#abandoned],
    };
  }

  healed(): Healed | undefined {
    const { engine, failed, retried } = this.#day;
    if (this.#last?.result !== 'success' || failed + retried === 0) return undefined;
    return { engine, failed, retried, reason: this.#lastFailure, wellAt: this.#last.at };
  }

  #countServed({ served = {} }: Entry) {
    for (const [name, services] of Object.entries(served)) {
      this.#day.served[name] ??= {};
      const counts = this.#day.served[name];
      for (const service of services) counts[service] = (counts[service] ?? 0) + 1;
    }
  }

  #note(outcome: Reason['outcome'], { reason = 'without a reason', at }: Entry) {
    const general = withoutNames(reason);
    const known = this.#reasons.get(`${outcome} ${general}`);
    if (known) Object.assign(known, { times: known.times + 1, lastAt: at });
    else this.#reasons.set(`${outcome} ${general}`, { outcome, reason: general, times: 1, lastAt: at });
  }
}

/** The ends of one incident, added up; undefined when there was none. Changes come in the order in which they were. */
export function incidentOver(cause: string, changes: readonly DatedChange[]): IncidentOver | undefined {
  const ends = changes.filter(({ incident }) => incident === 'resolved');
  const last = ends.at(-1);
  if (!last) return undefined;
  const lastedMs = ends.reduce((sum, { lastedMs = 0 }) => sum + lastedMs, 0);
  return { cause, title: last.title, times: ends.length, lastedMs, endedAt: last.at };
}

/** How many reasons of one engine are told. */
export const reasonsMax = 10;

export function noCounts(): Counts {
  return { ran: 0, late: 0, failed: 0, coalesced: 0, skipped: 0, missed: 0, degraded: 0, retried: 0, odd: 0 };
}

export function totalOf(days: readonly Counts[]): Counts {
  const total = noCounts();
  for (const day of days) for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += day[key];
  return total;
}

/** Those first that somebody may want to look at. */
export function byTrouble(one: EngineDay, other: EngineDay): number {
  const trouble = ({ failed, missed, skipped, degraded, late, retried, odd }: Counts) =>
    (failed + missed) * 1e9 + (skipped + degraded + late + retried + odd);
  return trouble(other) - trouble(one) || (one.engine < other.engine ? -1 : 1);
}

/** Runs and instants differ each time; what happened to them may be the same. */
function withoutNames(reason: string): string {
  return reason
    .replace(/^the run \S+ had not ended yet$/, 'the run before had not ended yet')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '…');
}
