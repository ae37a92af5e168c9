/**
 * Group commit: many changes, one fsync.
 *
 * A change is put into the next batch and told when the batch is on disk. The next flush starts when the
 * last one has ended: alone, a change waits for one fsync; under load a hundred share it. Within a batch
 * a later value of a key replaces an earlier one, and the changes are told in the order they came.
 *
 * A batch that cannot be written is not forgotten: it joins the next one and is tried again, after 1 s,
 * then 2, 4, 8, 16 and from then on every 30 s, while `failing` says why. Nothing is told until it is
 * durable, so a caller that waits for that takes no step without its cause on disk.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../clock.ts';
import { LoopTurns } from './loop-turns.ts';
import type { Store, Write } from './store.ts';
import type { StoreError } from './store-error.ts';

/** What must be written together, and whom to tell once it is durable. */
export interface Change {
  rows: readonly Write[];
  committed: () => void;
}

export interface GroupCommitObserver {
  /** All changes of one batch have been told. */
  flushed?: () => void;
  /** The store refused a batch. Told on every try. */
  failing?: (error: StoreError) => void;
  /** The store took a batch again. */
  recovered?: () => void;
}

const retryMsFirst = 1_000;
const retryMsMax = 30_000;
/** Shares the fsync among enough, and lets the event loop turn before it is missed. */
const changesPerFlush = 100;
const turnMsMax = 2;

export class GroupCommit {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #observer: GroupCommitObserver;
  #turns: LoopTurns;
  /** A flush serves many: it belongs to no one's asynchronous context, least of all to that of whoever came first. */
  readonly #apart = AsyncLocalStorage.snapshot();
  #changes: Change[] = [];
  /** The batch on its way to the disk. */
  #batch: Change[] = [];
  #flushing: Promise<void> | undefined;
  /** Counts the flushes that were begun again: an earlier one that comes to itself after all has nothing to say. */
  #life = 0;
  #closing = false;
  /** Cuts the wait for the next try short. */
  #tryNow: () => void = () => {};
  #failing: StoreError | undefined;

  constructor(store: Store, clock: Clock, observer: GroupCommitObserver = {}) {
    this.#store = store;
    this.#clock = clock;
    this.#observer = observer;
    this.#turns = new LoopTurns(clock, turnMsMax);
  }

  /** Why the store takes no writes at present; undefined when it does. */
  get failing(): StoreError | undefined {
    return this.#failing;
  }

  add(change: Change): void {
    this.#changes.push(change);
    this.#flushing ??= this.#apart(() => this.#flush());
  }

  /** Resolves once the rows are durable, however long the store takes to recover. */
  write(rows: readonly Write[]): Promise<void> {
    return new Promise((committed) => this.add({ rows, committed }));
  }

  /**
   * Begins the present flush again. For when an endless loop was ended: V8 drops what else waited in the same turn,
   * and the flush may have been among it. A batch that had reached the disk is written once more, which changes nothing.
   */
  restart(): void {
    if (!this.#flushing) return;
    this.#life += 1;
    this.#changes = [...this.#batch, ...this.#changes];
    this.#batch = [];
    // The turn that the old ones wait for may never come.
    this.#turns = new LoopTurns(this.#clock, turnMsMax);
    this.#flushing = this.#apart(() => this.#flush());
  }

  /**
   * Ends with one last try for what is pending.
   *
   * @throws {StoreError} when the store still refuses; the pending changes are lost with the process then
   */
  async close(): Promise<void> {
    this.#closing = true;
    this.#tryNow();
    await this.#flushing;
    if (this.#failing) throw this.#failing;
  }

  async #flush() {
    const life = this.#life;
    const isOver = () => life !== this.#life;
    // Everything that is sent in this turn goes into the first batch.
    await null;
    let retryMs = retryMsFirst;
    while (!isOver() && this.#changes.length > 0) {
      await this.#turns.overdue();
      if (isOver()) return;
      const batch = this.#changes.splice(0, changesPerFlush);
      this.#batch = batch;
      try {
        await this.#store.write(merged(batch));
      } catch (error) {
        if (isOver()) return;
        this.#batch = [];
        this.#changes = [...batch, ...this.#changes];
        this.#failing = error as StoreError;
        this.#observer.failing?.(this.#failing);
        if (this.#closing) break;
        await this.#pause(retryMs);
        retryMs = Math.min(retryMs * 2, retryMsMax);
        continue;
      }
      if (isOver()) return;
      this.#batch = [];
      retryMs = retryMsFirst;
      if (this.#failing) {
        this.#failing = undefined;
        this.#observer.recovered?.();
      }
      for (const { committed } of batch) committed();
      this.#observer.flushed?.();
    }
    if (!isOver()) this.#flushing = undefined;
  }

  /** Waits before the next try, unless the end comes first. */
  #pause(ms: number): Promise<void> {
    return new Promise((resume) => {
      const cancel = this.#clock.after(ms, resume);
      this.#tryNow = () => {
        cancel();
        resume();
      };
    });
  }
}

function merged(changes: readonly Change[]): Write[] {
  const rows = new Map<string, string | null>();
  for (const change of changes) for (const [key, json] of change.rows) rows.set(key, json);
  return [...rows];
}
