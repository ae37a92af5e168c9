// The supervisor of nightshift, for Stately's importer. Made by nightshift diagrams.
import { fromPromise, setup } from 'xstate';

export const supervisorMachine = setup({
  actors: {
    open: fromPromise(async () => null),
    rehydrate: fromPromise(async () => null),
    drain: fromPromise(async () => null),
  },
  guards: {
    isBroken: () => true,
  },
  actions: {
    keepError: () => {},
  },
}).createMachine({
  id: 'supervisor',
  initial: 'starting',
  states: {
    starting: {
      description: 'The data folder is locked, the store and the vault are opened.',
      invoke: {
        id: 'open',
        src: 'open',
        onDone: { target: '#supervisor.rehydrating' },
        onError: { target: '#supervisor.draining', actions: 'keepError' },
      },
      on: {
        'supervisor.stop': { target: '#supervisor.draining' },
        'supervisor.crashed': { target: '#supervisor.draining', actions: 'keepError' },
      },
    },
    rehydrating: {
      description: 'Every actor comes back from its record, the most important first.',
      invoke: {
        id: 'rehydrate',
        src: 'rehydrate',
        onDone: { target: '#supervisor.running' },
        onError: { target: '#supervisor.draining', actions: 'keepError' },
      },
      on: {
        'supervisor.stop': { target: '#supervisor.draining' },
        'supervisor.crashed': { target: '#supervisor.draining', actions: 'keepError' },
      },
    },
    running: {
      description: 'Jobs run when they are due.',
      tags: ['rest'],
      on: {
        'supervisor.stop': { target: '#supervisor.draining' },
        'supervisor.crashed': { target: '#supervisor.draining', actions: 'keepError' },
      },
    },
    draining: {
      description: 'Nothing new begins; what is running gets time to end, and everything is written.',
      invoke: {
        id: 'drain',
        src: 'drain',
        onDone: [{ guard: 'isBroken', target: '#supervisor.failed' }, { target: '#supervisor.stopped' }],
        onError: { target: '#supervisor.failed', actions: 'keepError' },
      },
    },
    stopped: { type: 'final', description: 'All is on disk and let go.' },
    failed: {
      type: 'final',
      description: 'It broke; the error says why. Whoever watches the process starts it again.',
    },
  },
});
