// The breaker of nightshift, for Stately's importer. Made by nightshift diagrams.
import { setup } from 'xstate';

export const breakerMachine = setup({
  guards: {
    isCurrent: () => true,
    isLastStraw: () => true,
    isFault: () => true,
    isProbe: () => true,
    isSlowProbe: () => true,
    isProbeFault: () => true,
    isProbeAnswer: () => true,
  },
  actions: {
    noteIsolation: () => {},
    takeSettings: () => {},
    admit: () => {},
    noteOpening: () => {},
    noteOutcome: () => {},
    noteClosing: () => {},
    noteProbe: () => {},
    noteFailedProbe: () => {},
    giveProbeBack: () => {},
  },
  delays: {
    untilProbe: 1000,
    untilProbeIsLost: 1000,
  },
}).createMachine({
  id: 'breaker',
  initial: 'closed',
  on: {
    'breaker.isolate': { target: '#breaker.isolated', actions: 'noteIsolation' },
    'settings.changed': { actions: 'takeSettings' },
  },
  states: {
    closed: {
      description: 'The service is well: calls go through, and their outcomes are watched.',
      tags: ['admitting', 'rest'],
      on: {
        'call.started': { guard: 'isCurrent', actions: 'admit' },
        'call.succeeded': [
          { guard: 'isLastStraw', target: '#breaker.open', actions: 'noteOpening' },
          { guard: 'isCurrent', actions: 'noteOutcome' },
        ],
        'call.failed': [
          { guard: 'isLastStraw', target: '#breaker.open', actions: 'noteOpening' },
          { guard: 'isFault', actions: 'noteOutcome' },
        ],
      },
    },
    open: {
      description: 'The service is taken for dead: no call goes through until the cooldown is over.',
      after: { untilProbe: { target: '#breaker.halfOpen' } },
      on: {
        'breaker.reset': { target: '#breaker.closed', actions: 'noteClosing' },
        'settings.changed': { target: '#breaker.open', reenter: true, actions: 'takeSettings' },
      },
    },
    halfOpen: {
      description: 'The cooldown is over: one call may find out whether the service is back.',
      initial: 'ready',
      on: { 'breaker.reset': { target: '#breaker.closed', actions: 'noteClosing' } },
      states: {
        ready: {
          description: 'Whoever calls next is the probe.',
          tags: ['admitting', 'rest'],
          on: {
            'call.started': { guard: 'isCurrent', target: '#breaker.halfOpen.probing', actions: 'noteProbe' },
          },
        },
        probing: {
          description: 'One call is out; everybody else waits for its outcome.',
          after: { untilProbeIsLost: { target: '#breaker.open', actions: 'noteFailedProbe' } },
          on: {
            'call.started': {
              guard: 'isProbe',
              target: '#breaker.halfOpen.probing',
              reenter: true,
              actions: 'noteProbe',
            },
            'call.succeeded': [
              { guard: 'isSlowProbe', target: '#breaker.open', actions: 'noteFailedProbe' },
              { guard: 'isProbe', target: '#breaker.closed', actions: 'noteClosing' },
            ],
            'call.failed': [
              { guard: 'isProbeFault', target: '#breaker.open', actions: 'noteFailedProbe' },
              { guard: 'isProbeAnswer', target: '#breaker.closed', actions: 'noteClosing' },
              { guard: 'isProbe', target: '#breaker.halfOpen.ready', actions: 'giveProbeBack' },
            ],
            'call.abandoned': { guard: 'isProbe', target: '#breaker.halfOpen.ready', actions: 'giveProbeBack' },
            'settings.changed': { target: '#breaker.halfOpen.probing', reenter: true, actions: 'takeSettings' },
          },
        },
      },
    },
    isolated: {
      description: 'An operator keeps every call away until the breaker is reset.',
      tags: ['waitsForHuman'],
      on: { 'breaker.reset': { target: '#breaker.closed', actions: 'noteClosing' } },
    },
  },
});
