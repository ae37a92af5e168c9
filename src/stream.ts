/**
 * The one stream: what a host tells of its actors. Logs and everything else that watches feed from it.
 */
import type { AnyStateMachine, EventObject, SnapshotFrom } from 'xstate';
import type { Json } from './json.ts';

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
  /** What the chart emitted for the ledger in this step. */
  facts: readonly Json[];
}

/** A call of a service that went out and has ended. Those that were not let out are none. */
export interface CallMade {
  service: string;
  durationMs: number;
  /** null for one that succeeded. */
  failure: { class: string; code: string } | null;
}

/** Why an actor could not be brought back, and where its record is kept now. */
export interface Quarantined {
  address: Address;
  at: number;
  reason: string;
  key: string;
}

/** A transition or an effect that broke, and what became of its actor. */
export interface Crash {
  address: Address;
  at: number;
  error: unknown;
  /** It broke too often: the actor takes no events until it is reset. */
  halted: boolean;
}

export interface Resumed {
  address: Address;
  at: number;
  /** As it stands on disk. */
  stand: Pick<DurableSnapshot, 'value' | 'context' | 'timers' | 'effects'>;
}

/** What a host tells. Whatever an observer throws is ignored: it can never hurt an actor. */
export interface HostObserver {
  /** Each committed transition, once, in the order of commits. */
  transition?: (transition: CommittedTransition) => void;
  crashed?: (crash: Crash) => void;
  /** An actor is back from its record, with effects that were under way when the process before ended, and go on now. */
  resumed?: (resumed: Resumed) => void;
  quarantined?: (quarantined: Quarantined) => void;
  /** An actor that had been given up is back in service, durably. */
  reset?: (address: Address) => void;
  /** The store refuses to be written; told on every try. Nothing is lost meanwhile, and nothing new starts. */
  storeFailing?: (error: Error) => void;
  storeRecovered?: () => void;
}

export interface Stream {
  /** Tells the observer what happens from now on. Returns a function that ends it. */
  inspect(observer: HostObserver): () => void;
}
