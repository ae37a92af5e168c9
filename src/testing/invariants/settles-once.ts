/**
 * Every due time of every engine settles exactly once, with a reason where nothing ran.
 *
 * The account is kept outside of the process, from the schedule alone, and outlives every crash: an entry that comes twice, one
 * for what was never due, and a due time that an engine has passed over without a word are all found.
 */
import type { EngineConfig } from '../../config/config.ts';
import type { LedgerEntry } from '../../persistence/ledger.ts';
import { type ActorRecord, recordKey } from '../../persistence/record.ts';
import type { EngineContext } from '../../policies/engine.ts';
import { isSetRight } from '../../policies/set-right.ts';
import type { Address } from '../../stream.ts';
import { FollowedDues, PlannedDues } from './due-account.ts';
import type { Invariant, WatchedWorld } from './invariant.ts';

/** How often those who follow another engine are looked at, by true time, in milliseconds. */
const lookEveryMs = 60_000;

export const settlesOnce: Invariant = {
  name: 'settles once',
  claim: 'every due time of every engine settles exactly once in the run ledger, with a reason where nothing ran',
  watch(world, broken) {
    const books = new Map<Address, Book>();
    const bookOf = (address: Address): Book | undefined => {
      const known = books.get(address);
      if (known) return known;
      const opened = openBook(world, address, broken);
      if (opened) books.set(address, opened);
      return opened;
    };
    const lookAtDisk = () => {
      for (const id of world.config.engines.keys()) {
        const context = recorded(world, `engine/${id}`);
        const book = bookOf(`engine/${id}`);
        if (context && book?.isPlanned) book.stands(context);
      }
    };
    // Who follows another engine hears of a success when that is on disk, or at the next start: what is lost stays lost.
    const followers = [...world.config.engines.values()].filter(({ settings }) => settings.after !== undefined);
    const suspects = new Map<Address, number>();
    let nextLook = world.startedAt;
    const lookAtFollowers = (isLast = false) => {
      for (const { id } of followers) {
        const address: Address = `engine/${id}`;
        const found = world.standOf(address);
        const book = found && !found.halted ? bookOf(address) : undefined;
        const lost = book?.lost(found?.stand.context as EngineContext);
        if (lost !== undefined && suspects.get(address) === lost) book?.lose(lost);
        if (lost === undefined) suspects.delete(address);
        else if (!isLast) suspects.set(address, lost);
      }
    };
    return {
      seen(event) {
        switch (event.type) {
          case 'ledger': {
            if (!event.address.startsWith('engine/')) return;
            bookOf(event.address)?.enter(event.entry);
            tellFollowers(world, event.address, event.entry, bookOf);
            return;
          }
          case 'transition': {
            const { address, snapshot, at } = event.transition;
            if (!address.startsWith('engine/')) return;
            const book = bookOf(address);
            const context = snapshot.context as EngineContext;
            if (isSetRight(event.transition.event)) book?.beginAnew(context, at);
            else if (book?.isPlanned) book.stands(context);
            return;
          }
          case 'process.ready':
            return lookAtDisk();
          case 'process.ended':
            suspects.clear();
            return;
          case 'quarantined':
            // Its record could not be used: the actor begins afresh, and a person was told.
            books.delete(event.quarantined.address);
            return;
          default:
        }
      },
      atRest() {
        if (followers.length === 0 || world.now() < nextLook || !world.isReady() || !world.storeWorks()) return;
        nextLook = world.now() + lookEveryMs;
        lookAtFollowers();
      },
      atEnd() {
        lookAtDisk();
        lookAtFollowers(true);
      },
    };
  },
};

function openBook(world: WatchedWorld, address: Address, broken: (what: string) => void): Book | undefined {
  const engine = world.config.engines.get(address.slice('engine/'.length));
  const context = recorded(world, address);
  return engine && context && new Book(engine, context.anchorAt, broken);
}

/** What an engine remembers, as it is on disk: in memory it may be ahead of its ledger. */
function recorded(world: WatchedWorld, address: Address): EngineContext | undefined {
  const record = world.onDisk(recordKey(address)) as ActorRecord | undefined;
  return (record?.state as { context?: EngineContext } | undefined)?.context;
}

/** What one engine succeeds at is due for whoever runs after it. */
function tellFollowers(
  world: WatchedWorld,
  address: Address,
  { result, at }: LedgerEntry,
  bookOf: (address: Address) => Book | undefined,
): void {
  if (result !== 'success') return;
  for (const { id, settings } of world.config.engines.values()) {
    if (`engine/${settings.after}` !== address) continue;
    // Who was given up hears of the latest success alone, once somebody has put it back.
    const isExcused = world.standOf(`engine/${id}`)?.halted ?? false;
    bookOf(`engine/${id}`)?.follow(at, isExcused);
  }
}

/** The account of one engine. */
class Book {
  readonly #engine: EngineConfig;
  readonly #broken: (what: string) => void;
  #anchorAt: number;
  #dues: PlannedDues | FollowedDues | null;
  /** Of a run that waits yet: what it was due by the clock before that was set right. */
  #excused: number | undefined;
  /** The latest runs that were settled. */
  #settled: string[] = [];
  /** The run that other due times were said to be served by. */
  #promised: string | undefined;

  constructor(engine: EngineConfig, anchorAt: number, broken: (what: string) => void) {
    this.#engine = engine;
    this.#anchorAt = anchorAt;
    this.#broken = (what) => broken(`${engine.id}: ${what}`);
    const { schedule, after } = engine.settings;
    this.#dues = after !== undefined ? new FollowedDues() : schedule && new PlannedDues(schedule, anchorAt);
  }

  /** The clock was set right: what is due from then on is due by the new one. */
  beginAnew({ anchorAt, due, run }: EngineContext, at: number): void {
    const { schedule, after } = this.#engine.settings;
    this.#anchorAt = anchorAt;
    this.#excused = run?.trigger === 'schedule' ? run.dueAt : undefined;
    this.#dues = after !== undefined ? new FollowedDues() : schedule && new PlannedDues(schedule, anchorAt, at);
    if (due?.schedule.kind === 'after') for (const time of due.schedule.times) this.follow(time, false);
  }

  get isPlanned(): boolean {
    return !(this.#dues instanceof FollowedDues);
  }

  follow(at: number, isExcused: boolean): void {
    if (this.#dues instanceof FollowedDues) this.#dues.add(at, { isExcused });
  }

  enter(entry: LedgerEntry): void {
    const { due, outcome, run } = entry;
    for (const what of formProblems(entry, this.#engine.settings.graceMs)) this.#broken(`${nameOf(entry)} ${what}`);
    if (due && due.from === this.#excused && due.from === due.to) this.#excused = undefined;
    else if (due) {
      const what = this.#dues ? this.#dues.settle(due.from, due.to) : 'is of an engine without a schedule';
      if (what !== undefined) this.#broken(`${nameOf(entry)} ${what}`);
    }
    if (run === undefined) return;
    if (outcome === 'coalesced') this.#promise(run, entry);
    else this.#settleRun(run, entry);
  }

  /** Whether nothing was passed over. */
  stands(context: EngineContext): void {
    if (context.anchorAt !== this.#anchorAt) {
      const [now, before] = [iso(context.anchorAt), iso(this.#anchorAt)];
      this.#broken(`its due times count from ${now}, and counted from ${before} before`);
    }
    const lost = this.lost(context);
    if (lost !== undefined) this.lose(lost);
  }

  /** The first due time that is neither settled, nor held by the run, nor still to be decided about. */
  lost({ due, run }: EngineContext): number | undefined {
    const held = run?.trigger === 'schedule' ? run.dueAt : undefined;
    return this.#dues?.lost(due?.at ?? Number.POSITIVE_INFINITY, held);
  }

  lose(lost: number): void {
    this.#broken(`what was due at ${iso(lost)} is neither settled, nor served by a run, nor still to be decided about`);
    // Said once.
    this.#dues?.settle(lost, lost);
  }

  #promise(run: string, entry: LedgerEntry): void {
    if (this.#promised !== undefined && this.#promised !== run) {
      this.#broken(`${nameOf(entry)} is served by ${run}, and the run ${this.#promised} was never settled`);
    }
    if (this.#settled.includes(run)) this.#broken(`${nameOf(entry)} is served by ${run}, which was settled before`);
    this.#promised = run;
  }

  #settleRun(run: string, entry: LedgerEntry): void {
    if (this.#settled.includes(run)) this.#broken(`${nameOf(entry)}: the run ${run} was settled before`);
    if (this.#promised !== undefined && this.#promised !== run) {
      this.#broken(`the run ${this.#promised}, which serves other due times, was never settled`);
    }
    this.#promised = undefined;
    this.#settled = [...this.#settled, run].slice(-4);
  }
}

function formProblems(entry: LedgerEntry, graceMs: number): string[] {
  const { outcome, due, run, result, reason, startedAt } = entry;
  switch (outcome) {
    case 'ran':
    case 'late': {
      const problems: string[] = [];
      if (run === undefined) problems.push('names no run');
      if (result === undefined) problems.push('does not say how the run ended');
      if (result === 'failure' && !reason) problems.push('does not say why the run failed');
      if (due && due.from !== due.to) problems.push('covers more than the one due time that a run is for');
      if (startedAt === undefined) return [...problems, 'does not say when the run began'];
      const isLate = due !== null && startedAt - due.from > graceMs;
      if (isLate !== (outcome === 'late')) problems.push(`began ${startedAt - (due?.from ?? startedAt)} ms after it`);
      return problems;
    }
    case 'coalesced':
      return run === undefined ? ['names no run that serves it'] : [];
    case 'skipped':
    case 'missed':
      return reason ? [] : ['has no reason'];
    default:
      outcome satisfies never;
      return [`is said to be '${String(outcome)}', which is no outcome`];
  }
}

function nameOf({ outcome, due, run }: LedgerEntry): string {
  if (!due) return `the entry '${outcome}' of the run ${run}`;
  const range = due.from === due.to ? iso(due.from) : `${iso(due.from)} to ${iso(due.to)}`;
  return `the entry '${outcome}' for ${range}`;
}

function iso(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : String(at);
}
