/**
 * The run ledger as a history: what became of each due time and run, with all that is known of it; and the run under way, of which no
 * ledger knows yet.
 */
import type { LedgerEntry } from '../persistence/ledger.ts';
import { type Upset, upsetAt } from '../policies/clock-upset.ts';
import { type Run, runEnded } from '../policies/run.ts';

export interface Past {
  /** `ran`, `late`, `coalesced`, `skipped` or `missed`; of a run that is not over, `underWay`. */
  outcome: LedgerEntry['outcome'] | 'underWay';
  /** Where a run under way stands, as in `running` or `backoff`; null for what is over. */
  state: string | null;
  /** null for a due time without a run of its own, and for a run under way. */
  result: 'success' | 'failure' | null;
  /** Whether its time had come, or somebody triggered it. */
  trigger: 'schedule' | 'manual';
  /** First and last due time that this covers, epoch ms; null for a run that somebody triggered. */
  due: { from: number; to: number } | null;
  /** The run; of a due time that another run served, that one. */
  run: string | null;
  /** Epoch ms; null when nothing began. */
  startedAt: number | null;
  /** When it was decided, which for a run is its end; the present, for one under way: epoch ms. */
  at: number;
  /** From its first attempt to its end, or to the present, waits included; null when nothing began. */
  durationMs: number | null;
  attempts: number | null;
  /** How long each step took, in milliseconds, in the order in which they ended. */
  steps: Record<string, number>;
  /** Services that its steps called with success. */
  services: string[];
  /** By the name of a fallback: which of its services answered. */
  served: Record<string, string[]>;
  /** Steps that were left out because their service was down. */
  skipped: string[];
  /** In what a success was far from usual. */
  odd: string[];
  /** What went on after it had been told to stop. */
  abandoned: string[];
  /** Why it failed, waits, or had no run; null when there is nothing to say. */
  reason: string | null;
  /** What of the clocks it was due in: the machine slept, the service stood still, or the clock was set; null for nothing. */
  upset: Upset | null;
  /** Since when its engine is due again while the run is under way, epoch ms: what becomes of that is decided at its end. Else null. */
  dueAgainSince: number | null;
}

/** @param upsets what happened to the clocks in that time */
export function pastOf(entry: LedgerEntry, upsets: readonly Upset[]): Past {
  const { outcome, result = null, due, run = null, at, attempts = null, reason = null } = entry;
  const startedAt = entry.startedAt ?? null;
  return {
    outcome,
    state: null,
    result,
    trigger: due === null ? 'manual' : 'schedule',
    due,
    run,
    startedAt,
    at,
    durationMs: startedAt === null ? null : at - startedAt,
    attempts,
    steps: entry.steps ?? {},
    services: entry.services ?? [],
    served: entry.served ?? {},
    skipped: entry.skipped ?? [],
    odd: entry.odd ?? [],
    abandoned: entry.abandoned ?? [],
    reason,
    upset: (due && upsetAt(upsets, due.to, at)) ?? null,
    dueAgainSince: null,
  };
}

/**
 * The run under way, as if it ended now, but for its end.
 *
 * @param due what its engine is, or will be, due for after it
 * @param now epoch ms
 * @param upsets what happened to the clocks in that time
 */
export function presentOf(
  { run, due }: { run: Run; due: { at: number } | null },
  { state, reason }: { state: string; reason: string | null },
  now: number,
  upsets: readonly Upset[],
): Past {
  const { startedAt } = run;
  const soFar = pastOf({ ...runEnded(run, 0, null), at: now }, upsets);
  const durationMs = startedAt === null ? null : now - startedAt;
  const dueAgainSince = due && due.at <= now ? due.at : null;
  return { ...soFar, outcome: 'underWay', state, result: null, startedAt, durationMs, reason, dueAgainSince };
}
