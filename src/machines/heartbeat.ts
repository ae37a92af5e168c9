/**
 * Heartbeat: notices a job that has gone quiet.
 *
 *   alive ──a beat is due──▶ late ──grace──▶ missing,   and a beat leads back to alive
 *
 * When the next beat is due is worked out from the schedule, as Healthchecks has it with its cron expressions. What rests by
 * somebody's hand, waits for a person already, or is held by what its own settings ask for, is not expected to beat; nor is a service
 * whose quota is used up.
 *
 * While what is late already is held, its grace stands still and is not given anew: else a job that is held for some seconds
 * before each of its runs, and fails in all of them, would never be missing.
 *
 * A time that passed while nobody was there, as when the machine was off, says nothing about the job: it is given its grace
 * anew, for it makes up first for what it has missed.
 */
import { assign, setup } from 'xstate';
import { expectedAfter, graceFrom, isLongPast } from '../policies/expected-beat.ts';
import { instant } from '../policies/instant.ts';
import type { HeartbeatSettings } from '../policies/settings.ts';
import { isOpen } from '../policies/window.ts';

export interface HeartbeatInput {
  id: string;
  settings: HeartbeatSettings;
  at: number;
}

export interface HeartbeatContext {
  id: string;
  settings: HeartbeatSettings;
  /** An `every` counts from here, epoch ms: as the engine's own does, once that is known. */
  anchorAt: number;
  /** The latest beat, epoch ms; null before the first. */
  beatAt: number | null;
  /** When the next beat is due, epoch ms; null when none will be. */
  expectedAt: number | null;
  /** From when the grace counts, epoch ms: from when the beat was due, or from when somebody was there to see that. */
  graceFromAt: number;
  /** Since when its grace stands still, epoch ms; null or absent when it is not late, or is given its grace anew. */
  stoppedAt?: number | null;
  /** Why no beat has come, or why none is expected, in words; null when that is not known. */
  reason: string | null;
}

export type HeartbeatEvent =
  /** `beatAt` (epoch ms) when it was not now, `anchorAt` as the engine has it. */
  | { type: 'heartbeat.beat'; beatAt?: number; anchorAt?: number }
  /** The engine counts its intervals from there, epoch ms. */
  | { type: 'heartbeat.anchored'; anchorAt: number }
  /** What keeps the beat from coming. */
  | { type: 'heartbeat.told'; reason: string | null }
  /** Nobody need wait for it for now; with `held`, its grace goes on where it was. */
  | { type: 'heartbeat.suspend'; reason: string; held?: true }
  | { type: 'heartbeat.resume' }
  | { type: 'settings.changed'; settings: HeartbeatSettings };

export const heartbeatMachine = setup({
  types: {
    input: {} as HeartbeatInput,
    context: {} as HeartbeatContext,
    events: {} as HeartbeatEvent,
    tags: {} as 'rest' | 'missing',
  },
  guards: {
    isExpected: ({ context }) => context.expectedAt !== null,
    isNews: ({ context, event }) =>
      (event.type === 'heartbeat.told' || event.type === 'heartbeat.suspend') && event.reason !== context.reason,
    /** It was late already when it was held. */
    wasLate: ({ context: { stoppedAt } }) => typeof stoppedAt === 'number',
    /** Under its new schedule it was not due. */
    isRescheduled: ({ context: { settings }, event }) =>
      event.type === 'settings.changed' &&
      JSON.stringify([settings.schedule, settings.window]) !==
        JSON.stringify([event.settings.schedule, event.settings.window]),
    /** Nobody was there when the window was open, and it has closed again. */
    isOver: ({ context: { settings, expectedAt }, event }) =>
      isLongPast(expectedAt ?? 0, instant(event)) &&
      settings.window !== null &&
      !isOpen(settings.window, instant(event)),
    /** Nobody was there when the grace was over. */
    wasUnseen: ({ context: { graceFromAt, settings }, event }) =>
      isLongPast(graceFromAt + settings.graceMs, instant(event)),
  },
  actions: {
    noteBeat: assign(({ context, event }) => beaten(context, event)),
    takeAnchor: assign(({ context, event }) => {
      const anchorAt = event.type === 'heartbeat.anchored' ? event.anchorAt : context.anchorAt;
      return { anchorAt, expectedAt: expectedAfter(context.settings, anchorAt, instant(event)) };
    }),
    noteLate: assign(({ context, event }) => ({
      reason: null,
      graceFromAt: graceFrom(context.expectedAt, instant(event)),
    })),
    waitAnew: assign(({ event }) => ({ graceFromAt: instant(event) })),
    expectAnew: assign(({ context, event }) => ({
      reason: null,
      stoppedAt: null,
      expectedAt: expectedAfter(context.settings, context.anchorAt, instant(event)),
    })),
    stopGrace: assign(({ event }) => ({ stoppedAt: isHeld(event) ? instant(event) : null })),
    keepStopped: assign(({ context: { stoppedAt = null }, event }) => ({
      stoppedAt: isHeld(event) ? stoppedAt : null,
    })),
    forgetGrace: assign({ stoppedAt: null }),
    goOnWithGrace: assign(({ context: { graceFromAt, stoppedAt }, event }) => ({
      reason: null,
      stoppedAt: null,
      graceFromAt: graceFromAt + Math.max(0, instant(event) - (stoppedAt ?? instant(event))),
    })),
    noteReason: assign(({ context, event }) => ({ reason: 'reason' in event ? event.reason : context.reason })),
    takeSettings: assign(({ context, event }) => changed(context, event)),
  },
  delays: {
    untilLate: ({ context, event }) => (context.expectedAt ?? Number.NaN) - instant(event),
    untilMissing: ({ context, event }) => context.graceFromAt + context.settings.graceMs - instant(event),
  },
}).createMachine({
  id: 'heartbeat',
  context: ({ input: { id, settings, at } }) => ({
    id,
    settings,
    anchorAt: at,
    beatAt: null,
    expectedAt: expectedAfter(settings, at, at),
    graceFromAt: at,
    reason: null,
  }),
  initial: 'alive',
  on: {
    'heartbeat.beat': { target: '.alive', reenter: true, actions: 'noteBeat' },
    'heartbeat.suspend': { target: '.suspended', actions: ['noteReason', 'forgetGrace'] },
  },
  states: {
    alive: {
      description: 'Beats arrive on time.',
      initial: 'unexpected',
      on: {
        'heartbeat.anchored': { target: 'alive', reenter: true, actions: 'takeAnchor' },
        'settings.changed': { target: 'alive', reenter: true, actions: 'takeSettings' },
      },
      states: {
        unexpected: {
          description: 'No beat will be due any more.',
          tags: 'rest',
          always: { guard: 'isExpected', target: 'expected' },
        },
        expected: {
          description: 'When the next one is due is known.',
          after: {
            untilLate: [
              { guard: 'isOver', target: '#heartbeat.alive', reenter: true, actions: 'expectAnew' },
              { target: '#heartbeat.late', actions: 'noteLate' },
            ],
          },
        },
      },
    },
    late: {
      description: 'A beat was due and has not come; the run may be under way.',
      after: {
        untilMissing: [
          { guard: 'wasUnseen', target: 'late', reenter: true, actions: 'waitAnew' },
          { target: 'missing' },
        ],
      },
      on: {
        'heartbeat.suspend': { target: 'suspended', actions: ['noteReason', 'stopGrace'] },
        'settings.changed': [
          { guard: 'isRescheduled', target: 'alive', actions: ['takeSettings', 'expectAnew'] },
          { target: 'late', reenter: true, actions: 'takeSettings' },
        ],
      },
    },
    missing: {
      description: 'The grace is over too: somebody should look.',
      tags: ['missing', 'rest'],
      on: {
        'heartbeat.told': { guard: 'isNews', actions: 'noteReason' },
        'settings.changed': [
          { guard: 'isRescheduled', target: 'alive', actions: ['takeSettings', 'expectAnew'] },
          { actions: 'takeSettings' },
        ],
      },
    },
    suspended: {
      description:
        'Nobody waits for a beat: it rests by hand, has called a person already, or is held as its settings ask for.',
      tags: 'rest',
      on: {
        'heartbeat.resume': [
          { guard: 'wasLate', target: 'late', actions: 'goOnWithGrace' },
          { target: 'alive', actions: 'expectAnew' },
        ],
        'heartbeat.suspend': { guard: 'isNews', actions: ['noteReason', 'keepStopped'] },
        'heartbeat.anchored': { actions: ['takeAnchor', 'forgetGrace'] },
        'settings.changed': [
          { guard: 'isRescheduled', actions: ['takeSettings', 'forgetGrace'] },
          { actions: 'takeSettings' },
        ],
      },
    },
  },
});

type AnyEvent = { type: string };

function isHeld(event: HeartbeatEvent): boolean {
  return event.type === 'heartbeat.suspend' && event.held === true;
}

function beaten(context: HeartbeatContext, event: AnyEvent): Partial<HeartbeatContext> {
  const { beatAt = instant(event), anchorAt = context.anchorAt } = event as { beatAt?: number; anchorAt?: number };
  return {
    beatAt,
    anchorAt,
    reason: null,
    stoppedAt: null,
    expectedAt: expectedAfter(context.settings, anchorAt, beatAt),
  };
}

/** A due time that has passed was promised under the old schedule, and is kept. */
function changed(context: HeartbeatContext, event: AnyEvent): Partial<HeartbeatContext> {
  const { settings = context.settings } = event as { settings?: HeartbeatSettings };
  const { anchorAt, expectedAt } = context;
  const at = instant(event);
  const isPromised = expectedAt !== null && expectedAt <= at;
  return { settings, expectedAt: isPromised ? expectedAt : expectedAfter(settings, anchorAt, at) };
}
