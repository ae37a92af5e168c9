/**
 * Engine: one job with a schedule.
 *
 *   idle ──due──▶ ready ──▶ running ──▶ success ──▶ cooldown ──▶ idle
 *                 ▲ │ ▲ ▲    │ │ │
 *                 │ ▼ │ │    │ │ └──▶ failure ──▶ cooldown, or halted when a person must look
 *                held ◀─┼────┘ │
 *                     │ └──────┼── backoff      something passing went wrong
 *                     └────────┴── refreshing   its token was rejected
 *
 * Whatever way a run comes, it begins and goes on through `ready` alone: there it gives way to the next one when that is
 * due, where that is wanted, and there its window holds it.
 *
 * A run is begun once and keeps its finished steps through every wait, crash and restart until it ends. Every
 * due time is settled exactly once: the chart emits what became of it, and the host writes that into the run
 * ledger together with the state.
 */
import { assign, emit, setup } from 'xstate';
import type { Json } from '../json.ts';
import { effect } from '../policies/effect.ts';
import {
  answered,
  backedOff,
  begun,
  crowdedOut,
  dueAfterAnother,
  dueAfterMissed,
  dueNext,
  type EngineContext,
  ended,
  failuresWith,
  finished,
  hasTriesLeft,
  interruptedAt,
  isFollowed,
  isReplaced,
  isTooLate,
  missed,
  newRun,
  newSettings,
  nextUndecided,
  notBegun,
  type PredecessorSucceeded,
  passed,
  servedAsWell,
  settled,
  settledReplaced,
  settledRun,
  stepOf,
  succeeded,
  timedOut,
  triggered,
  type WorkAbandoned,
  withAbandoned,
  withRun,
} from '../policies/engine.ts';
import { failureOf } from '../policies/failure.ts';
import {
  type Awaited,
  actorHold,
  awaited,
  closedHold,
  hasObstacle,
  isClosed,
  isOverdue,
  isShut,
  isUnstarted,
  isWaitable,
  overdue,
  settledUnstarted,
  timeHold,
  waitedForUntil,
  windowHold,
} from '../policies/hold.ts';
import { instant } from '../policies/instant.ts';
import { type DuesSettled, dueAfter, type Served } from '../policies/run.ts';
import type { EngineSettings } from '../policies/settings.ts';

export interface EngineInput {
  id: string;
  settings: EngineSettings;
  at: number;
}

export type EngineEvent =
  | { type: 'engine.trigger' }
  | { type: 'engine.pause' }
  | { type: 'engine.resume' }
  | { type: 'step.begun'; step: string }
  | { type: 'step.progressed'; step: string; progress: Json }
  /** `durationMs`: of this attempt of it. */
  | { type: 'step.completed'; step: string; output: Json; durationMs?: number; served?: Served; services?: string[] }
  | { type: 'step.failed'; step: string }
  | { type: 'step.skipped'; step: string }
  /** Which services, and which of a fallback, answered outside of a step. */
  | { type: 'service.served'; served?: Served; services?: string[] }
  | PredecessorSucceeded
  | WorkAbandoned
  /** `setBackMs`: the settings are the same, and the clock was that far ahead. */
  | { type: 'settings.changed'; settings: EngineSettings; setBackMs?: number };

/** How long a rejected token may take to be refreshed before the run is held for it. */
const refreshPatienceMs = 60_000;

export const engineMachine = setup({
  types: {
    input: {} as EngineInput,
    context: {} as EngineContext,
    events: {} as EngineEvent,
    emitted: {} as DuesSettled,
    tags: {} as 'rest' | 'waitsForHuman',
  },
  actors: {
    /** Calls the job's `run` with its checkpoints; ends with its output. */
    runEngine: effect<{ run: string }, Json>(),
    /** Waits until the held run may go on. */
    awaitActor: effect<Awaited & { heldAt: number; unless?: string; until?: number }, null>(),
  },
  guards: {
    isScheduled: ({ context }) => context.due !== null,
    isReplaced: ({ context, event }) => isReplaced(context, event),
    isTooLate: ({ context, event }) => isTooLate(context, event),
    isUnstarted: ({ context, event }) => isUnstarted(context, event),
    isOverdue: ({ context, event }) => isOverdue(context, event),
    isFollowed: ({ context, event }) => event.type === 'predecessor.succeeded' && isFollowed(context, event),
    hasRun: ({ context }) => context.run !== null,
    isKnown: ({ context, event }) =>
      event.type === 'work.abandoned' && [context.run?.id, context.last?.run].includes(event.run),
    isShut: ({ context, event }) => isShut(context, instant(event)),
    hasCooldown: ({ context }) => context.settings.cooldownMs > 0,
    hasFailedTooOften: ({ context }) => context.failures >= context.settings.maxFailures,
    canRefresh: ({ context, event }) =>
      failureOf(event).class === 'critical' && failureOf(event).token !== undefined && !context.run?.refreshed,
    waitsForWindow: ({ event }) => isClosed(failureOf(event)),
    waitsForLimit: ({ event }) => failureOf(event).limit !== undefined,
    waitsForActor: ({ event }) => isWaitable(failureOf(event)) && hasObstacle(failureOf(event)),
    waitsForTime: ({ event }) => isWaitable(failureOf(event)),
    canRetry: ({ context, event }) => failureOf(event).class === 'recoverable' && hasTriesLeft(context),
    hasTriesLeft: ({ context }) => hasTriesLeft(context),
    isFatal: ({ event }) => failureOf(event).class === 'fatal',
  },
  actions: {
    takeDue: assign(({ context, event }) => ({
      run: newRun(context, event, 'schedule'),
      due: dueNext(context, event),
      backoffMs: 0,
    })),
    takeTrigger: assign(({ context, event }) => ({
      run: triggered(newRun(context, event, 'manual'), context, instant(event)),
    })),
    wantNow: assign(({ context, event }) => ({ run: context.run && triggered(context.run, context, instant(event)) })),
    beginAttempt: assign(({ context, event }) => ({ hold: null, run: begun(context, event) })),
    countAttempt: assign(({ context }) => ({ run: withRun(context, ({ attempt }) => ({ attempt: attempt + 1 })) })),
    holdForWindow: assign(({ context, event }) => ({ hold: windowHold(context, instant(event)) })),
    holdForClosed: assign(({ event }) => ({ hold: closedHold(failureOf(event), instant(event)) })),
    holdForTime: assign(({ event }) => ({ failure: failureOf(event), hold: timeHold(event) })),
    holdForActor: assign(({ event }) => ({
      failure: failureOf(event),
      hold: actorHold(failureOf(event), instant(event)),
    })),
    holdForLimit: assign(({ context, event }) => ({
      run: notBegun(context),
      hold: actorHold(failureOf(event), instant(event)),
    })),
    holdForToken: assign(({ context, event }) => ({
      hold: context.failure && actorHold(context.failure, instant(event)),
    })),
    noteRejection: assign(({ context, event }) => ({
      failure: failureOf(event),
      run: context.run && { ...context.run, refreshed: true },
    })),
    noteBackoff: assign(({ context, event }) => backedOff(context, event, failureOf(event))),
    noteTimeout: assign(({ context, event }) => backedOff(context, event, timedOut(context))),
    noteSuccess: assign(({ context, event }) => succeeded(context, event)),
    noteFailure: assign(({ context, event }) => ({
      ...ended(context, event, 'failure'),
      failure: failureOf(event),
      failures: failuresWith(context, failureOf(event)),
    })),
    noteTimedOutRun: assign(({ context, event }) => ({
      ...ended(context, event, 'failure'),
      failure: timedOut(context),
    })),
    noteOverdue: assign(({ context, event }) => ({ ...ended(context, event, 'failure'), failure: overdue(context) })),
    noteUnstarted: assign({ run: null, hold: null }),
    noteDue: assign(({ context, event }) =>
      event.type === 'predecessor.succeeded' ? dueAfterAnother(context, event) : {},
    ),
    keepBegun: assign(({ context, event }) => ({
      run: withRun(context, (run) => ({ begun: [...run.begun, stepOf(event)] })),
    })),
    keepProgress: assign(({ context, event }) => ({
      run: withRun(context, (run) => ({
        progress: { ...run.progress, [stepOf(event)]: (event as { progress?: Json }).progress ?? null },
      })),
    })),
    keepStep: assign(({ context, event }) => ({
      run: withRun(context, (run) => finished(run, event)),
      // Everybody's trouble is over for whoever gets a step further.
      failure: context.failure?.class === 'shared' ? null : context.failure,
    })),
    keepAbandoned: assign(({ context, event }) =>
      event.type === 'work.abandoned' ? withAbandoned(context, event) : {},
    ),
    keepServed: assign(({ context, event }) => ({
      run: withRun(context, () => answered(event)),
    })),
    dropBegun: assign(({ context, event }) => ({
      run: withRun(context, (run) => ({ begun: run.begun.filter((step) => step !== stepOf(event)) })),
    })),
    keepSkipped: assign(({ context, event }) => ({
      run: withRun(context, (run) => ({ skipped: [...run.skipped, stepOf(event)] })),
    })),
    skipMissed: assign(({ context, event }) => ({ due: dueAfterMissed(context, event) })),
    skipPassed: assign(({ context, event }) => ({ due: nextUndecided(context, instant(event)) })),
    forgive: assign({ failures: 0, failure: null }),
    takeSettings: assign(({ context, event }) => newSettings(context, event)),

    settleCoalesced: emit(({ context, event }) => settled(servedAsWell(context, event))),
    settleReplaced: emit(({ context, event }) => settled(settledReplaced(context, event))),
    settleSuccess: emit(({ context, event }) => settled(settledRun(context, event, null))),
    settleFailure: emit(({ context, event }) => settled(settledRun(context, event, failureOf(event)))),
    settleTimeout: emit(({ context, event }) => settled(settledRun(context, event, timedOut(context)))),
    settleOverdue: emit(({ context, event }) => settled(settledRun(context, event, overdue(context)))),
    settleUnstarted: emit(({ context }) => settled(settledUnstarted(context))),
    settleMissed: emit(({ context, event }) => settled(missed(context, event))),
    settleCrowdedOut: emit(({ context, event }) =>
      settled(event.type === 'predecessor.succeeded' ? crowdedOut(context, event) : []),
    ),
    settlePaused: emit(({ context, event }) => settled(passed(context, event, 'the engine was paused'))),
    settleHalted: emit(({ context, event }) => settled(passed(context, event, 'the engine was halted'))),
  },
  delays: {
    untilDue: ({ context, event }) => (context.due?.at ?? Number.NaN) - instant(event),
    untilAllowed: ({ context, event }) =>
      Math.min(context.hold && 'until' in context.hold ? context.hold.until : Number.NaN, waitedForUntil(context)) -
      instant(event),
    /** Or until it has to give way to the next run. */
    untilTimeout: ({ context, event }) => interruptedAt(context) - instant(event),
    untilImpatient: ({ context, event }) => Math.min(refreshPatienceMs, waitedForUntil(context) - instant(event)),
    untilRetry: ({ context, event }) => Math.min(context.retryAt, waitedForUntil(context)) - instant(event),
    untilRested: ({ context, event }) =>
      (context.last?.endedAt ?? Number.NaN) + context.settings.cooldownMs - instant(event),
  },
}).createMachine({
  id: 'engine',
  context: ({ input: { id, settings, at } }) => ({
    id,
    settings,
    anchorAt: at,
    due: dueAfter(settings.schedule, at, settings.schedule?.kind === 'every' ? at - 1 : at),
    run: null,
    hold: null,
    retryAt: 0,
    backoffMs: 0,
    failure: null,
    failures: 0,
    lastGood: null,
    last: null,
  }),
  initial: 'idle',
  on: {
    'predecessor.succeeded': { guard: 'isFollowed', actions: ['settleCrowdedOut', 'noteDue'] },
    'work.abandoned': { guard: 'isKnown', actions: 'keepAbandoned' },
  },
  states: {
    idle: {
      description: 'Nothing to do until the next due time, or until somebody triggers a run.',
      initial: 'onDemand',
      on: {
        'engine.trigger': { target: 'ready', actions: 'takeTrigger' },
        'engine.pause': 'paused',
        'settings.changed': { target: 'idle', reenter: true, actions: 'takeSettings' },
      },
      states: {
        onDemand: {
          description: 'No due time is known: a run begins only when it is triggered.',
          tags: 'rest',
          always: { guard: 'isScheduled', target: 'scheduled' },
        },
        scheduled: {
          description: 'The next due time is known.',
          after: {
            untilDue: [
              {
                guard: 'isTooLate',
                target: '#engine.idle',
                reenter: true,
                actions: ['settleMissed', 'skipMissed'],
              },
              { target: '#engine.ready', actions: ['settleCoalesced', 'takeDue'] },
            ],
          },
        },
      },
    },
    ready: {
      description: 'A run may begin or go on now, unless the next one is due already or its window is closed.',
      always: [
        { guard: 'isReplaced', target: 'ready', reenter: true, actions: ['settleReplaced', 'takeDue'] },
        { guard: 'isShut', target: 'held.forTime', actions: 'holdForWindow' },
        { target: 'running', actions: 'beginAttempt' },
      ],
    },
    held: {
      description: 'A run is due or under way, but something says wait; the reason is in the context.',
      initial: 'forTime',
      on: { 'engine.pause': 'paused' },
      states: {
        forTime: {
          description: 'Until an instant: a window opens, or what nobody knows of may be over.',
          after: {
            untilAllowed: [
              { guard: 'isUnstarted', target: '#engine.idle', actions: ['settleUnstarted', 'noteUnstarted'] },
              { guard: 'isReplaced', target: '#engine.ready' },
              { guard: 'isOverdue', target: '#engine.failure', actions: ['settleOverdue', 'noteOverdue'] },
              { target: '#engine.ready' },
            ],
          },
          on: { 'settings.changed': { target: 'forTime', reenter: true, actions: 'takeSettings' } },
        },
        forActor: {
          description:
            'Until a breaker lets a call through, a token can be used again, or a trouble that everybody has is over.',
          invoke: {
            id: 'clearance',
            src: 'awaitActor',
            input: ({ context, event }) => awaited(context, instant(event)),
            onDone: '#engine.ready',
            onError: [
              { guard: 'isUnstarted', target: '#engine.idle', actions: ['settleUnstarted', 'noteUnstarted'] },
              { guard: 'isReplaced', target: '#engine.ready' },
              { guard: 'isOverdue', target: '#engine.failure', actions: ['settleOverdue', 'noteOverdue'] },
              { target: '#engine.backoff', actions: 'noteBackoff' },
            ],
          },
          on: { 'settings.changed': { target: 'forActor', reenter: true, actions: 'takeSettings' } },
        },
      },
    },
    running: {
      description: 'The job is at work; each finished step is kept.',
      invoke: {
        id: 'run',
        src: 'runEngine',
        input: ({ context }) => ({ run: context.run?.id ?? '' }),
        onDone: { target: 'success', actions: ['settleSuccess', 'noteSuccess'] },
        onError: [
          { guard: 'canRefresh', target: 'refreshing', actions: 'noteRejection' },
          { guard: 'waitsForWindow', target: 'held.forTime', actions: 'holdForClosed' },
          { guard: 'waitsForLimit', target: 'held.forActor', actions: 'holdForLimit' },
          { guard: 'waitsForActor', target: 'held.forActor', actions: 'holdForActor' },
          { guard: 'waitsForTime', target: 'held.forTime', actions: 'holdForTime' },
          { guard: 'canRetry', target: 'backoff', actions: 'noteBackoff' },
          { guard: 'isFatal', target: 'halted', actions: ['settleFailure', 'noteFailure'] },
          { target: 'failure', actions: ['settleFailure', 'noteFailure'] },
        ],
      },
      after: {
        untilTimeout: [
          { guard: 'isReplaced', target: 'ready' },
          { guard: 'isOverdue', target: 'failure', actions: ['settleOverdue', 'noteOverdue'] },
          { guard: 'hasTriesLeft', target: 'backoff', actions: 'noteTimeout' },
          { target: 'failure', actions: ['settleTimeout', 'noteTimedOutRun'] },
        ],
      },
      on: {
        'step.begun': { actions: 'keepBegun' },
        'step.progressed': { actions: 'keepProgress' },
        'step.completed': { actions: 'keepStep' },
        'step.failed': { actions: 'dropBegun' },
        'step.skipped': { actions: 'keepSkipped' },
        'service.served': { actions: 'keepServed' },
        'engine.pause': 'paused',
        'settings.changed': { target: 'running', reenter: true, actions: 'takeSettings' },
      },
    },
    refreshing: {
      description: 'A service rejected the token: the run goes on once there is a newer one.',
      invoke: {
        id: 'refreshed',
        src: 'awaitActor',
        input: ({ context, event }) => ({
          address: `token/${context.failure?.token}`,
          tag: 'usable',
          heldAt: instant(event),
          unless: 'waitsForHuman',
        }),
        onDone: 'ready',
        // The next call finds the token as it is: its step is left out, or the run is held for it.
        onError: 'ready',
      },
      after: {
        untilImpatient: [
          { guard: 'isReplaced', target: 'ready' },
          { guard: 'isOverdue', target: 'failure', actions: ['settleOverdue', 'noteOverdue'] },
          { target: 'held.forActor', actions: 'holdForToken' },
        ],
      },
      on: { 'engine.pause': 'paused', 'settings.changed': { actions: 'takeSettings' } },
    },
    backoff: {
      description: 'Something passing went wrong: the run goes on from its last finished step after a wait.',
      after: {
        untilRetry: [
          { guard: 'isReplaced', target: 'ready' },
          { guard: 'isOverdue', target: 'failure', actions: ['settleOverdue', 'noteOverdue'] },
          { target: 'ready', actions: 'countAttempt' },
        ],
      },
      on: {
        'engine.trigger': { target: 'ready', actions: ['countAttempt', 'wantNow'] },
        'engine.pause': 'paused',
        'settings.changed': { target: 'backoff', reenter: true, actions: 'takeSettings' },
      },
    },
    success: {
      description: 'The run ended well; what it returned is the last known good.',
      always: [{ guard: 'hasCooldown', target: 'cooldown' }, { target: 'idle' }],
    },
    failure: {
      description: 'The run failed; the next one is tried as usual, unless too many have failed by their own fault.',
      always: [
        { guard: 'hasFailedTooOften', target: 'halted' },
        { guard: 'hasCooldown', target: 'cooldown' },
        { target: 'idle' },
      ],
    },
    cooldown: {
      description: 'A rest after the run, whatever is due.',
      after: { untilRested: 'idle' },
      on: {
        'engine.trigger': { target: 'ready', actions: 'takeTrigger' },
        'engine.pause': 'paused',
        'settings.changed': { target: 'cooldown', reenter: true, actions: 'takeSettings' },
      },
    },
    paused: {
      description: 'An operator stopped it. A run that was under way keeps its finished steps.',
      tags: 'waitsForHuman',
      on: {
        'engine.resume': [
          { guard: 'hasRun', target: 'ready', actions: ['settlePaused', 'skipPassed'] },
          { target: 'idle', actions: ['settlePaused', 'skipPassed'] },
        ],
        'settings.changed': { actions: 'takeSettings' },
      },
    },
    halted: {
      description: 'It cannot go on without a person; the failure says what is wrong.',
      tags: 'waitsForHuman',
      on: {
        'engine.resume': { target: 'idle', actions: ['settleHalted', 'skipPassed', 'forgive'] },
        'settings.changed': { actions: 'takeSettings' },
      },
    },
  },
});
