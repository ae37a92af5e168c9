// The quota of nightshift, for Stately's importer. Made by nightshift diagrams.
import { setup } from 'xstate';

export const quotaMachine = setup({
  guards: {
    hasRefused: () => true,
    isLast: () => true,
    hasRoom: () => true,
    saysNone: () => true,
    saysMore: () => true,
    refuses: () => true,
    leavesNoRoom: () => true,
    leavesRoom: () => true,
  },
  actions: {
    noteAnswer: () => {},
    takeLast: () => {},
    take: () => {},
    noteToldNone: () => {},
    noteTold: () => {},
    noteRefusal: () => {},
    takeTightSettings: () => {},
    takeSettings: () => {},
    forget: () => {},
    noteRoom: () => {},
  },
  delays: {
    untilRoom: 1000,
  },
}).createMachine({
  id: 'quota',
  initial: 'available',
  on: { 'quota.answered': { guard: 'hasRefused', actions: 'noteAnswer' } },
  states: {
    available: {
      description: 'There is room for a call.',
      tags: ['available', 'rest'],
      on: {
        'quota.take': [
          { guard: 'isLast', target: '#quota.exhausted', actions: 'takeLast' },
          { guard: 'hasRoom', actions: 'take' },
        ],
        'quota.told': [
          { guard: 'saysNone', target: '#quota.exhausted', actions: 'noteToldNone' },
          { guard: 'saysMore', actions: 'noteTold' },
        ],
        'quota.refused': { guard: 'refuses', target: '#quota.exhausted', actions: 'noteRefusal' },
        'settings.changed': [
          { guard: 'leavesNoRoom', target: '#quota.exhausted', actions: 'takeTightSettings' },
          { actions: 'takeSettings' },
        ],
      },
    },
    exhausted: {
      description: 'The budget is spent: no call goes out until there is room again.',
      after: { untilRoom: { target: '#quota.available', actions: 'noteRoom' } },
      on: {
        'quota.told': { guard: 'saysNone', target: '#quota.exhausted', reenter: true, actions: 'noteToldNone' },
        'quota.refused': { guard: 'refuses', target: '#quota.exhausted', reenter: true, actions: 'noteRefusal' },
        'quota.reset': { target: '#quota.available', actions: 'forget' },
        'settings.changed': [
          { guard: 'leavesRoom', target: '#quota.available', actions: 'takeSettings' },
          { target: '#quota.exhausted', reenter: true, actions: 'takeTightSettings' },
        ],
      },
    },
  },
});
