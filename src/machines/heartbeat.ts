/**
 * Heartbeat: notices a job that has gone quiet.
 *
 *   alive ──a beat is due──▶ late ──grace──▶ missing,   and a beat leads back to alive
 *
 * When the next beat is due is worked out from the schedule, as Healthchecks has it with its cron expressions. What rests by
 * somebody's hand, or waits for a person already, is not expected to beat.
 */
import { assign, setup } from 'xstate';
import { expectedAfter } from '../policies/expected-beat.ts';
import { instant } from '../policies/instant.ts';
import type { HeartbeatSettings } from '../policies/settings.ts';

export interface HeartbeatInput {
  id: string;
  settings: HeartbeatSettings;
  at: number;
}

export interface HeartbeatContext {
  id: string;
  settings: HeartbeatSettings;
  /** An `every` counts from here, epoch ms. */
  anchorAt: number;
  /** The latest beat, epoch ms; null before the first. */
  beatAt: number | null;
  /** When the next beat is due, epoch ms; null when none will be. */
  expectedAt: number | null;
  /** Why no beat is expected, in words; null when one is. */
  reason: string | null;
}

export type HeartbeatEvent =
  | { type: 'heartbeat.beat' }
  /** Nobody need wait for it for now. */
  | { type: 'heartbeat.suspend'; reason: string }
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
  },
  actions: {
    noteBeat: assign(({ context, event }) => ({
      beatAt: instant(event),
      expectedAt: expectedAfter(context.settings, context.anchorAt, instant(event)),
    })),
    expectAnew: assign(({ context, event }) => ({
      reason: null,
      expectedAt: expectedAfter(context.settings, context.anchorAt, instant(event)),
    })),
    noteReason: assign(({ event }) => ({ reason: event.type === 'heartbeat.suspend' ? event.reason : null })),
    takeSettings: assign(({ context, event }) => {
      const settings = event.type === 'settings.changed' ? event.settings : context.settings;
      return { settings, expectedAt: expectedAfter(settings, context.anchorAt, instant(event)) };
    }),
  },
  delays: {
    untilLate: ({ context, event }) => (context.expectedAt ?? Number.NaN) - instant(event),
    untilMissing: ({ context, event }) =>
      (context.expectedAt ?? Number.NaN) + context.settings.graceMs - instant(event),
  },
}).createMachine({
  id: 'heartbeat',
  context: ({ input: { id, settings, at } }) => ({
    id,
    settings,
    anchorAt: at,
    beatAt: null,
    expectedAt: expectedAfter(settings, at, at),
    reason: null,
  }),
  initial: 'alive',
  on: {
    'heartbeat.beat': { target: '.alive', reenter: true, actions: 'noteBeat' },
    'heartbeat.suspend': { target: '.suspended', actions: 'noteReason' },
    'settings.changed': { target: '.alive', reenter: true, actions: 'takeSettings' },
  },
  states: {
    alive: {
      description: 'Beats arrive on time.',
      initial: 'unexpected',
      states: {
        unexpected: {
          description: 'No beat will be due any more.',
          tags: 'rest',
          always: { guard: 'isExpected', target: 'expected' },
        },
        expected: { description: 'When the next one is due is known.', after: { untilLate: '#heartbeat.late' } },
      },
    },
    late: {
      description: 'A beat was due and has not come; the run may be under way.',
      after: { untilMissing: 'missing' },
    },
    missing: {
      description: 'The grace is over too: somebody should look.',
      tags: ['missing', 'rest'],
    },
    suspended: {
      description: 'Nobody waits for a beat: it rests by hand, or has called a person already.',
      tags: 'rest',
      on: {
        'heartbeat.resume': { target: 'alive', actions: 'expectAnew' },
        'heartbeat.suspend': { actions: 'noteReason' },
        'settings.changed': { actions: 'takeSettings' },
      },
    },
  },
});
