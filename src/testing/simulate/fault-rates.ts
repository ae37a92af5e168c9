/**
 * Fault rates: how often what goes wrong in a simulation. What is absent never does.
 *
 * Lengths are milliseconds, and means of exponential distributions; shares are from 0 to 1.
 */
import type { CallFault, ProgramFault } from '../faults/fault.ts';
import { faults } from '../faults/faults.ts';
import type { SpellRate } from './spells.ts';

export interface FaultRates {
  /** Share of the calls to each service and token server with which that goes wrong. */
  calls: Partial<Record<CallRate, number>>;
  /** Each service is down for a while, on its own; with `inTurn`, one after the other. */
  outages?: SpellRate & { inTurn: boolean };
  /** There is no network, for anybody. */
  network?: SpellRate;
  /** The token servers are down, all of them. */
  tokenServers?: SpellRate;
  /** The access tokens of each OAuth token are rejected before their time. */
  tokensRejected?: { everyMs: number };
  /** The grant of each OAuth token is revoked: a person must give it again. */
  grantsRevoked?: { everyMs: number };
  /** The disk is full: a person must make room. */
  diskFull?: { everyMs: number };
  /** The store is locked by somebody else. */
  diskBusy?: SpellRate;
  /** A batch is written in part, and taken back. */
  tornBatches?: { everyMs: number };
  /** The process is killed at some instant, and back after `downMs`. */
  crashes?: CrashRate;
  /** It is killed before, during or after a commit. */
  crashesAtCommit?: CrashRate;
  /** The machine sleeps. */
  asleep?: SpellRate;
  /** The clock is set wrong, forward or back by up to `byMs`, and right again. */
  clockSet?: SpellRate & { byMs: number };
  /** The machine sleeps until half an hour before the clocks change in the config's time zone: up to half a year. */
  clocksChange?: { everyMs: number };
  /** A timer rings twice. */
  duplicateTimers?: { everyMs: number };
  /** Somebody starts a second service on the same data folder. */
  doubleStarts?: { everyMs: number };
  /** Share of the starts of programs in which they do that instead of their work. */
  programs: Partial<Record<ProgramRate, number>>;
}

export interface CrashRate {
  everyMs: number;
  downMs: number;
}

const { status } = faults;

/** In the order in which chance hands them out. */
export const callRates = {
  serverError: [status(503)],
  rateLimited: [10, 60, 300].map((retryAfter) => status(429, { retryAfter })),
  resetBefore: [faults.resetBefore],
  resetAfter: [faults.resetAfter],
  dns: [faults.dns],
  empty: [faults.emptyOk],
  garbage: [faults.garbageOk],
  truncated: [faults.truncatedBody],
  slow: [faults.slowDrip],
  silence: [faults.silence],
  tls: [faults.tls],
} as const satisfies Record<string, readonly CallFault[]>;

export type CallRate = keyof typeof callRates;

/** In the order in which chance hands them out. */
export const programRates = {
  nothing: faults.exitsEmpty,
  fails: faults.exitsOne,
  killed: faults.exitsBySignal('SIGKILL'),
  hangs: faults.hangs,
  deaf: faults.ignoresSigterm,
  leaks: faults.leaks,
} as const satisfies Record<string, ProgramFault>;

export type ProgramRate = keyof typeof programRates;
