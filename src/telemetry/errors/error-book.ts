/**
 * Keeps the errors of the last weeks by their signatures, from the stream of committed transitions.
 *
 * The run ledger would not do: it has the last error of a run that failed, and nothing of those that another attempt mended, which
 * are what grows before anything fails. Log files would not do either: they may be off, filled up, rotated or set to another level.
 *
 * A new signature is on the disk a second later, what was counted of known ones within a minute. A kill costs no more than that.
 */
import type { Cancel, Clock } from '../../clock.ts';
import { errorRow } from '../../persistence/error-rows.ts';
import type { RowSource } from '../../persistence/row-pages.ts';
import type { Write } from '../../persistence/store.ts';
import type { CommittedTransition, Stream } from '../../stream.ts';
import {
  addError,
  type ErrorExample,
  type ErrorGroup,
  errorIn,
  newGroup,
  readGroups,
  trimGroup,
} from './error-group.ts';

export interface ErrorBookPorts {
  clock: Pick<Clock, 'now' | 'after'>;
  store: RowSource;
  /** Resolves once the rows are durable. */
  write: (rows: readonly Write[]) => Promise<void>;
  /** Hears of what could not be kept. */
  failed: (error: unknown) => void;
}

/** Signatures that are kept. */
export const groupsMax = 1_000;
/** New ones that are taken in a day: a message that is different each time must not drive out all others. */
export const newPerDayMax = 200;
/** Without an error for so long a signature leaves, and is new when it comes again. */
export const forgottenAfterMs = 90 * 86_400_000;
/** Stands for all that there was no room for. */
export const others = 'all others';

const dayMs = 86_400_000;
const soonMs = 1_000;
const laterMs = 60_000;

export class ErrorBook {
  readonly #ports: ErrorBookPorts;
  readonly #groups = new Map<string, ErrorGroup>();
  /** Signatures whose rows are not as they are here. */
  readonly #changed = new Set<string>();
  #day = { from: Number.NEGATIVE_INFINITY, taken: 0 };
  #wait: { at: number; cancel: Cancel } | undefined;

  constructor(ports: ErrorBookPorts) {
    this.#ports = ports;
  }

  /** Takes up what earlier processes have kept. */
  async start(): Promise<void> {
    for (const group of await readGroups(this.#ports.store)) this.#groups.set(group.signature, group);
  }

  /** Notes what happens from now on. @returns a function that ends it */
  watch(stream: Stream): () => void {
    return stream.inspect({ transition: (transition) => this.transition(transition) });
  }

  transition(transition: CommittedTransition): void {
    const error = errorIn(transition);
    if (error) this.add(error);
  }

  add(error: ErrorExample): void {
    const made = newGroup(error);
    const known = this.#groups.get(made.signature);
    const group = known ?? this.#take(made, error.at);
    addError(group, error);
    this.#changed.add(group.signature);
    this.#keepWithin(known ? laterMs : soonMs);
  }

  /** Resolves once all is on the disk, or could not be put there. */
  async stop(): Promise<void> {
    this.#wait?.cancel();
    this.#wait = undefined;
    await this.#keep();
  }

  #take(made: ErrorGroup, at: number): ErrorGroup {
    if (at >= this.#day.from + dayMs) this.#day = { from: at, taken: 0 };
    if (this.#day.taken >= newPerDayMax) return this.#others(made);
    this.#day.taken += 1;
    this.#groups.set(made.signature, made);
    return made;
  }

  #others(made: ErrorGroup): ErrorGroup {
    const known = this.#groups.get(others) ?? { ...made, signature: others };
    this.#groups.set(others, known);
    return known;
  }

  #keepWithin(ms: number) {
    const { clock } = this.#ports;
    const at = clock.now() + ms;
    if (this.#wait && this.#wait.at <= at) return;
    this.#wait?.cancel();
    const cancel = clock.after(ms, () => {
      this.#wait = undefined;
      void this.#keep();
    });
    this.#wait = { at, cancel };
  }

  /** What the store does not take is tried again with the next error. */
  async #keep() {
    const now = this.#ports.clock.now();
    this.#forget(now);
    const changed = [...this.#changed];
    if (changed.length === 0) return;
    const rows = changed.map((signature) => {
      const group = this.#groups.get(signature);
      if (group) trimGroup(group, now);
      return errorRow(signature, group ? JSON.stringify(group) : null);
    });
    this.#changed.clear();
    try {
      await this.#ports.write(rows);
    } catch (error) {
      for (const signature of changed) this.#changed.add(signature);
      this.#ports.failed(error);
    }
  }

  /** Those leave that nobody has seen for months, and past the bound those that nobody has seen for longest. */
  #forget(now: number) {
    const latestFirst = [...this.#groups.values()].sort((one, other) => other.lastAt - one.lastAt);
    for (const [place, { signature, lastAt }] of latestFirst.entries()) {
      if (place < groupsMax && lastAt >= now - forgottenAfterMs) continue;
      this.#groups.delete(signature);
      this.#changed.add(signature);
    }
  }
}
