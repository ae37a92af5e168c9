/**
 * One actor in memory: the XState actor with its durable logic, and what the host knows of it.
 *
 * An actor that comes back from its record is asleep until somebody needs its snapshot: for an idle engine the
 * record's state is enough, and ten thousand of them are back before the first of them has to do anything.
 */
import { hash } from 'node:crypto';
import { type Actor, createActor } from 'xstate';
import type { Json } from '../json.ts';
import type { ActorRecord } from '../persistence/record.ts';
import type { Address, DurableSnapshot, Timer } from '../stream.ts';
import type { DeliveredEvent, DurableLogic, PersistedSnapshot } from './durable.ts';
import type { ActorKind } from './host.ts';

/** A start of an effect that is under way in this process. */
export interface RunningEffect {
  ticket: string;
  abort: AbortController;
}

/** Somebody who waits for a durable snapshot with a tag. */
export interface Waiter {
  tag: string;
  resolve: (snapshot: DurableSnapshot) => void;
}

/** A change on its way to the disk, and who waits for it. */
export interface PendingChange {
  released: (() => void)[];
}

export class LiveActor {
  readonly address: Address;
  readonly kind: ActorKind;
  readonly running = new Map<string, RunningEffect>();
  readonly waiters = new Set<Waiter>();
  /** Orders what fires when the host starts; the smaller comes first. */
  importance = 0;
  settings = '';
  /** New ones that came while it was given up. */
  settingsAside: Json | undefined;
  crashes: number[] = [];
  halted: ActorRecord['halted'] = null;
  /** The latest change that is not on disk yet. */
  pending: PendingChange | undefined;
  readonly #logic: DurableLogic;
  #actor: Actor<DurableLogic> | undefined;
  /** What the actor wakes up with. */
  #asleep: PersistedSnapshot | undefined;
  #committed: DurableSnapshot | undefined;

  /**
   * @param start the chart's input for a new actor, or the state of its record
   * @throws whatever the chart throws at its start
   */
  constructor(
    address: Address,
    kind: ActorKind,
    logic: DurableLogic,
    start: { input: Json } | { snapshot: PersistedSnapshot },
  ) {
    this.address = address;
    this.kind = kind;
    this.#logic = logic;
    if ('snapshot' in start) this.#asleep = start.snapshot;
    else this.#actor = this.#started(start);
  }

  /** @throws what XState throws at a state that the chart does not have, on the first call for a restored actor */
  get snapshot(): DurableSnapshot {
    return this.#awake().getSnapshot() as DurableSnapshot;
  }

  /** Where it stands. Looking at that wakes nobody. */
  get stand(): Pick<DurableSnapshot, 'value' | 'context' | 'timers' | 'effects'> {
    return (this.#asleep as unknown as DurableSnapshot | undefined) ?? this.snapshot;
  }

  /** As it is on disk. */
  get committed(): DurableSnapshot | undefined {
    if (this.#asleep) this.#awake();
    return this.#committed;
  }

  set committed(snapshot: DurableSnapshot) {
    this.#committed = snapshot;
  }

  /** The timers and effects on disk: what the host makes true outside. Looking at them wakes nobody. */
  get wanted(): Pick<DurableSnapshot, 'timers' | 'effects'> | undefined {
    return this.#asleep ?? this.#committed;
  }

  /** The earliest deadline on disk, epoch ms; undefined when there is none, or when it has been given up. */
  get dueAt(): number | undefined {
    const timers = this.halted ? undefined : this.wanted?.timers;
    let first: number | undefined;
    for (const id in timers) {
      const { dueAt } = timers[id] as Timer;
      if (first === undefined || dueAt < first) first = dueAt;
    }
    return first;
  }

  /** Resolves with the first durable snapshot that has the tag; rejects with the reason of whichever signal is aborted. */
  until(tag: string, signals: readonly AbortSignal[]): Promise<DurableSnapshot> {
    return new Promise((resolve, reject) => {
      const over = signals.find(({ aborted }) => aborted);
      if (over) return reject(over.reason);
      if (!this.pending && this.committed?.hasTag(tag as never)) return resolve(this.committed);
      const letGo = () => {
        this.waiters.delete(waiter);
        for (const signal of signals) signal.removeEventListener('abort', give);
      };
      const waiter: Waiter = {
        tag,
        resolve: (snapshot) => {
          letGo();
          resolve(snapshot);
        },
      };
      const give = ({ target }: Event) => {
        letGo();
        reject((target as AbortSignal).reason);
      };
      this.waiters.add(waiter);
      for (const signal of signals) signal.addEventListener('abort', give, { once: true });
    });
  }

  send(event: DeliveredEvent): void {
    this.#awake().send(event);
  }

  #awake(): Actor<DurableLogic> {
    if (!this.#actor) {
      this.#actor = this.#started({ snapshot: this.#asleep });
      this.#committed = this.#actor.getSnapshot() as DurableSnapshot;
      this.#asleep = undefined;
    }
    return this.#actor;
  }

  #started(start: object): Actor<DurableLogic> {
    const actor = createActor(this.#logic, { id: this.address, ...start } as never);
    const { status, error } = actor.getSnapshot();
    if (status === 'error') throw error;
    // Without an observer for it, XState throws an actor's error into the process.
    actor.subscribe({ error: () => {} });
    return actor.start();
  }

  /** The record's JSON text as of now. */
  encode(): string {
    const { value, context, timers, effects } = this.snapshot;
    const record: ActorRecord = {
      machine: this.kind.machine.id,
      version: this.kind.version,
      settings: this.settings,
      state: { value, context, timers, effects } as unknown as Json,
      crashes: this.crashes,
      halted: this.halted,
    };
    return JSON.stringify(record);
  }
}

/** Tells settings apart without keeping them. */
export function settingsDigest(settings: Json): string {
  return hash('sha1', JSON.stringify(settings), 'base64url');
}
