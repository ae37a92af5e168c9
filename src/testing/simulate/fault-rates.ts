/**
 * Fault rates: how often what goes wrong in a simulation. What is absent never does.
 *
 * Lengths are milliseconds, and means of exponential distributions; shares are from 0 to 1.
 */
import type { CallFault, ProgramFault } from '../faults/fault.ts';
import { faults } from '../faults/faults.ts';
import { exitsOne, hangs } from './other-faults.ts';
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
  /** The process is killed at some instant, and back after `downMs`. */
  crashes?: CrashRate;
  /** It is killed before, during or after a commit. */
  crashesAtCommit?: CrashRate;
  /** The machine sleeps. */
  asleep?: SpellRate;
  /** The clock is set wrong, forward or back by up to `byMs`, and right again. */
  clockSet?: SpellRate & { byMs: number };
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
} as const satisfies Record<string, readonly CallFault[]>;

export type CallRate = keyof typeof callRates;

/** In the order in which chance hands them out. */
export const programRates = {
  nothing: faults.exitsEmpty,
  fails: exitsOne,
  killed: faults.exitsBySignal('SIGKILL'),
  hangs,
  deaf: faults.ignoresSigterm,
  leaks: faults.leaks,
} as const satisfies Record<string, ProgramFault>;

export type ProgramRate = keyof typeof programRates;
