/**
 * What a host does: it creates actors, keeps them on disk and brings them back.
 *
 * The core knows no host but by this interface. Whoever implements it is held to the conformance
 * suite in `test/actors/conformance.ts`.
 */
import type { AnyStateMachine, EventObject } from 'xstate';
import { NightshiftError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Failure } from '../policies/failure.ts';
import type { Address, DurableSnapshot, Quarantined, Stream } from '../stream.ts';

/**
 * What a host refuses: `ACTOR_UNKNOWN`, `ACTOR_HALTED`, `KIND_UNKNOWN`, `TRANSITION_FAILED`, `EFFECT_SUPERSEDED`,
 * `HOST_DRAINING`, `HOST_STOPPED`, `AWAITED_IN_VAIN`, `EFFECT_UNKNOWN`.
 */
export class HostError extends NightshiftError {}

/** What an effect gets to work with. Once `signal` is aborted, every function but `tell` throws its reason. */
export interface EffectScope<Input = Json> {
  /** As of the effect's first start. For progress made since, use `read`. */
  input: Input;
  /** The same for every start of this effect: an idempotency key. */
  key: string;
  /** How often this effect was begun before and cut off by a crash. */
  starts: number;
  signal: AbortSignal;
  /** Aborted when the host drains: a good moment to stop between two steps. Throw its reason, and the record stays as it is. */
  draining: AbortSignal;
  address: Address;
  /** The error as plain JSON, without secrets: what may be kept of it. */
  explain(error: unknown): Failure;
  /** Whether the text holds a secret, which must not be kept. */
  hasSecret(text: string): boolean;
  /** This actor's present snapshot. */
  read(): DurableSnapshot;
  /** Sends an event to this actor under the effect's ticket; resolves once what it changed is durable. */
  send(event: EventObject): Promise<void>;
  /** Offers an event to another actor: see {@link Host.ask}. */
  ask(address: Address, event: EventObject): Promise<boolean>;
  /**
   * Sends to another actor without waiting for it. Works after an abort too, so that what was taken can be given
   * back. Whatever becomes of it is ignored.
   */
  tell(address: Address, event: EventObject): void;
  /** Waits for another actor: see {@link Host.until}. */
  until(address: Address, tag: string, signal?: AbortSignal): Promise<DurableSnapshot>;
  /** Another actor's present snapshot. */
  look(address: Address): DurableSnapshot;
}

/**
 * Whether the error is how an effect says that it gave way to a drain: its record stays as it is. A job may have
 * wrapped the reason into an error of its own.
 */
export function gaveWay({ draining }: Pick<EffectScope, 'draining'>, error: unknown): boolean {
  if (!draining.aborted) return false;
  const seen = new Set<unknown>();
  for (let link = error; !seen.has(link); link = link instanceof Error ? link.cause : undefined) {
    if (link === draining.reason) return true;
    seen.add(link);
  }
  return false;
}

export type EffectRunner = (scope: EffectScope<never>) => Promise<unknown>;

/** A kind of actor: its chart, how old records are brought up to date, and what its invokes do. */
export interface ActorKind {
  machine: AnyStateMachine;
  /** Version of the chart's records, from 1. A record with a higher one is quarantined. */
  version: number;
  /** `migrations[n]` turns a record of version n into one of version n + 1. */
  migrations?: Readonly<Record<number, (record: Json) => Json>>;
  effects: Readonly<Record<string, EffectRunner>>;
  /**
   * Keys of the chart's context that are not worth a write: a transition that changes nothing else is not committed. They are
   * written with the next one that is, and what they gained since then is lost in a crash.
   */
  volatile?: readonly string[];
}

/** An actor that should exist. */
export interface Wanted {
  address: Address;
  /** Plain JSON. The chart gets it as `input.settings`, beside `input.id`, `input.at` and `input.chance`. */
  settings: { [key: string]: Json };
  /** The smaller comes first when the host starts. Default 0. */
  importance?: number;
}

/** How an actor stands with its host. */
export interface ActorStatus {
  snapshot: DurableSnapshot;
  /** The host gave it up, since when and why; null for an actor in service. */
  halted: { at: number; reason: string } | null;
  /** Its effect waits for its turn to begin alone, and why; null when it does not. */
  waits: string | null;
}

export interface Host extends Stream {
  /**
   * Makes sure that the actors exist: from its record when there is one, afresh otherwise. An actor whose
   * settings differ from those of its record gets `settings.changed` first. A record that cannot be read is moved
   * to quarantine, and its actor starts afresh. Timers that ran out meanwhile fire in order of importance, a few at
   * a time. Resolves once all is durable and armed.
   */
  ensure(actors: Iterable<Wanted>): Promise<void>;
  /** Delivers an event. Resolves once what it changed is durable. */
  send(address: Address, event: EventObject): Promise<void>;
  /** Offers an event; answers whether the chart took it (as its `can` says), once that is durable. */
  ask(address: Address, event: EventObject): Promise<boolean>;
  /** Resolves with the first durable snapshot that has the tag. Rejects with the signal's reason. */
  until(address: Address, tag: string, ...signals: AbortSignal[]): Promise<DurableSnapshot>;
  /** The present snapshot. @throws {HostError} `ACTOR_UNKNOWN` */
  read(address: Address): DurableSnapshot;
  /** @throws {HostError} `ACTOR_UNKNOWN` */
  status(address: Address): ActorStatus;
  /** Where an actor stands, without its chart's help: looking at it wakes nobody. @throws {HostError} `ACTOR_UNKNOWN` */
  standOf(address: Address): {
    stand: Pick<DurableSnapshot, 'value' | 'context' | 'timers' | 'effects'>;
    halted: ActorStatus['halted'];
  };
  /** Puts an actor that the host gave up back into service, where it stood. */
  reset(address: Address): Promise<void>;
  /** Why the store takes no writes at present. While it does not, nothing new begins and sends do not resolve. */
  readonly storeError: Error | undefined;
  addresses(): Address[];
  /** Whether there is such an actor. */
  has(address: Address): boolean;
  quarantine(): readonly Quarantined[];
  /** Takes no new work: no timer fires and no effect starts any more; running effects go on. */
  drain(): void;
  /** Resolves once no effect is running; with a kind, none of actors of that kind. */
  idle(kind?: string): Promise<void>;
  /**
   * Aborts what runs, writes what is pending and lets go. Wanted effects stay in the records, so that the next
   * host starts them again; that does not count as a crash, unless it is one: then each was cut off once more.
   */
  stop(how?: { crashed?: boolean }): Promise<void>;
}
