/**
 * Runs and due times: which due time a run serves, and what becomes of the others.
 *
 * Every due time is decided about exactly once. An engine keeps the earliest one that is still undecided;
 * each decision here covers a range from there on, and the next undecided one is always computed from the
 * schedule, never from the run before.
 */
import type { Json } from '../json.ts';
import type { Failure } from './failure.ts';
import { lastDue, nextDue, type Schedule } from './schedule.ts';

/** One execution of an engine: plain JSON, kept in its record until it ends. */
export type Run = {
  /** Unique for ever: idempotency keys are made from it. */
  id: string;
  trigger: 'schedule' | 'manual';
  /** The due time it serves, epoch ms; for a triggered run the instant of the trigger. */
  dueAt: number;
  /** When its first attempt began, epoch ms; null while it is held. */
  startedAt: number | null;
  /** When its present attempt began, epoch ms. */
  attemptAt: number;
  /** Tries so far, from 1: only a wait in backoff leads to another. */
  attempt: number;
  /** Its engine's window does not hold it: it was triggered, or a step's hours came, while that was closed. */
  atAnyTime?: boolean;
  /** A rejected token has been refreshed for the present step; the second rejection is final. */
  refreshed: boolean;
  /** Results of finished steps, by name. */
  steps: Record<string, Json>;
  /** How far steps that are not finished have come, by name: what they last gave to `checkpoint`. */
  progress?: Record<string, Json>;
  /** Steps that must not happen twice and have begun. */
  begun: string[];
  /** Steps that were left out because their service was down. */
  skipped: string[];
  /** Which services of a fallback answered. */
  served?: Served;
  /** Services that its steps have called with success, in the order of their first answer. */
  services?: string[];
  /** How long its finished steps took, in whole milliseconds, by name. */
  took?: Record<string, number>;
  /** What of it was told to stop and went on, as in `the step 'render'`. */
  abandoned?: string[];
};

/** By the name that stands for several services: those that answered, in the order of their first answer. */
export type Served = Record<string, string[]>;

/** The earliest due time that nobody has decided about, and the schedule it was worked out from. */
export type Due = { at: number; schedule: Schedule };

/** What became of a due time, of a range of them, or of a run that somebody triggered. */
export type Settled = {
  /**
   * `ran`, `late`: a run ended, begun within or after its grace. `coalesced`: served by the named run.
   * `skipped`: decided against. `missed`: nobody was there, and the time to catch up was over.
   */
  outcome: 'ran' | 'late' | 'coalesced' | 'skipped' | 'missed';
  /** First and last due time covered, epoch ms; null for a run that somebody triggered. */
  due: { from: number; to: number } | null;
  run?: string;
  result?: 'success' | 'failure';
  /** Why it was skipped or missed, or how the run failed. */
  reason?: string;
  startedAt?: number;
  attempts?: number;
  /** Steps that the run left out because their service was down. */
  skipped?: string[];
  /** Which services of a fallback answered. */
  served?: Served;
  /** Services that its steps called with success, in the order of their first answer. */
  services?: string[];
  /** How long its steps took, in whole milliseconds, in the order in which they ended; of more than a hundred, the longest. */
  steps?: Record<string, number>;
  /** What of the run was told to stop and went on, as far as it was known when the run ended. */
  abandoned?: string[];
  /** In what a successful run was far from what is usual for its engine. */
  odd?: string[];
};

/** What an engine emits for the run ledger. */
export type DuesSettled = { type: 'dues.settled'; entries: Settled[] };

/** The first due time after an instant (epoch ms); null without a schedule, or when it never comes again. */
export function dueAfter(schedule: Schedule | null, anchorAt: number, after: number): Due | null {
  const at = schedule && nextDue(schedule, anchorAt, after);
  return schedule && at !== null ? { at, schedule } : null;
}

/** The due time that a run beginning now serves: the latest one that has passed. */
export function servedDue(due: Due, anchorAt: number, now: number): number {
  return lastDue(due.schedule, anchorAt, due.at, now) ?? due.at;
}

/** The undecided due times before the one that the run serves: it serves them as well. */
export function coalesced(due: Due, anchorAt: number, served: number, run: string): Settled[] {
  const to = due.at < served ? lastDue(due.schedule, anchorAt, due.at, served - 1) : null;
  return to === null ? [] : [{ outcome: 'coalesced', due: { from: due.at, to }, run }];
}

/** The undecided due times up to now, as not served. */
export function passedOver(
  due: Due | null,
  anchorAt: number,
  now: number,
  outcome: 'skipped' | 'missed',
  reason: string,
): Settled[] {
  if (!due || due.at > now) return [];
  return [{ outcome, due: { from: due.at, to: servedDue(due, anchorAt, now) }, reason }];
}

/** The end of a run that gave way to the next one. */
export function runReplaced(run: Run, reason: string): Settled {
  return {
    outcome: 'skipped',
    due: run.trigger === 'manual' ? null : { from: run.dueAt, to: run.dueAt },
    run: run.id,
    reason,
    startedAt: run.startedAt ?? run.attemptAt,
    attempts: run.attempt,
  };
}

/** A run that waited to begin until the next one was due, which serves its due time. */
export function runUnbegun(run: Run, next: string): Settled {
  const due = run.trigger === 'manual' ? null : { from: run.dueAt, to: run.dueAt };
  return { outcome: 'coalesced', due, run: next };
}

/** The end of a run that never began. */
export function runMissed(run: Run, reason: string): Settled {
  const due = run.trigger === 'manual' ? null : { from: run.dueAt, to: run.dueAt };
  return { outcome: 'missed', due, run: run.id, reason };
}

/** The end of a run. It ran when it began within `graceMs` of its due time, and was late otherwise. */
export function runEnded(run: Run, graceMs: number, failure: Failure | null, odd: readonly string[] = []): Settled {
  const startedAt = run.startedAt ?? run.attemptAt;
  const manual = run.trigger === 'manual';
  return {
    outcome: manual || startedAt - run.dueAt <= graceMs ? 'ran' : 'late',
    due: manual ? null : { from: run.dueAt, to: run.dueAt },
    run: run.id,
    result: failure ? 'failure' : 'success',
    startedAt,
    attempts: run.attempt,
    ...(failure && { reason: failure.message }),
    ...(run.skipped.length > 0 && { skipped: run.skipped }),
    ...(run.served && { served: run.served }),
    ...(run.services && { services: run.services }),
    ...(run.took && { steps: longest(run.took) }),
    ...(run.abandoned && { abandoned: run.abandoned }),
    ...(odd.length > 0 && { odd: [...odd] }),
  };
}

const stepsMax = 100;

function longest(took: Record<string, number>): Record<string, number> {
  const steps = Object.entries(took);
  if (steps.length <= stepsMax) return took;
  const [, least = 0] = steps.toSorted(([, one], [, other]) => other - one)[stepsMax - 1] ?? [];
  return Object.fromEntries(steps.filter(([, ms]) => ms >= least).slice(0, stepsMax));
}
