/**
 * Fault rates: how often what goes wrong in a simulation. What is absent never does.
 *
 * Lengths are milliseconds, and means of exponential distributions; shares are from 0 to 1.
 */
import type { SingleFault } from './call-faults.ts';
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

/** In the order in which chance hands them out. */
export const callRates = {
  serverError: ['503'],
  rateLimited: ['429 Retry-After 10', '429 Retry-After 60', '429 Retry-After 300'],
  resetBefore: ['reset before it arrived'],
  resetAfter: ['reset after it was done'],
  dns: ['DNS failure'],
  empty: ['200 with nothing'],
  garbage: ['200 with garbage'],
  truncated: ['truncated answer'],
  slow: ['slow drip'],
  silence: ['silence'],
} as const satisfies Record<string, readonly (`${SingleFault}` | `429 Retry-After ${number}`)[]>;

export type CallRate = keyof typeof callRates;

/** In the order in which chance hands them out. */
export const programRates = {
  nothing: 'exits 0 with nothing',
  fails: 'exits 1',
  killed: 'ended by SIGKILL',
  hangs: 'hangs',
  deaf: 'hangs and ignores SIGTERM',
  leaks: 'leaks 50 MB a second',
} as const;

export type ProgramRate = keyof typeof programRates;
