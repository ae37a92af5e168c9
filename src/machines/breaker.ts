/**
 * Breaker: leaves a dead dependency alone.
 *
 *   closed ──too many failures──▶ open ──cooldown──▶ halfOpen.ready ──call──▶ halfOpen.probing
 *     ▲                            ▲                                              │
 *     └────────── success ─────────┴────────────── failure, silence ──────────────┘
 *
 * and an operator may isolate it by hand. Its permission is its own: a call may start exactly when the
 * snapshot `can({ type: 'call.started', … })`. A caller names the epoch it has seen; the epoch changes with
 * every opening and closing, so a late outcome of an earlier time counts for nothing. Asking again with the
 * same id gets the same answer, also after a crash.
 */
import { assign, setup } from 'xstate';
import { formatDuration } from '../policies/duration.ts';
import type { Failure } from '../policies/failure.ts';
import { instant } from '../policies/instant.ts';
import type { BreakerSettings } from '../policies/settings.ts';
import {
  type CallOutcome,
  isSlow,
  type Tally,
  tallied,
  tripReason,
  withOutcome,
  withoutSuccess,
} from '../policies/trip.ts';

export interface BreakerInput {
  id: string;
  settings: BreakerSettings;
  at: number;
}

export interface BreakerContext {
  settings: BreakerSettings;
  /** Outcomes of the latest calls: see `policies/trip`. */
  recent: string;
  /** The calls of a length of time, where shares are taken over one. Absent in records of an older breaker. */
  tally?: Tally;
  /** Counts openings, closings and isolations: permits of another epoch are void. */
  epoch: number;
  /** Epoch ms of the latest opening. */
  openedAt: number;
  /** Probes that failed one after the other: the cooldown doubles with each. */
  failedProbes: number;
  /** The call that is let through to see whether the service is back. */
  probe: { id: string; startedAt: number } | null;
  /** How long the service asked to be left alone, ms, with the failure that it was opened by. Absent: it did not. */
  askedMs?: number;
  /** Why it is not closed, in words. */
  reason: string | null;
}

/** Names one call, and the epoch in which it was permitted. */
export interface Permit {
  epoch: number;
  id: string;
}

export type BreakerEvent =
  | ({ type: 'call.started' } & Permit)
  | ({ type: 'call.succeeded'; durationMs: number } & Permit)
  /** `late`: it had been told to have succeeded, and its answer broke off. */
  | ({ type: 'call.failed'; durationMs: number; failure: Failure; late?: true } & Permit)
  /** The caller gave up for reasons of its own, as on shutdown: it says nothing about the service. */
  | ({ type: 'call.abandoned' } & Permit)
  | { type: 'breaker.isolate'; reason?: string }
  | { type: 'breaker.reset' }
  | { type: 'settings.changed'; settings: BreakerSettings };

type Calls = { recent: string; tally: Tally };

const noCalls: Calls = { recent: '', tally: [] };

type Outcome = Extract<BreakerEvent, { durationMs: number }>;

export const breakerMachine = setup({
  types: {
    input: {} as BreakerInput,
    context: {} as BreakerContext,
    events: {} as BreakerEvent,
    tags: {} as 'admitting' | 'rest' | 'waitsForHuman',
  },
  guards: {
    isCurrent: ({ context, event }) => isOf(context, event),
    isFault: ({ context, event }) => isOf(context, event) && isFault(event),
    isLastStraw: ({ context, event }) => isOf(context, event) && tripped(context, event) !== undefined,
    isProbe: ({ context, event }) => isProbe(context, event),
    isSlowProbe: ({ context, event }) =>
      isProbe(context, event) && event.type === 'call.succeeded' && isSlowCall(event, context.settings),
    isProbeFault: ({ context, event }) => isProbe(context, event) && isFault(event),
    isProbeAnswer: ({ context, event }) =>
      isProbe(context, event) && event.type === 'call.failed' && event.failure.status !== undefined,
  },
  actions: {
    admit: assign({}),
    noteOutcome: assign(({ context, event }) => callsWith(context, event)),
    noteOpening: assign(({ context, event }) => ({
      epoch: context.epoch + 1,
      ...noCalls,
      openedAt: instant(event),
      askedMs: askedMs(event),
      reason: [tripped(context, event), lastFailure(event)].filter(Boolean).join('; the last one: '),
    })),
    noteProbe: assign(({ event }) => ({ probe: { id: permitOf(event).id, startedAt: instant(event) } })),
    noteFailedProbe: assign(({ context, event }) => ({
      epoch: context.epoch + 1,
      probe: null,
      openedAt: instant(event),
      failedProbes: context.failedProbes + 1,
      askedMs: askedMs(event),
      reason: `the probe ${endOfProbe(event)}`,
    })),
    giveProbeBack: assign({ probe: null }),
    noteClosing: assign(({ context }) => ({
      epoch: context.epoch + 1,
      ...noCalls,
      probe: null,
      failedProbes: 0,
      reason: null,
    })),
    noteIsolation: assign(({ context, event }) => ({
      epoch: context.epoch + 1,
      probe: null,
      reason: (event.type === 'breaker.isolate' && event.reason) || 'isolated by hand',
    })),
    takeSettings: assign(({ context, event }) => ({
      settings: event.type === 'settings.changed' ? event.settings : context.settings,
    })),
  },
  delays: {
    untilProbe: ({ context, event }) => context.openedAt + cooldownMs(context) - instant(event),
    untilProbeIsLost: ({ context, event }) =>
      (context.probe?.startedAt ?? instant(event)) + context.settings.probeTimeoutMs - instant(event),
  },
}).createMachine({
  id: 'breaker',
  context: ({ input }) => ({
    settings: input.settings,
    ...noCalls,
    epoch: 0,
    openedAt: input.at,
    failedProbes: 0,
    probe: null,
    reason: null,
  }),
  initial: 'closed',
  on: {
    'breaker.isolate': { target: '.isolated', actions: 'noteIsolation' },
    'settings.changed': { actions: 'takeSettings' },
  },
  states: {
    closed: {
      description: 'The service is well: calls go through, and their outcomes are watched.',
      tags: ['admitting', 'rest'],
      on: {
        'call.started': { guard: 'isCurrent', actions: 'admit' },
        'call.succeeded': [
          { guard: 'isLastStraw', target: 'open', actions: 'noteOpening' },
          { guard: 'isCurrent', actions: 'noteOutcome' },
        ],
        'call.failed': [
          { guard: 'isLastStraw', target: 'open', actions: 'noteOpening' },
          { guard: 'isFault', actions: 'noteOutcome' },
        ],
      },
    },
    open: {
      description: 'The service is taken for dead: no call goes through until the cooldown is over.',
      after: { untilProbe: 'halfOpen' },
      on: {
        'breaker.reset': { target: 'closed', actions: 'noteClosing' },
        'settings.changed': { target: 'open', reenter: true, actions: 'takeSettings' },
      },
    },
    halfOpen: {
      description: 'The cooldown is over: one call may find out whether the service is back.',
      initial: 'ready',
      on: { 'breaker.reset': { target: 'closed', actions: 'noteClosing' } },
      states: {
        ready: {
          description: 'Whoever calls next is the probe.',
          tags: ['admitting', 'rest'],
          on: { 'call.started': { guard: 'isCurrent', target: 'probing', actions: 'noteProbe' } },
        },
        probing: {
          description: 'One call is out; everybody else waits for its outcome.',
          after: { untilProbeIsLost: { target: '#breaker.open', actions: 'noteFailedProbe' } },
          on: {
            'call.started': { guard: 'isProbe', target: 'probing', reenter: true, actions: 'noteProbe' },
            'call.succeeded': [
              { guard: 'isSlowProbe', target: '#breaker.open', actions: 'noteFailedProbe' },
              { guard: 'isProbe', target: '#breaker.closed', actions: 'noteClosing' },
            ],
            'call.failed': [
              { guard: 'isProbeFault', target: '#breaker.open', actions: 'noteFailedProbe' },
              { guard: 'isProbeAnswer', target: '#breaker.closed', actions: 'noteClosing' },
              { guard: 'isProbe', target: 'ready', actions: 'giveProbeBack' },
            ],
            'call.abandoned': { guard: 'isProbe', target: 'ready', actions: 'giveProbeBack' },
            'settings.changed': { target: 'probing', reenter: true, actions: 'takeSettings' },
          },
        },
      },
    },
    isolated: {
      description: 'An operator keeps every call away until the breaker is reset.',
      tags: 'waitsForHuman',
      on: { 'breaker.reset': { target: 'closed', actions: 'noteClosing' } },
    },
  },
});

function permitOf(event: BreakerEvent): Permit {
  return 'epoch' in event ? event : { epoch: -1, id: '' };
}

/** What breaks off late may have closed the breaker itself, as its probe. */
function isOf({ epoch }: BreakerContext, event: BreakerEvent): boolean {
  const permit = permitOf(event);
  return permit.epoch === epoch || (isLate(event) && permit.epoch === epoch - 1);
}

function isLate(event: BreakerEvent): boolean {
  return event.type === 'call.failed' && event.late === true;
}

function isSlowCall({ durationMs }: { durationMs: number }, settings: BreakerSettings): boolean {
  return isSlow({ durationMs, failed: false, at: 0 }, settings);
}

function endOfProbe(event: BreakerEvent): string {
  if (event.type === 'call.succeeded') return `took ${formatDuration(event.durationMs)}`;
  const failure = lastFailure(event);
  return failure ? `failed: ${failure}` : 'never came back';
}

function isProbe(context: BreakerContext, event: BreakerEvent): boolean {
  const { epoch, id } = permitOf(event);
  return epoch === context.epoch && id === context.probe?.id;
}

/** A failure that says the service is ill. One that refuses because of a quota is alive; a 404 says that the caller is wrong. */
function isFault(event: BreakerEvent): boolean {
  if (event.type !== 'call.failed') return false;
  const { class: name, status, quotaSpent } = event.failure;
  return name === 'recoverable' && status !== 429 && quotaSpent === undefined;
}

function isOutcome(event: BreakerEvent): event is Outcome {
  return event.type === 'call.succeeded' || isFault(event);
}

/** The latest calls with the one that the event tells of. */
function callsWith({ recent, tally = [], settings }: BreakerContext, event: BreakerEvent): Calls {
  if (!isOutcome(event)) return { recent, tally };
  const before = isLate(event) ? withoutSuccess(recent, tally) : { recent, tally };
  const outcome: CallOutcome = { failed: isFault(event), durationMs: event.durationMs, at: instant(event) };
  return { recent: withOutcome(before.recent, outcome, settings), tally: tallied(before.tally, outcome, settings) };
}

function tripped(context: BreakerContext, event: BreakerEvent): string | undefined {
  if (!isOutcome(event)) return undefined;
  const { recent, tally } = callsWith(context, event);
  return tripReason(recent, tally, context.settings);
}

function lastFailure(event: BreakerEvent): string | undefined {
  return event.type === 'call.failed' ? event.failure.message : undefined;
}

function askedMs(event: BreakerEvent): number {
  return (event.type === 'call.failed' && event.failure.retryAfterMs) || 0;
}

/** What the service asks for is the least. */
function cooldownMs({ settings, failedProbes, askedMs = 0 }: BreakerContext): number {
  const grown = settings.cooldownMs * 2 ** failedProbes;
  return Math.max(Math.min(grown, Math.max(settings.cooldownMs, settings.cooldownMsMax)), askedMs);
}
