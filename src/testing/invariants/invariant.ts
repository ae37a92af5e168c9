/**
 * Invariants: what must hold at every step of every history.
 *
 * An invariant watches a world. It is told of everything that happens, of each moment in which everything stands still, and of
 * the end; what it finds wrong it says through `broken`.
 */
import type { Config } from '../../config/config.ts';
import type { LedgerEntry } from '../../persistence/ledger.ts';
import type { Address, CommittedTransition, Crash, DurableSnapshot, Quarantined } from '../../stream.ts';
import type { Injection } from '../world/chaos.ts';
import type { Exchange, WorldRequest } from '../world/network.ts';
import type { Offence } from '../world/service-model.ts';

export interface Invariant {
  /** A short name, as in `one owner per run`. */
  name: string;
  /** What holds, in a sentence. */
  claim?: string;
  /** Begins to watch. */
  watch: (world: WatchedWorld, broken: (what: string) => void) => Watching;
}

/**
 * An invariant of one's own. In most cases a function that is told of everything that happens is enough:
 *
 * ```ts
 * const politeToShop = invariant('polite to the shop', (_, broken) => {
 *   let lastAt = 0;
 *   return (event) => {
 *     if (event.type !== 'call.sent' || event.request.service !== 'shop') return;
 *     if (event.at - lastAt < 1_000) broken(`call ${event.request.number} came ${event.at - lastAt} ms after the one before`);
 *     lastAt = event.at;
 *   };
 * });
 * ```
 *
 * @param watch begins to watch; what it keeps in mind belongs to one world
 */
export function invariant(
  name: string,
  watch: (world: WatchedWorld, broken: (what: string) => void) => Watching | ((event: WorldEvent) => void),
): Invariant {
  return {
    name,
    watch(world, broken) {
      const watching = watch(world, broken);
      return typeof watching === 'function' ? { seen: watching } : watching;
    },
  };
}

export interface Watching {
  /** Something has happened. */
  seen?: (event: WorldEvent) => void;
  /** Everything that can happen at this instant has. */
  atRest?: () => void;
  /** The world is looked at for the last time: nothing is under way any more that could not be so for ever. */
  atEnd?: () => void;
}

/** What an invariant may look at. */
export interface WatchedWorld {
  config: Config;
  /** True time, epoch ms. */
  now(): number;
  /** What the process sees on the wall, epoch ms. */
  wallNow(): number;
  /** How long the machine has been awake, ms: neither a sleep nor a clock that was set moves it. */
  monotonicNow(): number;
  /** When the world began, epoch ms. */
  startedAt: number;
  /** Whether a process is there that has finished starting. */
  isReady(): boolean;
  /** Every actor of the process that lives; none while none does. */
  addresses(): readonly Address[];
  /** Where an actor stands, as its process has it in memory; undefined when there is none. */
  standOf(
    address: Address,
  ): { stand: Pick<DurableSnapshot, 'value' | 'context' | 'timers' | 'effects'>; halted: boolean } | undefined;
  /** Whether an actor would take an event now. */
  can(address: Address, event: { type: string }): boolean;
  /** A record, or any other row, as it is on disk. */
  onDisk(key: string): unknown;
  /** Whether the store takes writes at present. */
  storeWorks(): boolean;
  /** Whether an effect of the actor stands in line to begin alone, after the process has died under it. */
  waitsInLine(address: Address): boolean;
  /** The newest version of an OAuth token that the world's server gave out. */
  newestToken(token: string): number;
  /** The version of an OAuth token that is in the vault, on disk; 0 when there is none. */
  storedToken(token: string): number;
  /** The OAuth token that a request to a token server is about; undefined for any other request. */
  refreshOf(request: WorldRequest): string | undefined;
  /** The version of an OAuth token that a request carries. */
  tokenOf(request: WorldRequest): { token: string; version: number } | undefined;
}

/** Everything that happens in a world, in order. Instants are true time, epoch ms, unless they say otherwise. */
export type WorldEvent =
  | { type: 'process.began'; at: number; life: number }
  /** It is there and armed. */
  | { type: 'process.ready'; at: number; life: number }
  | { type: 'process.ended'; at: number; life: number; how: 'killed' | 'stopped' }
  | { type: 'fault'; at: number; injection: Injection }
  /** Faults end: whatever was planned is over. */
  | { type: 'calm'; at: number }
  | { type: 'transition'; at: number; life: number; transition: CommittedTransition }
  /** Entries have been added to the run ledger, durably. */
  | { type: 'ledger'; at: number; address: Address; entry: LedgerEntry }
  | { type: 'committed'; at: number; keys: readonly string[] }
  | { type: 'actor.crashed'; at: number; crash: Crash }
  | { type: 'quarantined'; at: number; quarantined: Quarantined }
  | { type: 'call.sent'; at: number; life: number; request: WorldRequest }
  | { type: 'call.ended'; at: number; exchange: Exchange }
  | { type: 'offence'; at: number; offence: Offence; request: WorldRequest; detail: string }
  | { type: 'run.began'; at: number; life: number; work: RunWork }
  | { type: 'run.ended'; at: number; life: number; work: RunWork; error?: string }
  | { type: 'step.began'; at: number; life: number; step: StepWork }
  /** The job has its result: what it does from now on may be because of that. */
  | { type: 'step.kept'; at: number; life: number; step: StepWork }
  | { type: 'step.ended'; at: number; life: number; step: StepWork; error?: string }
  /** A message has reached a person. */
  | {
      type: 'alert';
      at: number;
      channel: string;
      key: string;
      kind: string;
      cause: string;
      severity: string;
      todo: string | null;
    }
  /** A person did something about what they were told. */
  | { type: 'person'; at: number; did: string; cause: string };

/** A start of a run's own function. */
export interface RunWork {
  engine: string;
  run: string;
  dueAt: number;
  /** Tells one start of the effect from another; the same again after a crash. */
  ticket: string;
  /** Aborted when it was told to end. */
  signal: AbortSignal;
}

/** A start of a step's work. */
export interface StepWork {
  engine: string;
  run: string;
  name: string;
  key: string;
  attempt: number;
  /** The window that it asked for. */
  window?: string;
  /** It may be left out when its service is down. */
  whenDown?: 'skip';
}

/** What was found to be wrong. */
export interface Violation {
  invariant: string;
  what: string;
  /** True time, epoch ms. */
  at: number;
}
