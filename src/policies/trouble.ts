/**
 * Troubles: which states of which actors a person should hear of, and what they have in common.
 *
 * One cause is one trouble: a provider that is down is one, however many engines wait for it. They name the cause that
 * they wait for instead of being one.
 */
import type { EngineContext } from './engine.ts';
import type { Failure } from './failure.ts';
import { closedCode, everybodysTrouble, hasObstacle } from './hold.ts';
import type { QuotaSettings } from './settings.ts';
import { stateName } from './state-name.ts';
import { todoOf } from './todo.ts';
import { isUnarmed, unarmed } from './unarmed.ts';
import { unended } from './unended.ts';

/** Plain JSON. */
export type Trouble = {
  /** `now` cannot wait for the morning; `canWait` may also heal by itself. */
  severity: 'now' | 'canWait';
  /** In a few words, as in `shop is down`. */
  title: string;
  /** What happened. */
  what: string;
  /** What has been done about it already; null for nothing. */
  tried: string | null;
  /** What the person must do; null when it heals by itself. */
  todo: string | null;
};

/** Where an actor stands: from its snapshot or from its record alike. */
export interface Stand {
  value: unknown;
  context: unknown;
  timers: object;
  effects: object;
}

/**
 * The trouble that an actor is itself, or the one that it is held up by. The cause names it, as in `breaker:shop`. An actor
 * that is just finding out leaves its cause as it is: undecided.
 */
export type Finding =
  | { cause: string; trouble: Trouble }
  | { cause: string; waits: true; trouble?: Trouble }
  | { cause: string; undecided: true };

type AnyContext = Partial<EngineContext> & {
  reason?: string | null;
  failedProbes?: number;
  failures?: number;
  failure?: Failure | null;
};

/**
 * What is wrong with an actor.
 *
 * @param address as in `engine/youtube`
 * @param givenUp why the host gave it up; null when it did not
 * @returns null when there is nothing that a person should hear of
 */
export function troubleOf(address: string, stand: Stand, givenUp: string | null): Finding | null {
  const { value, context } = stand;
  const [kind, id] = [address.slice(0, address.indexOf('/')), address.slice(address.indexOf('/') + 1)];
  const cause = `${kind}:${id}`;
  const state = stateName(value);
  const memory = context as AnyContext;
  if (givenUp !== null) {
    const what = `The runtime gave it up: ${givenUp}.`;
    return urgent(cause, `${address} is out of service`, what, null, todoOf(address, state, true));
  }
  if (isUnarmed(address, stand)) {
    const todo = `have it begin anew: nightshift pause ${id}, then nightshift resume ${id}`;
    return urgent(cause, `${id} waits for nothing`, `${address}: ${unarmed(stand)}.`, null, todo);
  }
  switch (kind) {
    case 'engine':
      return engineTrouble(cause, id, state, memory);
    case 'breaker':
      return breakerTrouble(cause, id, state, memory);
    case 'token':
      return tokenTrouble(cause, address, id, state, memory);
    case 'quota':
      return quotaTrouble(cause, id, context as Partial<QuotaMemory>);
    case 'heartbeat':
      return heartbeatTrouble(cause, id, state, context as Partial<HeartbeatMemory>);
    default:
      return null;
  }
}

function engineTrouble(cause: string, id: string, state: string, context: AnyContext): Finding | null {
  const { hold, failure, failures = 0, run } = context;
  if (state === 'halted') {
    const tried = failures > 1 ? `${failures} runs failed, and none succeeded in between.` : null;
    return urgent(
      cause,
      `${id} has stopped`,
      failure?.message ?? 'It cannot go on.',
      tried,
      todoOf(`engine/${id}`, state),
    );
  }
  // While it looks again whether the trouble is over, it is not known to be.
  const standsStill = state === 'paused' || hold?.kind === 'window';
  const shared = run && failure && !standsStill ? everybodysTrouble(failure) : null;
  if (failure && shared !== null) {
    return { cause: `shared:${shared}`, waits: true, trouble: sharedTrouble(shared, failure) };
  }
  if (run && failure?.class === 'degraded' && failure.code !== closedCode && !hasObstacle(failure) && !standsStill) {
    return hold?.kind === 'trouble' ? heldUp(cause, id, failure) : { cause, undecided: true };
  }
  return hold?.kind === 'actor' ? waitsFor(hold.address) : null;
}

/** What a job waits for of its own accord, as a program that said so by its exit code. */
function heldUp(cause: string, id: string, { message }: Failure): Finding {
  const trouble: Trouble = {
    severity: 'canWait',
    title: `${id} is held up`,
    what: message,
    tried: 'It is tried again every 30 s.',
    todo: null,
  };
  return { cause, trouble };
}

/** A budget that is used up is no trouble, and neither is a full house: both were asked for. Only a quota that is one is told of. */
function waitsFor(address: string): Finding | null {
  const kind = address.slice(0, address.indexOf('/'));
  return ['breaker', 'token', 'quota'].includes(kind) ? { cause: address.replace('/', ':'), waits: true } : null;
}

/** Everybody's trouble: it has no actor of its own, so it stands as long as somebody is held up by it. */
function sharedTrouble(name: string, { code, message }: Failure): Trouble {
  const needsPerson = personalCodes.has(code);
  return {
    severity: needsPerson ? 'now' : 'canWait',
    title: name === 'network' ? 'there is no network' : (titles[code] ?? `engines are held up by ${code}`),
    what: message,
    tried: 'One engine looks every 30 s whether it is over.',
    todo: needsPerson ? `${remedies[code] ?? 'make room on the disk'}; everything goes on by itself then` : null,
  };
}

const personalCodes = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'SQLITE_FULL', 'SQLITE_READONLY']);

const remedies: Readonly<Record<string, string>> = {
  EROFS: 'make the disk writable again',
  SQLITE_READONLY: 'make the disk writable again',
};

const titles: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  SQLITE_FULL: 'the disk is full',
  SQLITE_READONLY: 'the disk is read-only',
  EMFILE: 'there are no file handles left',
  ENFILE: 'there are no file handles left',
};

function breakerTrouble(cause: string, id: string, state: string, context: AnyContext): Finding | null {
  if (state !== 'open' && !state.startsWith('halfOpen')) return null;
  const { reason, failedProbes = 0 } = context;
  const trouble: Trouble = {
    severity: 'canWait',
    title: `${id} is down`,
    what: reason ?? 'Its breaker is open.',
    tried: failedProbes > 0 ? `${failedProbes} ${failedProbes === 1 ? 'probe' : 'probes'} failed.` : null,
    todo: null,
  };
  return { cause, trouble };
}

function tokenTrouble(
  cause: string,
  address: string,
  id: string,
  state: string,
  { failure, failures = 0 }: AnyContext,
): Finding | null {
  const what = failure?.message ?? 'There is none that may be used.';
  if (state === 'revoked' || state === 'missing') {
    return urgent(cause, `the token ${id} is ${state}`, what, null, todoOf(address, state));
  }
  if (state === 'refreshing') return { cause, undecided: true };
  if (state !== 'expired') return null;
  const trouble: Trouble = {
    severity: 'canWait',
    title: `the token ${id} cannot be renewed`,
    what,
    tried: `${failures} ${failures === 1 ? 'attempt' : 'attempts'} failed.`,
    todo: null,
  };
  return { cause, trouble };
}

interface QuotaMemory {
  settings: QuotaSettings;
  refusedSince: number | null;
  refusedUntil: number;
  reason: string | null;
}

const hourMs = 3_600_000;
/** How long a service may refuse calls because of its quota: one that a day's budget is known of, until the day is over. */
const refusedMsMax = { day: 25 * hourMs, else: hourMs };

/** A service that refuses by its quota for longer than any quota that it is known to have would take to fill up. */
function quotaTrouble(
  cause: string,
  id: string,
  { settings, refusedSince = null, refusedUntil = 0, reason = null }: Partial<QuotaMemory>,
): Finding | null {
  const isDaily = settings?.per === 'day' && settings.limit !== null;
  const longest = isDaily ? refusedMsMax.day : refusedMsMax.else;
  if (refusedSince === null || refusedUntil - refusedSince <= longest) return null;
  const trouble: Trouble = {
    severity: 'canWait',
    title: `${id} refuses every call by its quota`,
    what: `It has answered none since ${new Date(refusedSince).toISOString()}${reason === null ? '' : `: ${reason}`}.`,
    tried: 'It is asked again whenever its quota may have room.',
    todo: 'see what quota the service gives you; everything goes on by itself when it answers',
  };
  return { cause, trouble };
}

interface HeartbeatMemory {
  beatAt: number | null;
  expectedAt: number | null;
  reason: string | null;
}

function heartbeatTrouble(
  cause: string,
  id: string,
  state: string,
  { beatAt = null, expectedAt = null, reason = null }: Partial<HeartbeatMemory>,
): Finding | null {
  if (state !== 'missing') return null;
  const name = id.replace('service:', 'the service ');
  const since =
    beatAt === null ? 'It has never succeeded.' : `Its last success was at ${new Date(beatAt).toISOString()}.`;
  const due = expectedAt === null ? '' : ` The next was due at ${new Date(expectedAt).toISOString()}.`;
  const why = reason === null ? '' : ` What is known: ${unended(reason)}.`;
  return urgent(
    cause,
    `${name} has gone quiet`,
    `${since}${due}${why}`,
    null,
    `${name === id ? `nightshift why ${id}` : 'nightshift status'} says where it stands`,
  );
}

/**
 * The trouble of an engine that has gone quiet because a service does not serve it, though the service is well enough for its
 * breaker to stay closed, as one that answers 429 for hours. Whoever has the same service has the same trouble.
 *
 * @returns null when it is something else
 */
export function unservedBy({ context }: Pick<Stand, 'context'>): Finding | null {
  const { failure } = context as AnyContext;
  if (failure?.class !== 'recoverable' || failure.service === undefined) return null;
  const trouble: Trouble = {
    severity: 'now',
    title: `${failure.service} keeps jobs from their work`,
    what: `They have gone quiet. What one of them met last: ${failure.message}`,
    tried: 'Their runs are tried again as their settings say.',
    todo: 'see what the service wants; nightshift status says where they stand',
  };
  return { cause: `service:${failure.service}`, waits: true, trouble };
}

/** A record that could not be read was put aside, and its actor began afresh. */
export function quarantineTrouble({ address, reason, key }: { address: string; reason: string; key: string }): {
  cause: string;
  trouble: Trouble;
} {
  const cause = `quarantine:${address.replace('/', ':')}`;
  const trouble: Trouble = {
    severity: 'canWait',
    title: `the record of ${address} could not be read`,
    what: reason,
    tried: 'It was put aside, and the actor began afresh.',
    todo: `see whether it does what it should; the record is kept in the store as ${key}. Then: nightshift ack ${cause}`,
  };
  return { cause, trouble };
}

function urgent(cause: string, title: string, what: string, tried: string | null, todo: string | null): Finding {
  return { cause, trouble: { severity: 'now', title, what, tried, todo } };
}
