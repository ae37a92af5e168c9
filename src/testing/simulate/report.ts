/**
 * What a simulation says: plain JSON, the same for the same seed. Instants are true time, epoch ms.
 */
import type { Violation } from '../invariants/invariant.ts';

export interface SimulationReport {
  seed: number;
  days: number;
  /** How the faults are called: a preset, a file, or a list. */
  faults: string;
  timeZone: string;
  from: number;
  /** When faults ended. */
  to: number;
  /** When it was looked at for the last time. */
  healedBy: number;
  /** Tells this history from every other. */
  digest: string;
  totals: RunCounts;
  lost: Lost;
  engines: EngineReport[];
  /** Why due times were not served, the commonest first. */
  reasons: Unserved[];
  interventions: Intervention[];
  /** null when there was none. */
  hoursBetweenInterventions: number | null;
  alerts: AlertCounts;
  calls: CallCounts;
  services: ServiceReport[];
  crashes: number;
  /** Crashes of single actors, by address. */
  actorCrashes: { address: string; times: number }[];
  /** What happened, the commonest first. */
  happened: Happened[];
  healing: Healing[];
  /** At most ten, the worst first. */
  worst: Moment[];
  violations: Violation[];
  timeline: { bucketMs: number; buckets: Bucket[] };
}

/** Due times of which nobody knows what became of them, or why they were not served. */
export function lostRuns({ lost }: Pick<SimulationReport, 'lost'>): number {
  return lost.unsettled + lost.unexplained;
}

/**
 * Whether everything held that must, and no run was lost. Most lost runs break a rule, and not every one: of an engine whose record
 * went into quarantine, say, `settles once` opens a new account.
 */
export function isSound(report: Pick<SimulationReport, 'lost' | 'violations'>): boolean {
  return report.violations.length === 0 && lostRuns(report) === 0;
}

/** Due times of the days of faults by what became of them; runs that somebody triggered count as well. */
export interface RunCounts {
  /** Began in time and ended well. */
  ran: number;
  /** Began late and ended well. */
  late: number;
  failed: number;
  /** Served by the run of a later due time. */
  coalesced: number;
  skipped: number;
  missed: number;
}

export interface Lost {
  /** Due times, all in all. */
  of: number;
  /** Due times of which the ledger does not say what became of them. */
  unsettled: number;
  /** Skipped or missed without a reason. */
  unexplained: number;
  /** Times that a step was done again whose result was on disk. */
  stepsDoneTwice: number;
}

export interface EngineReport extends RunCounts {
  engine: string;
  dueTimes: number;
  lost: number;
  /** Longest that it went without a success beyond its schedule, in milliseconds. */
  longestWithoutMs: number;
}

export interface Unserved {
  engine: string;
  outcome: 'failed' | 'skipped' | 'missed';
  reason: string;
  dueTimes: number;
}

export interface Intervention {
  at: number;
  did: string;
  cause: string;
  /** From when it was needed until the first alert; null when that is not known. */
  announcedMs: number | null;
}

export interface AlertCounts {
  opened: number;
  reminders: number;
  resolved: number;
  /** The commonest first. */
  byCause: { cause: string; opened: number; reminders: number }[];
}

export interface CallCounts {
  made: number;
  /** Made while whoever was called was down. */
  wasted: number;
  /** More than the service allows, though the config says how many those are. */
  pastQuota: number;
  /** With a token that was known to be expired. */
  expiredToken: number;
}

export interface ServiceReport {
  service: string;
  calls: number;
  /** Not answered, or with a status of 400 or above. */
  failed: number;
  wasted: number;
  quota: QuotaUse | null;
}

export interface QuotaUse {
  limit: number;
  per: string;
  /** Share of the limit that was used in a period, from 0: in the middle, and in the fullest. */
  usual: number;
  most: number;
}

export interface Happened {
  fault: string;
  times: number;
  /** Of calls: how many it met. */
  calls: number;
}

/** How long an engine took to its next success, from the end of what hit it. */
export interface Healing {
  fault: string;
  /** Engines hit, each time. */
  hits: number;
  medianMs: number;
  p95Ms: number;
  worstMs: number;
  /** Hits after which no success has come. */
  unhealed: number;
}

export interface Moment {
  /** What was wrong, as in `shop: 3h without a success beyond its schedule`. */
  what: string;
  kind: 'silence' | 'violation';
  engine: string | null;
  from: number;
  to: number;
  /** What led there, in order. */
  path: PathEntry[];
}

export interface PathEntry {
  at: number;
  kind: 'fault' | 'state' | 'note';
  what: string;
}

/** What happened in a part of the time. */
export interface Bucket {
  ran: number;
  late: number;
  failed: number;
  /** Skipped or missed. */
  unserved: number;
  crashes: number;
  alerts: number;
  interventions: number;
  wasted: number;
  /** Past quota, or with an expired token. */
  offences: number;
}
