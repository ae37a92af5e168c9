/**
 * What a host does: it creates actors, keeps them on disk and brings them back.
 *
 * The core knows no host but by this interface. Whoever implements it is held to the conformance
 * suite in `test/actors/conformance.ts`.
 */
import type { AnyStateMachine, EventObject, SnapshotFrom } from 'xstate';
import type { Json } from '../json.ts';

/** `kind/id`, as in `engine/youtube`: names one actor for as long as it exists. */
export type Address = `${string}/${string}`;

/** A timer that is wanted: it fires `event` at `dueAt` (epoch ms). The ticket tells this start from every other. */
export interface Timer {
  ticket: string;
  dueAt: number;
  event: EventObject;
}

/** An effect that is wanted. `starts` counts how often it was begun again after a crash without progress. */
export interface Effect {
  ticket: string;
  src: string;
  input: Json;
  starts: number;
}

/** The chart's own snapshot plus the desired state of the world outside. */
export type DurableSnapshot<M extends AnyStateMachine = AnyStateMachine> = SnapshotFrom<M> & {
  timers: Readonly<Record<string, Timer>>;
  effects: Readonly<Record<string, Effect>>;
};

/** One committed change of one actor. Told once, after it is durable, in the order of commits. */
export interface CommittedTransition {
  address: Address;
  /** The instant stamped on the event, epoch ms. */
  at: number;
  /** The state value before; undefined when the actor was created. */
  from: unknown;
  /** Every state value the step passed through, the last one being where it stands now. */
  path: unknown[];
  event: EventObject;
  snapshot: DurableSnapshot;
  /** Facts the chart emitted in this step: what it settled in the run ledger. */
  facts: readonly EventObject[];
}

/** What an effect gets to work with. Once `signal` is aborted, every other member throws the signal's reason. */
export interface EffectScope<Input = Json> {
  /** As of the effect's first start. For progress made since, use `read`. */
  input: Input;
  /** The same for every start of this effect: an idempotency key. */
  key: string;
  /** How often this effect was begun before and cut off by a crash. */
  starts: number;
  signal: AbortSignal;
  address: Address;
  /** This actor's present snapshot. */
  read(): DurableSnapshot;
  /** Sends an event to this actor under the effect's ticket; resolves once what it changed is durable. */
  send(event: EventObject): Promise<void>;
  /** Offers an event to another actor: see {@link Host.ask}. */
  ask(address: Address, event: EventObject): Promise<boolean>;
  /** Waits for another actor: see {@link Host.until}. */
  until(address: Address, tag: string, signal?: AbortSignal): Promise<DurableSnapshot>;
  /** Another actor's present snapshot. */
  look(address: Address): DurableSnapshot;
}

export type EffectRunner = (scope: EffectScope<never>) => Promise<unknown>;

/** A kind of actor: its chart, how old records are brought up to date, and what its invokes do. */
export interface ActorKind {
  machine: AnyStateMachine;
  /** Version of the chart's records, from 1. A record with a higher one is quarantined. */
  version: number;
  /** `migrations[n]` turns a record of version n into one of version n + 1. */
  migrations?: Readonly<Record<number, (record: Json) => Json>>;
  /** Order in which actors are brought back; the smaller comes first. */
  importance: number;
  effects: Readonly<Record<string, EffectRunner>>;
}

/** Why an actor could not be brought back, and where its record is kept now. */
export interface Quarantined {
  address: Address;
  at: number;
  reason: string;
  key: string;
}

export interface Host {
  /**
   * Makes sure that the actor exists: from its record when there is one, afresh otherwise. A record whose
   * settings differ from `settings` gets `settings.changed` first. A record that cannot be read is moved to
   * quarantine and the actor starts afresh. Resolves once that is durable and its timers and effects run.
   */
  ensure(address: Address, settings: Json): Promise<void>;
  /** Like `ensure` for many, in order of importance, in as few commits as possible. */
  ensureAll(actors: Iterable<{ address: Address; settings: Json }>): Promise<void>;
  /** Delivers an event. Resolves once what it changed is durable. */
  send(address: Address, event: EventObject): Promise<void>;
  /** Offers an event; answers whether the chart took it (as its `can` says), once that is durable. */
  ask(address: Address, event: EventObject): Promise<boolean>;
  /** Resolves with the first durable snapshot that has the tag. Rejects with the signal's reason. */
  until(address: Address, tag: string, signal: AbortSignal): Promise<DurableSnapshot>;
  /** The present snapshot. @throws {NightshiftError} `ACTOR_UNKNOWN` */
  read(address: Address): DurableSnapshot;
  addresses(): Address[];
  quarantine(): readonly Quarantined[];
  /** Told of every committed transition, once. Returns a function that ends it. */
  inspect(observer: (transition: CommittedTransition) => void): () => void;
  /** Takes no new work: timers stop firing; running effects go on. */
  drain(): void;
  /** Resolves once no effect is running. */
  idle(): Promise<void>;
  /** Aborts what runs, flushes what is pending and lets go. No record changes by it. */
  stop(): Promise<void>;
}
