/**
 * Supervisor: the life of the service.
 *
 *   starting ──▶ rehydrating ──▶ running ──stop──▶ draining ──▶ stopped
 *       │             │                               │
 *       └─────────────┴──────────── failed ◀──────────┘  when something broke
 *
 * The only ordinary XState actor here: it has no record, for it is what brings the records back.
 */
import { assign, fromPromise, setup } from 'xstate';

export interface SupervisorContext {
  /** What broke; undefined while nothing has. Only this machine's context may hold an error: it is never stored. */
  error: unknown;
}

export type SupervisorEvent = { type: 'supervisor.stop' } | { type: 'supervisor.crashed'; error: unknown };

const notProvided = () => Promise.reject(new Error('the service provides this'));

export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    output: {} as { error: unknown },
  },
  actors: {
    /** Takes the lock and opens the store, the vault and the interface. */
    open: fromPromise<null>(notProvided),
    /** Brings every actor back. */
    rehydrate: fromPromise<null>(notProvided),
    /** Lets running steps end, aborts what is left, writes everything and lets go. */
    drain: fromPromise<null>(notProvided),
  },
  guards: {
    isBroken: ({ context }) => context.error !== undefined,
  },
  actions: {
    keepError: assign(({ context, event }) => ({
      error: 'error' in event ? (event.error ?? new Error('without a reason')) : context.error,
    })),
  },
}).createMachine({
  id: 'supervisor',
  context: { error: undefined },
  initial: 'starting',
  output: ({ context }) => ({ error: context.error }),
  states: {
    starting: {
      description: 'The data folder is locked, the store and the vault are opened.',
      invoke: {
        id: 'open',
        src: 'open',
        onDone: 'rehydrating',
        onError: { target: 'draining', actions: 'keepError' },
      },
      on: {
        'supervisor.stop': 'draining',
        'supervisor.crashed': { target: 'draining', actions: 'keepError' },
      },
    },
    rehydrating: {
      description: 'Every actor comes back from its record, the most important first.',
      invoke: {
        id: 'rehydrate',
        src: 'rehydrate',
        onDone: 'running',
        onError: { target: 'draining', actions: 'keepError' },
      },
      on: {
        'supervisor.stop': 'draining',
        'supervisor.crashed': { target: 'draining', actions: 'keepError' },
      },
    },
    running: {
      description: 'Jobs run when they are due.',
      tags: 'rest',
      on: {
        'supervisor.stop': 'draining',
        'supervisor.crashed': { target: 'draining', actions: 'keepError' },
      },
    },
    draining: {
      description: 'Nothing new begins; what is running gets time to end, and everything is written.',
      invoke: {
        id: 'drain',
        src: 'drain',
        onDone: [{ guard: 'isBroken', target: 'failed' }, { target: 'stopped' }],
        onError: { target: 'failed', actions: 'keepError' },
      },
    },
    stopped: { description: 'All is on disk and let go.', type: 'final' },
    failed: {
      description: 'It broke; the error says why. Whoever watches the process starts it again.',
      type: 'final',
    },
  },
});
