/**
 * Faults: what may go wrong, each with what must hold afterwards all the same.
 *
 * A fault is an object of one of the kinds below; whoever needs another writes one. The catalogue is in `faults.ts`.
 */
import type { Random } from '../../random.ts';
import type { WorldEvent } from '../invariants/invariant.ts';
import type { Injection } from '../world/chaos.ts';
import type { WorldRequest } from '../world/network.ts';

/** What there is to look at once a fault has happened and the world has gone on. */
export interface Aftermath {
  /** Where it happened. */
  injection: Injection;
  /** Everything that happened in the world, in order. */
  events: readonly WorldEvent[];
  /** Everything since the fault, which is the first of them, but the calls by which a person was alerted. */
  since: readonly WorldEvent[];
}

interface Named {
  /** As in `429 Retry-After 60`: unique, and short enough for a test's name. */
  name: string;
  /** What must hold afterwards, in words. The world's invariants hold it. */
  afterwards: string;
  /**
   * Looks whether it does, where the invariants do not say so anyway.
   *
   * @returns what is wrong; undefined when nothing is
   */
  holds?: (aftermath: Aftermath) => string | undefined;
}

/** Something goes wrong with a request to a service, or to a token server. */
export interface CallFault extends Named {
  kind: 'call';
  /** Whom it happens to. Default: a service. */
  to?: 'service' | 'token server';
  answer: (exchange: FaultyExchange) => Promise<Response>;
}

export interface FaultyExchange {
  request: WorldRequest;
  /** Has the service do what it was asked for. Resolves with its own answer. */
  served: () => Promise<Response>;
  /** Resolves after so many milliseconds of the world's time. */
  pause: (ms: number) => Promise<void>;
  random: Random;
}

/** The disk does not take a write. */
export interface DiskFault extends Named {
  kind: 'disk';
  /** `refuse` for `lastsMs`, or a single write when that is 0. */
  error: () => Error;
  lastsMs: number;
  /** Whether somebody has to make room, or whatever else it takes. */
  needsPerson: boolean;
}

/** The process is killed at a write: nothing of it is on disk, some of it (which SQLite rolls back), or all of it. */
export interface KillFault extends Named {
  kind: 'kill';
  when: 'before' | 'during' | 'after';
  /** How long nobody is there. */
  downMs: number;
}

/** Something happens to the machine at an instant. */
export interface MachineFault extends Named {
  kind: 'machine';
  happen: (machine: Machine) => void | Promise<void>;
}

export interface Machine {
  /** Sets the wall clock, by so many milliseconds. */
  setWall(byMs: number): void;
  /** Sleeps for so many milliseconds. */
  sleep(ms: number): void;
  /**
   * Starts a second service on the same disk. @returns what kept it from starting; undefined when no first one was there, and it is the
   * service from now on
   */
  startSecond(): Error | undefined;
  /** The next timer of the process rings twice. */
  ringTwice(): void;
  /** The access tokens that were given out for a token of the config are good for nothing from now on. */
  rejectToken(token: string): void;
  /** The grant of a token of the config is taken back: only a person can give another. */
  revokeGrant(token: string): void;
  /** True time, epoch ms. */
  now(): number;
}

/** What a program does instead of its work. */
export interface ProgramFault extends Named {
  kind: 'program';
  behaviour: ProgramBehaviour;
}

/** How a program of the world behaves. */
export interface ProgramBehaviour {
  /** How long it runs, in milliseconds. Default 1,000. */
  runsMs?: number;
  /** Default 0. */
  exitCode?: number;
  /** It ends by this signal. */
  signal?: NodeJS.Signals;
  /** What it writes to `NIGHTSHIFT_OUTPUT`. Default: nothing, and so the run's output is the number of lines. */
  output?: unknown;
  /** Lines on its standard output. Default: one. */
  lines?: number;
  /** It goes on when it is asked to end, until it is killed. */
  ignoresSigterm?: boolean;
  /** Memory that it holds more of each second, in bytes. */
  leaksPerSecond?: number;
}

export type Fault = CallFault | DiskFault | KillFault | MachineFault | ProgramFault;
