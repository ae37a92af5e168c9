// The heartbeat of nightshift, for Stately's importer. Made by nightshift diagrams.
import { setup } from 'xstate';

export const heartbeatMachine = setup({
  guards: {
    isExpected: () => false,
    isOver: () => true,
    isRescheduled: () => true,
    wasUnseen: () => true,
    isNews: () => true,
    wasLate: () => true,
  },
  actions: {
    noteBeat: () => {},
    noteReason: () => {},
    forgetGrace: () => {},
    takeAnchor: () => {},
    takeSettings: () => {},
    expectAnew: () => {},
    noteLate: () => {},
    stopGrace: () => {},
    waitAnew: () => {},
    goOnWithGrace: () => {},
    keepStopped: () => {},
  },
  delays: {
    untilLate: 1000,
    untilMissing: 1000,
  },
}).createMachine({
  id: 'heartbeat',
  initial: 'alive',
  on: {
    'heartbeat.beat': { target: '#heartbeat.alive', reenter: true, actions: 'noteBeat' },
    'heartbeat.suspend': { target: '#heartbeat.suspended', actions: ['noteReason', 'forgetGrace'] },
  },
  states: {
    alive: {
      description: 'Beats arrive on time.',
      initial: 'unexpected',
      on: {
        'heartbeat.anchored': { target: '#heartbeat.alive', reenter: true, actions: 'takeAnchor' },
        'settings.changed': { target: '#heartbeat.alive', reenter: true, actions: 'takeSettings' },
      },
      states: {
        unexpected: {
          description: 'No beat will be due any more.',
          tags: ['rest'],
          always: { guard: 'isExpected', target: '#heartbeat.alive.expected' },
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
          { guard: 'wasUnseen', target: '#heartbeat.late', reenter: true, actions: 'waitAnew' },
          { target: '#heartbeat.missing' },
        ],
      },
      on: {
        'heartbeat.suspend': { target: '#heartbeat.suspended', actions: ['noteReason', 'stopGrace'] },
        'settings.changed': [
          {
            guard: 'isRescheduled',
            target: '#heartbeat.alive',
            actions: ['takeSettings', 'expectAnew'],
          },
          { target: '#heartbeat.late', reenter: true, actions: 'takeSettings' },
        ],
      },
    },
    missing: {
      description: 'The grace is over too: somebody should look.',
      tags: ['missing', 'rest'],
      on: {
        'heartbeat.told': { guard: 'isNews', actions: 'noteReason' },
        'settings.changed': [
          {
            guard: 'isRescheduled',
            target: '#heartbeat.alive',
            actions: ['takeSettings', 'expectAnew'],
          },
          { actions: 'takeSettings' },
        ],
      },
    },
    suspended: {
      description: 'Nobody waits for a beat: it rests by hand, has called a person already, or is held as its settings ask for.',
      tags: ['rest'],
      on: {
        'heartbeat.resume': [
          { guard: 'wasLate', target: '#heartbeat.late', actions: 'goOnWithGrace' },
          { target: '#heartbeat.alive', actions: 'expectAnew' },
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
