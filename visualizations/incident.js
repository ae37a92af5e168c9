// The incident of nightshift, for Stately's importer. Made by nightshift diagrams.
import { fromPromise, setup } from 'xstate';

export const incidentMachine = setup({
  actors: {
    sendAlert: fromPromise(async () => null),
  },
  guards: {
    isWorse: () => true,
    wasToldAndIsQuiet: () => true,
    wasTold: () => true,
    isQuiet: () => true,
    isOldNews: () => true,
  },
  actions: {
    emitOpening: () => {},
    noteOpening: () => {},
    takeSettings: () => {},
    noteWorse: () => {},
    noteTrouble: () => {},
    emitAcknowledgement: () => {},
    emitEnd: () => {},
    noteEnd: () => {},
    noteSent: () => {},
    noteTold: () => {},
    noteFailure: () => {},
    noteReminder: () => {},
    noteRelapse: () => {},
    noteReturn: () => {},
  },
  delays: {
    untilDeservesAlert: 1000,
    untilLoud: 1000,
    untilRetry: 1000,
    untilReminder: 1000,
  },
}).createMachine({
  id: 'incident',
  initial: 'resolved',
  states: {
    resolved: {
      description: 'The cause is gone, or has never come.',
      tags: ['rest'],
      on: {
        'incident.opened': { target: '#incident.open', actions: ['emitOpening', 'noteOpening'] },
        'settings.changed': { actions: 'takeSettings' },
      },
    },
    open: {
      description: 'The cause stands, and nobody has said that they know.',
      tags: ['open'],
      initial: 'brewing',
      on: {
        'incident.updated': [
          {
            guard: 'isWorse',
            target: '#incident.open.sending',
            reenter: true,
            actions: 'noteWorse',
          },
          { actions: 'noteTrouble' },
        ],
        'incident.acknowledge': { target: '#incident.acknowledged', actions: 'emitAcknowledgement' },
        'incident.resolved': [
          {
            guard: 'wasToldAndIsQuiet',
            target: '#incident.closing.quiet',
            actions: ['emitEnd', 'noteEnd'],
          },
          { guard: 'wasTold', target: '#incident.closing', actions: ['emitEnd', 'noteEnd'] },
          { target: '#incident.resolved', actions: ['emitEnd', 'noteEnd'] },
        ],
      },
      states: {
        brewing: {
          description: 'It may heal by itself before it is worth a message.',
          after: {
            untilDeservesAlert: [
              { guard: 'isQuiet', target: '#incident.open.quiet' },
              { target: '#incident.open.sending' },
            ],
          },
          on: {
            'settings.changed': { target: '#incident.open.brewing', reenter: true, actions: 'takeSettings' },
          },
        },
        quiet: {
          description: 'It can wait until the quiet hours are over.',
          after: {
            untilLoud: [
              { guard: 'isQuiet', target: '#incident.open.quiet', reenter: true },
              { target: '#incident.open.sending' },
            ],
          },
          on: {
            'settings.changed': { target: '#incident.open.quiet', reenter: true, actions: 'takeSettings' },
          },
        },
        sending: {
          description: 'A message is on its way to each channel.',
          invoke: {
            id: 'alert',
            src: 'sendAlert',
            onDone: { target: '#incident.open.told', actions: 'noteTold' },
            onError: { target: '#incident.open.retrying', actions: 'noteFailure' },
          },
          on: {
            'alert.sent': { actions: 'noteSent' },
            'settings.changed': { actions: 'takeSettings' },
          },
        },
        retrying: {
          description: 'Some channel did not take it: it is tried again after a wait.',
          after: {
            untilRetry: [
              { guard: 'isQuiet', target: '#incident.open.quiet' },
              { target: '#incident.open.sending' },
            ],
            untilReminder: [
              { guard: 'isQuiet', target: '#incident.open.quiet', actions: 'noteReminder' },
              { target: '#incident.open.sending', actions: 'noteReminder' },
            ],
          },
          on: {
            'settings.changed': { target: '#incident.open.retrying', reenter: true, actions: 'takeSettings' },
          },
        },
        told: {
          description: 'Every channel has it. After a while, which grows, comes a reminder.',
          after: {
            untilReminder: [
              { guard: 'isQuiet', target: '#incident.open.quiet', actions: 'noteReminder' },
              { target: '#incident.open.sending', actions: 'noteReminder' },
            ],
          },
          on: {
            'settings.changed': { target: '#incident.open.told', reenter: true, actions: 'takeSettings' },
          },
        },
      },
    },
    acknowledged: {
      description: 'A person knows: no more reminders. It ends when the cause does.',
      tags: ['open', 'rest'],
      on: {
        'incident.updated': [
          { guard: 'isWorse', target: '#incident.open.sending', actions: 'noteWorse' },
          { actions: 'noteTrouble' },
        ],
        'incident.resolved': [
          {
            guard: 'wasToldAndIsQuiet',
            target: '#incident.closing.quiet',
            actions: ['emitEnd', 'noteEnd'],
          },
          { guard: 'wasTold', target: '#incident.closing', actions: ['emitEnd', 'noteEnd'] },
          { target: '#incident.resolved', actions: ['emitEnd', 'noteEnd'] },
        ],
        'settings.changed': { actions: 'takeSettings' },
      },
    },
    closing: {
      description: 'The cause is gone: whoever was told of it hears that too.',
      initial: 'sending',
      on: {
        'incident.opened': { target: '#incident.open', actions: ['emitOpening', 'noteRelapse'] },
        'settings.changed': { actions: 'takeSettings' },
      },
      states: {
        quiet: {
          description: 'Nobody need be woken to hear that it is over.',
          after: {
            untilLoud: [
              { guard: 'isQuiet', target: '#incident.closing.quiet', reenter: true },
              { target: '#incident.closing.sending' },
            ],
          },
          on: {
            'incident.opened': { target: '#incident.open', actions: ['emitOpening', 'noteReturn'] },
            'settings.changed': { target: '#incident.closing.quiet', reenter: true, actions: 'takeSettings' },
          },
        },
        sending: {
          description: 'The message is on its way.',
          invoke: {
            id: 'alert',
            src: 'sendAlert',
            onDone: { target: '#incident.resolved', actions: 'noteTold' },
            onError: { target: '#incident.closing.retrying', actions: 'noteFailure' },
          },
          on: { 'alert.sent': { actions: 'noteSent' } },
        },
        retrying: {
          description: 'Some channel did not take it: it is tried again after a wait, for a day at most.',
          after: {
            untilRetry: [
              { guard: 'isOldNews', target: '#incident.resolved' },
              { guard: 'isQuiet', target: '#incident.closing.quiet' },
              { target: '#incident.closing.sending' },
            ],
          },
        },
      },
    },
  },
});
