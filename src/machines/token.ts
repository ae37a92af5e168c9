/**
 * Token: keeps one credential usable.
 *
 *   refreshing ──▶ fresh ──refreshBefore expiry──▶ refreshing ──fails──▶ retrying ──expiry──▶ expired
 *       │                                              ▲                    │                    │
 *       ├─▶ lasting     no known expiry                └────────────────────┴────────────────────┘
 *       └─▶ revoked, missing     a person must act
 *
 * The secret itself lives in the vault; here is only which version of it is the current one, and until when
 * it is good. Whoever wants to use it asks: a call may carry the token exactly when the snapshot
 * `can({ type: 'token.use', … })`. There is one refresh at a time, because there is one state for it.
 */
import { assign, setup } from 'xstate';
import { backoffMs } from '../policies/backoff.ts';
import { effect } from '../policies/effect.ts';
import { type Failure, failureOf } from '../policies/failure.ts';
import { instant } from '../policies/instant.ts';
import type { TokenSettings } from '../policies/settings.ts';

export interface TokenInput {
  id: string;
  settings: TokenSettings;
  at: number;
}

/** What a refresh ends with: which version is in the vault now. */
export type Refreshed = {
  version: number;
  /** Epoch ms; null when the server did not say. */
  expiresAt: number | null;
  /** When it was obtained, epoch ms. */
  obtainedAt: number;
};

export interface TokenContext {
  settings: TokenSettings;
  /** The version in the vault that calls may use; 0 before the first. */
  version: number;
  expiresAt: number | null;
  obtainedAt: number;
  /** A service has refused this version: it is not used any more, whatever its expiry says. */
  rejected: boolean;
  /** Failed refreshes in a row. */
  failures: number;
  retryAt: number;
  /** When the refresh under way began, epoch ms. */
  refreshingSince: number;
  failure: Failure | null;
}

export type TokenEvent =
  /** Somebody wants to put it on a call. Changes nothing; whether it is taken is the answer. */
  | { type: 'token.use' }
  /** Somebody found it too old to use: if it is, nobody waits for the timer that should have renewed it. */
  | { type: 'token.renew' }
  /** A service answered 401 to this version. */
  | { type: 'token.rejected'; version: number }
  /** A person has given a new grant. */
  | { type: 'token.provided' }
  /** `setBackMs`: the settings are the same, and the clock was that far ahead. */
  | { type: 'settings.changed'; settings: TokenSettings; setBackMs?: number };

/** A token this close to its expiry is not sent any more: it could expire on the way. At most a tenth of its life. */
const travelMsMax = 10_000;
const refreshTimeoutMs = 60_000;
/** Answers of a token server that no retry will change. @see RFC 6749, section 5.2 */
const finalCodes = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
]);

export const tokenMachine = setup({
  types: {
    input: {} as TokenInput,
    context: {} as TokenContext,
    events: {} as TokenEvent,
    tags: {} as 'usable' | 'rest' | 'waitsForHuman',
  },
  actors: {
    /** Gets a new token and stores it in the vault before it ends. */
    refreshToken: effect<{ version: number }, Refreshed>(),
  },
  guards: {
    isStatic: ({ context }) => context.settings.grant === 'static',
    isUnexpired: ({ context, event }) => !context.rejected && instant(event) < lastUse(context),
    isTooOld: ({ context, event }) => instant(event) >= lastUse(context),
    isCurrent: ({ context, event }) => event.type === 'token.rejected' && event.version === context.version,
    isNewGrant: ({ context, event }) =>
      event.type === 'settings.changed' && event.settings.fingerprint !== context.settings.fingerprint,
    expires: ({ event }) => refreshedOf(event).expiresAt !== null,
    isMissing: ({ event }) => failureOf(event).code === 'TOKEN_MISSING',
    isRevoked: ({ event }) => finalCodes.has(failureOf(event).code),
  },
  actions: {
    allow: assign({}),
    beginRefresh: assign(({ event }) => ({ refreshingSince: instant(event) })),
    noteRejection: assign(({ event }) => ({ rejected: true, refreshingSince: instant(event) })),
    noteRefresh: assign(({ event }) => ({
      ...refreshedOf(event),
      rejected: false,
      failures: 0,
      failure: null,
    })),
    noteFailure: assign(({ context, event }) => failed(context, event, failureOf(event))),
    noteTimeout: assign(({ context, event }) =>
      failed(context, event, {
        class: 'recoverable',
        code: 'REFRESH_TIMEOUT',
        message: `the token server did not answer within ${refreshTimeoutMs / 1000} s`,
      }),
    ),
    noteForGood: assign({
      rejected: true,
      failure: {
        class: 'shared',
        code: 'TOKEN_REJECTED',
        message: 'the service rejected the configured credential; put a valid one in its place and restart',
      },
    }),
    noteRefusal: assign(({ event }) => ({ failure: failureOf(event) })),
    takeSettings: assign(({ context, event }) => ({
      settings: event.type === 'settings.changed' ? event.settings : context.settings,
      ...lifeByTheClock(context, event),
    })),
    takeGrant: assign(({ event }) => ({
      ...(event.type === 'settings.changed' && { settings: event.settings }),
      rejected: true,
      failures: 0,
      failure: null,
      refreshingSince: instant(event),
    })),
  },
  delays: {
    untilRefresh: ({ context, event }) => refreshAt(context) - instant(event),
    untilRetry: ({ context, event }) => context.retryAt - instant(event),
    untilExpiry: ({ context, event }) => lastUse(context) - instant(event),
    untilImpatient: ({ context, event }) => context.refreshingSince + refreshTimeoutMs - instant(event),
  },
}).createMachine({
  id: 'token',
  context: ({ input }) => ({
    settings: input.settings,
    version: 0,
    expiresAt: null,
    obtainedAt: input.at,
    rejected: input.settings.grant !== 'static',
    failures: 0,
    retryAt: 0,
    refreshingSince: input.at,
    failure: null,
  }),
  initial: 'refreshing',
  on: {
    'settings.changed': [
      { guard: 'isNewGrant', target: '.refreshing', reenter: true, actions: 'takeGrant' },
      { actions: 'takeSettings' },
    ],
  },
  states: {
    refreshing: {
      description: 'A new token is being asked for; the old one serves as long as it is good.',
      always: { guard: 'isStatic', target: 'lasting' },
      invoke: {
        id: 'refresh',
        src: 'refreshToken',
        input: ({ context }) => ({ version: context.version }),
        onDone: [
          { guard: 'expires', target: 'fresh', actions: 'noteRefresh' },
          { target: 'lasting', actions: 'noteRefresh' },
        ],
        onError: [
          { guard: 'isMissing', target: 'missing', actions: 'noteRefusal' },
          { guard: 'isRevoked', target: 'revoked', actions: 'noteRefusal' },
          { guard: 'isUnexpired', target: 'retrying', actions: 'noteFailure' },
          { target: 'expired', actions: 'noteFailure' },
        ],
      },
      after: {
        untilImpatient: [
          { guard: 'isUnexpired', target: 'retrying', actions: 'noteTimeout' },
          { target: 'expired', actions: 'noteTimeout' },
        ],
      },
      on: {
        'token.use': { guard: 'isUnexpired', actions: 'allow' },
        'token.rejected': { guard: 'isCurrent', actions: 'noteRejection' },
      },
    },
    fresh: {
      description: 'The token is good, and will be refreshed in time before it expires.',
      tags: 'usable',
      after: { untilRefresh: { target: 'refreshing', actions: 'beginRefresh' } },
      on: {
        'token.use': { guard: 'isUnexpired', actions: 'allow' },
        'token.renew': { guard: 'isTooOld', target: 'refreshing', actions: 'beginRefresh' },
        'token.rejected': { guard: 'isCurrent', target: 'refreshing', actions: 'noteRejection' },
        'settings.changed': [
          { guard: 'isNewGrant', target: 'refreshing', actions: 'takeGrant' },
          { target: 'fresh', reenter: true, actions: 'takeSettings' },
        ],
      },
    },
    lasting: {
      description: 'The token is good, and nobody has said for how long.',
      tags: ['usable', 'rest'],
      on: {
        'token.use': { actions: 'allow' },
        'token.rejected': [
          { guard: 'isStatic', target: 'revoked', actions: 'noteForGood' },
          { guard: 'isCurrent', target: 'refreshing', actions: 'noteRejection' },
        ],
      },
    },
    retrying: {
      description: 'The refresh failed; it is tried again while the old token is still good.',
      after: {
        untilRetry: { target: 'refreshing', actions: 'beginRefresh' },
        untilExpiry: 'expired',
      },
      on: {
        'token.use': { guard: 'isUnexpired', actions: 'allow' },
        'token.rejected': { guard: 'isCurrent', target: 'refreshing', actions: 'noteRejection' },
      },
    },
    expired: {
      description: 'There is no usable token; the refresh is tried again.',
      after: { untilRetry: { target: 'refreshing', actions: 'beginRefresh' } },
    },
    revoked: {
      description: 'The grant is no longer accepted: somebody has to give a new one.',
      tags: 'waitsForHuman',
      on: { 'token.provided': { target: 'refreshing', actions: 'takeGrant' } },
    },
    missing: {
      description: 'There is no grant to get a token with: somebody has to give one.',
      tags: 'waitsForHuman',
      on: { 'token.provided': { target: 'refreshing', actions: 'takeGrant' } },
    },
  },
});

type AnyEvent = { type: string };

function refreshedOf(event: AnyEvent): Refreshed {
  return (event as unknown as { output: Refreshed }).output;
}

/** From when to when it is good, as the clock is now: of one that was obtained by a clock that was ahead, that is other instants. */
function lifeByTheClock({ expiresAt, obtainedAt }: TokenContext, event: AnyEvent): Partial<TokenContext> {
  const { setBackMs } = event as { setBackMs?: number };
  if (setBackMs === undefined || obtainedAt <= instant(event)) return {};
  return { expiresAt: expiresAt === null ? null : expiresAt - setBackMs, obtainedAt: obtainedAt - setBackMs };
}

/** The instant (epoch ms) from which the token is no longer sent. */
function lastUse({ expiresAt, obtainedAt }: TokenContext): number {
  if (expiresAt === null) return Number.MAX_SAFE_INTEGER;
  return expiresAt - Math.min(travelMsMax, (expiresAt - obtainedAt) / 10);
}

/** Ahead of the expiry, but not before half of the token's life is over. */
function refreshAt({ expiresAt, obtainedAt, settings }: TokenContext): number {
  const expiry = expiresAt ?? Number.MAX_SAFE_INTEGER;
  return expiry - Math.min(settings.refreshBeforeMs, (expiry - obtainedAt) / 2);
}

function failed({ settings, failures }: TokenContext, event: AnyEvent, failure: Failure) {
  const { chance = 0 } = event as { chance?: number };
  const wait = backoffMs(settings.retry, failures + 1, chance, { floorMs: failure.retryAfterMs ?? 0 });
  return { failure, failures: failures + 1, retryAt: instant(event) + wait };
}
