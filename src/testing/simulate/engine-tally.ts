/**
 * What became of one engine's due times, and how long it went without a success.
 */
import type { EngineConfig } from '../../config/config.ts';
import type { LedgerEntry } from '../../persistence/ledger.ts';
import type { EngineContext } from '../../policies/engine.ts';
import { nextDue } from '../../policies/schedule.ts';
import { isOpen, nextOpening } from '../../policies/window.ts';
import { PathLog } from './path-log.ts';
import type { EngineReport, RunCounts, Unserved } from './report.ts';

/** How an entry counts. */
export interface Counted {
  as: keyof RunCounts;
  dueTimes: number;
  /** Each of the due times, epoch ms by the wall. */
  dues: Iterable<number>;
}

/** The same instant as true time and as its process has it on the wall, epoch ms. */
export interface Instant {
  at: number;
  wallAt: number;
}

/** States in which no run is due or under way. */
const atRest = new Set(['idle', 'cooldown']);
const countsMax = 1_000_000;

export class EngineTally {
  readonly id: string;
  readonly path = new PathLog();
  readonly counts: RunCounts = { ran: 0, late: 0, failed: 0, coalesced: 0, skipped: 0, missed: 0 };
  readonly #settings: EngineConfig['settings'];
  readonly #until: number;
  readonly #reasons = new Map<string, Unserved>();
  #anchorAt: number;
  #firstDue: number | null | undefined;
  /** What is due next, as it stood last. */
  #dueAt: number | null = null;
  /** Due times by clocks that were set right since. */
  #dueBefore = 0;
  /** Scheduled due times that the ledger has settled. */
  #settled = 0;
  #unexplained = 0;
  #isAtRest = true;
  #run = '';
  #steps = new Set<string>();
  #lastSuccess: Instant;
  /** When the next success is due at the earliest, epoch ms; undefined while nobody has said so. */
  #expectedAt: number | undefined;
  #longestMs = 0;

  /**
   * @param now epoch ms
   * @param until due times from here on do not count, epoch ms
   */
  constructor({ id, settings }: Pick<EngineConfig, 'id' | 'settings'>, now: number, until: number) {
    this.id = id;
    this.#until = until;
    this.#settings = settings;
    this.#anchorAt = now;
    this.#lastSuccess = { at: now, wallAt: now };
  }

  /** Whether a run is due or under way. */
  get isBusy(): boolean {
    return !this.#isAtRest;
  }

  /** Where it stands now. @param state the outermost */
  stands(state: string, context: EngineContext, { at, wallAt }: Instant): void {
    this.#isAtRest = atRest.has(state);
    if (this.#isAtRest && context.due) this.#expectedAt ??= at + this.#opening(context.due.at) - wallAt;
    this.#dueAt = context.due?.at ?? null;
    if (this.#firstDue !== undefined) return;
    this.#firstDue = context.due?.at ?? null;
    this.#anchorAt = context.anchorAt;
  }

  /** The clock was hours ahead, and is right: what is due from now on is due by the new one. To be told before where it stands now. */
  setRight(): void {
    if (!this.#settings.schedule) return;
    this.#dueBefore += this.#dueUpTo(Math.min(this.#dueAt ?? this.#until, this.#until) - 1);
    this.#firstDue = undefined;
  }

  /** @returns undefined for what does not count any more */
  settle(entry: LedgerEntry): Counted | undefined {
    const { outcome, result, due, reason } = entry;
    if ((due?.from ?? entry.at) >= this.#until) return undefined;
    const as = result === 'failure' ? 'failed' : outcome;
    const to = Math.min(due?.to ?? 0, this.#until - 1);
    const dueTimes = due === null ? 1 : this.#dueTimes(due.from, to);
    this.counts[as] += dueTimes;
    if (due !== null) this.#settled += dueTimes;
    if ((as === 'skipped' || as === 'missed') && !reason) this.#unexplained += dueTimes;
    if (as === 'failed' || as === 'skipped' || as === 'missed') this.#note(as, reason ?? 'without a reason', dueTimes);
    return { as, dueTimes, dues: due === null ? [] : this.#dues(due.from, to) };
  }

  /** A step's result is durable. */
  finished(run: string, step: string): void {
    if (run !== this.#run) {
      this.#run = run;
      this.#steps = new Set();
    }
    this.#steps.add(step);
  }

  /** Whether a step begins that had finished in that run. */
  isDoneAgain(run: string, step: string): boolean {
    return run === this.#run && this.#steps.has(step);
  }

  /** How long it has gone without a success beyond its schedule, in milliseconds, and since when. @param at epoch ms */
  silence(at: number): { ms: number; from: number } {
    const { at: before, wallAt } = this.#lastSuccess;
    const from = this.#expectedAt ?? before + this.#untilDue(wallAt);
    const ms = Math.max(0, at - from);
    this.#longestMs = Math.max(this.#longestMs, ms);
    return { ms, from };
  }

  succeeded(instant: Instant): void {
    this.#lastSuccess = instant;
    this.#expectedAt = undefined;
    this.path.clear();
  }

  reasons(): Unserved[] {
    return [...this.#reasons.values()];
  }

  get unexplained(): number {
    return this.#unexplained;
  }

  /** @param context where it stands at the end; absent when it is nowhere */
  report(context: EngineContext | undefined): EngineReport & { unsettled: number } {
    const { due, run } = context ?? {};
    const last = Math.min(due?.at ?? this.#until, this.#until) - 1;
    const expected = typeof this.#firstDue === 'number' ? this.#dueBefore + this.#dueUpTo(last) : this.#settled;
    // What is under way will be settled.
    const pending = run?.trigger === 'schedule' && run.dueAt < this.#until ? 1 : 0;
    const unsettled = Math.abs(expected - pending - this.#settled);
    return {
      engine: this.id,
      ...this.counts,
      dueTimes: expected,
      lost: unsettled + this.#unexplained,
      longestWithoutMs: this.#longestMs,
      unsettled,
    };
  }

  #note(outcome: Unserved['outcome'], reason: string, dueTimes: number): void {
    const general = withoutNames(reason);
    const key = `${outcome} ${general}`;
    const known = this.#reasons.get(key);
    if (known) known.dueTimes += dueTimes;
    else if (this.#reasons.size < 200) this.#reasons.set(key, { engine: this.id, outcome, reason: general, dueTimes });
  }

  /** How many due times there were since the first one. @param last epoch ms */
  #dueUpTo(last: number): number {
    const first = this.#firstDue;
    return typeof first !== 'number' || first > last ? 0 : this.#dueTimes(first, last);
  }

  /** How many due times there are in a range, both ends included. @param from a due time, epoch ms @param to epoch ms */
  #dueTimes(from: number, to: number): number {
    if (from === to) return 1;
    const { schedule } = this.#settings;
    if (!schedule) return 1;
    if (schedule.kind === 'every' && !schedule.spread) return Math.floor((to - from) / schedule.everyMs) + 1;
    let count = 0;
    for (const _ of this.#dues(from, to)) count += 1;
    return count;
  }

  /** The due times in a range, both ends included. */
  *#dues(from: number, to: number): Generator<number> {
    const { schedule } = this.#settings;
    let due: number | null = from;
    for (let count = 0; due !== null && due <= to && count < countsMax; count++) {
      yield due;
      due = schedule ? nextDue(schedule, this.#anchorAt, due) : null;
    }
  }

  /** From a success to when the next one is due at the earliest, in milliseconds. */
  #untilDue(wallAt: number): number {
    const { schedule } = this.#settings;
    if (!schedule || schedule.kind === 'after') return Number.POSITIVE_INFINITY;
    const due = nextDue(schedule, this.#anchorAt, wallAt);
    return due === null ? Number.POSITIVE_INFINITY : this.#opening(due) - wallAt;
  }

  /** When it may begin that is due at an instant, epoch ms. */
  #opening(due: number): number {
    const { window } = this.#settings;
    return window && !isOpen(window, due) ? nextOpening(window, due) : due;
  }
}

/** Runs, instants, counts and lengths differ each time; what happened may be the same. */
function withoutNames(reason: string): string {
  return reason
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '…')
    .replace(/^the run \S+ had not ended yet$/, 'the run before had not ended yet')
    .slice(0, 200);
}
