/**
 * Transitions: taken in memory, then committed together with their ledger entries. What a flush has brought to the disk is
 * made true, told and released, in this order.
 */
import type { EventObject } from 'xstate';
import type { Clock } from '../clock.ts';
import type { Json } from '../json.ts';
import { GroupCommit } from '../persistence/group-commit.ts';
import { ledgerRow } from '../persistence/ledger.ts';
import { recordKey } from '../persistence/record.ts';
import type { Store, Write } from '../persistence/store.ts';
import type { StoreError } from '../persistence/store-error.ts';
import type { Failure } from '../policies/failure.ts';
import { countCrash, type RestartIntensity } from '../policies/restart-intensity.ts';
import type { Random } from '../random.ts';
import type { Address, CommittedTransition, DurableSnapshot } from '../stream.ts';
import type { Charts } from './charts.ts';
import type { Fence, Step } from './durable.ts';
import { LiveActor, type PendingChange, settingsDigest } from './live-actor.ts';
import type { Observers } from './observers.ts';

export interface TransitionPorts {
  store: Store;
  clock: Clock;
  random: Random;
  charts: Charts;
  observers: Observers;
  /** Transitions that throw, which an actor may have before it is given up. */
  intensity: RestartIntensity;
  explain: (error: unknown) => Failure;
  /** What the actor wants is on disk. */
  reconcile: (actor: LiveActor) => void;
  /** The store takes writes again. */
  recovered: () => void;
}

export class Transitions {
  readonly #ports: TransitionPorts;
  readonly #commits: GroupCommit;
  #entries: number;
  #stopped = false;
  // What one flush has brought to the disk, until its end.
  #touched = new Set<LiveActor>();
  #told: CommittedTransition[] = [];
  #released: (() => void)[] = [];

  constructor(ports: TransitionPorts) {
    const { store, clock, random, observers, recovered } = ports;
    this.#ports = ports;
    this.#entries = Math.floor(random() * 1e9);
    this.#commits = new GroupCommit(store, clock, {
      flushed: () => this.#flushed(),
      failing: (error) => observers.tell((observer) => observer.storeFailing?.(error)),
      recovered: () => {
        observers.tell((observer) => observer.storeRecovered?.());
        recovered();
      },
    });
  }

  /** Why the store takes no writes at present. */
  get failing(): StoreError | undefined {
    return this.#commits.failing;
  }

  /** Writes rows that belong to no actor, in the order of everything else. Resolves once they are durable. */
  write(rows: readonly Write[]): Promise<void> {
    return this.#commits.write(rows);
  }

  /** Writes what is pending from the beginning, after something may have cut the writing off. */
  restart(): void {
    this.#commits.restart();
  }

  /** Takes no more events. */
  stop(): void {
    this.#stopped = true;
  }

  /** Ends with one last try for what is pending. @throws {StoreError} */
  close(): Promise<void> {
    return this.#commits.close();
  }

  /** Transition: in memory, and into the next batch when it changed something. */
  deliver(actor: LiveActor, event: EventObject, fence?: Fence): Step {
    if (actor.halted || this.#stopped) return { taken: false, stale: true, path: [], facts: [] };
    const before = actor.snapshot;
    const at = this.#ports.clock.now();
    actor.send({ ...event, at, chance: this.#ports.random(), ...(fence && { fence }) });
    const step = this.#ports.charts.takeStep();
    if (step.thrown !== undefined) {
      this.#crash(actor, step.thrown, at);
      return step;
    }
    const snapshot = actor.snapshot;
    const { facts, path } = step;
    if (differ(before, snapshot, actor.kind.volatile) || facts.length > 0) {
      this.commit(actor, { address: actor.address, at, from: before.value, path, event, snapshot, facts });
    }
    return step;
  }

  /** Puts the actor's record as it is now into the next batch, with what the transition has for the ledger. */
  commit(actor: LiveActor, transition?: CommittedTransition): void {
    const { snapshot } = actor;
    const rows: Write[] = [[recordKey(actor.address), actor.encode()]];
    for (const entry of transition?.facts ?? []) {
      this.#entries += 1;
      rows.push(ledgerRow(actor.address, transition?.at ?? 0, this.#entries, entry));
    }
    const change: PendingChange = { released: [] };
    actor.pending = change;
    const committed = () => {
      actor.committed = snapshot;
      if (actor.pending === change) actor.pending = undefined;
      this.#touched.add(actor);
      this.#released.push(...change.released);
      if (transition) this.#told.push(transition);
    };
    this.#commits.add({ rows, committed });
  }

  /** A new actor, on its way to the disk. */
  created(address: Address, settings: Json): LiveActor {
    const { kind, logic } = this.#ports.charts.of(address);
    const input = {
      id: address.slice(address.indexOf('/') + 1),
      settings,
      at: this.#ports.clock.now(),
      chance: this.#ports.random(),
    };
    const actor = new LiveActor(address, kind, logic, { input });
    actor.settings = settingsDigest(settings);
    const { facts, path } = this.#ports.charts.takeStep();
    const event = { type: 'xstate.init' };
    this.commit(actor, { address, at: input.at, from: undefined, path, event, snapshot: actor.snapshot, facts });
    return actor;
  }

  /** Resolves once nothing of the actor that has happened so far is only in memory. */
  durable(actor: LiveActor): Promise<void> | undefined {
    const { pending } = actor;
    return pending && new Promise((released) => pending.released.push(released));
  }

  #flushed(): void {
    const [touched, told, released] = [this.#touched, this.#told, this.#released];
    [this.#touched, this.#told, this.#released] = [new Set(), [], []];
    for (const actor of touched) this.#ports.reconcile(actor);
    for (const transition of told) this.#ports.observers.tell((observer) => observer.transition?.(transition));
    for (const actor of touched) {
      const { committed, waiters } = actor;
      if (!committed) continue;
      for (const waiter of [...waiters]) if (committed.hasTag(waiter.tag as never)) waiter.resolve(committed);
    }
    for (const release of released) release();
  }

  #crash(actor: LiveActor, error: unknown, at: number): void {
    const { crashes, tooMany } = countCrash(actor.crashes, at, this.#ports.intensity);
    actor.crashes = crashes;
    if (tooMany) {
      const { message } = this.#ports.explain(error);
      actor.halted = {
        at,
        reason: `it broke ${crashes.length} times in ${this.#ports.intensity.withinMs / 1000} s: ${message}`,
      };
    }
    this.commit(actor);
    this.#ports.observers.tell((observer) =>
      observer.crashed?.({ address: actor.address, at, error, halted: tooMany }),
    );
  }
}

/** Whether a record of the one would read differently from a record of the other. Looks one level into the context. */
function differ(before: DurableSnapshot, after: DurableSnapshot, volatile: readonly string[] = []): boolean {
  if (before === after) return false;
  if (before.timers !== after.timers || before.effects !== after.effects) return true;
  const [old, now] = [before.context, after.context] as Record<string, unknown>[];
  for (const key in now) if (now[key] !== old?.[key] && !volatile.includes(key)) return true;
  return JSON.stringify(before.value) !== JSON.stringify(after.value);
}
