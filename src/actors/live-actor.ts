/**
 * One actor in memory: the XState actor with its durable logic, and what the host knows of it.
 */
import { createHash } from 'node:crypto';
import { type Actor, createActor } from 'xstate';
import type { Json } from '../json.ts';
import type { ActorRecord } from '../persistence/record.ts';
import type { DeliveredEvent, DurableLogic, PersistedSnapshot } from './durable.ts';
import type { ActorKind, Address, DurableSnapshot } from './host.ts';

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
  crashes: number[] = [];
  halted: ActorRecord['halted'] = null;
  /** As it is on disk: what the host makes true outside. */
  committed: DurableSnapshot | undefined;
  /** The latest change that is not on disk yet. */
  pending: PendingChange | undefined;
  readonly #actor: Actor<DurableLogic>;

  /**
   * @param start the chart's input for a new actor, or the state of its record
   * @throws whatever the chart throws at its start, or XState at a state that the chart does not have
   */
  constructor(
    address: Address,
    kind: ActorKind,
    logic: DurableLogic,
    start: { input: Json } | { snapshot: PersistedSnapshot },
  ) {
    this.address = address;
    this.kind = kind;
    this.#actor = createActor(logic, { id: address, ...start } as never);
    const { status, error } = this.#actor.getSnapshot();
    if (status === 'error') throw error;
    // Without an observer for it, XState throws an actor's error into the process.
    this.#actor.subscribe({ error: () => {} });
    this.#actor.start();
  }

  get snapshot(): DurableSnapshot {
    return this.#actor.getSnapshot() as DurableSnapshot;
  }

  send(event: DeliveredEvent): void {
    this.#actor.send(event);
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
  return createHash('sha1').update(JSON.stringify(settings)).digest('base64url');
}
