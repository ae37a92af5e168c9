// The engine of nightshift, for Stately's importer. Made by nightshift diagrams.
import { fromPromise, setup } from 'xstate';

export const engineMachine = setup({
  actors: {
    awaitActor: fromPromise(async () => null),
    runEngine: fromPromise(async () => null),
  },
  guards: {
    isFollowed: () => true,
    isKnown: () => true,
    isScheduled: () => false,
    isTooLate: () => true,
    isReplaced: () => false,
    isShut: () => false,
    isUnstarted: () => true,
    isOverdue: () => true,
    canRefresh: () => true,
    waitsForWindow: () => true,
    waitsForLimit: () => true,
    waitsForActor: () => true,
    waitsForTime: () => true,
    canRetry: () => true,
    isFatal: () => true,
    hasTriesLeft: () => true,
    hasCooldown: () => false,
    hasFailedTooOften: () => false,
    hasRun: () => true,
  },
  actions: {
    settleCrowdedOut: () => {},
    noteDue: () => {},
    keepAbandoned: () => {},
    takeTrigger: () => {},
    takeSettings: () => {},
    settleMissed: () => {},
    skipMissed: () => {},
    settleCoalesced: () => {},
    takeDue: () => {},
    settleReplaced: () => {},
    holdForWindow: () => {},
    beginAttempt: () => {},
    settleUnstarted: () => {},
    noteUnstarted: () => {},
    settleOverdue: () => {},
    noteOverdue: () => {},
    noteBackoff: () => {},
    keepBegun: () => {},
    keepProgress: () => {},
    keepStep: () => {},
    dropBegun: () => {},
    keepSkipped: () => {},
    keepServed: () => {},
    settleSuccess: () => {},
    noteSuccess: () => {},
    noteRejection: () => {},
    holdForClosed: () => {},
    holdForLimit: () => {},
    holdForActor: () => {},
    holdForTime: () => {},
    settleFailure: () => {},
    noteFailure: () => {},
    noteTimeout: () => {},
    settleTimeout: () => {},
    noteTimedOutRun: () => {},
    holdForToken: () => {},
    countAttempt: () => {},
    wantNow: () => {},
    settlePaused: () => {},
    skipPassed: () => {},
    settleHalted: () => {},
    forgive: () => {},
  },
  delays: {
    untilDue: 1000,
    untilAllowed: 1000,
    untilTimeout: 1000,
    untilImpatient: 1000,
    untilRetry: 1000,
    untilRested: 1000,
  },
}).createMachine({
  id: 'engine',
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
        'engine.trigger': { target: '#engine.ready', actions: 'takeTrigger' },
        'engine.pause': { target: '#engine.paused' },
        'settings.changed': { target: '#engine.idle', reenter: true, actions: 'takeSettings' },
      },
      states: {
        onDemand: {
          description: 'No due time is known: a run begins only when it is triggered.',
          tags: ['rest'],
          always: { guard: 'isScheduled', target: '#engine.idle.scheduled' },
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
        {
          guard: 'isReplaced',
          target: '#engine.ready',
          reenter: true,
          actions: ['settleReplaced', 'takeDue'],
        },
        { guard: 'isShut', target: '#engine.held.forTime', actions: 'holdForWindow' },
        { target: '#engine.running', actions: 'beginAttempt' },
      ],
    },
    held: {
      description: 'A run is due or under way, but something says wait; the reason is in the context.',
      initial: 'forTime',
      on: { 'engine.pause': { target: '#engine.paused' } },
      states: {
        forTime: {
          description: 'Until an instant: a window opens, or what nobody knows of may be over.',
          after: {
            untilAllowed: [
              {
                guard: 'isUnstarted',
                target: '#engine.idle',
                actions: ['settleUnstarted', 'noteUnstarted'],
              },
              { guard: 'isReplaced', target: '#engine.ready' },
              {
                guard: 'isOverdue',
                target: '#engine.failure',
                actions: ['settleOverdue', 'noteOverdue'],
              },
              { target: '#engine.ready' },
            ],
          },
          on: {
            'settings.changed': { target: '#engine.held.forTime', reenter: true, actions: 'takeSettings' },
          },
        },
        forActor: {
          description: 'Until a breaker lets a call through, a token can be used again, or a trouble that everybody has is over.',
          invoke: {
            id: 'clearance',
            src: 'awaitActor',
            onDone: { target: '#engine.ready' },
            onError: [
              {
                guard: 'isUnstarted',
                target: '#engine.idle',
                actions: ['settleUnstarted', 'noteUnstarted'],
              },
              { guard: 'isReplaced', target: '#engine.ready' },
              {
                guard: 'isOverdue',
                target: '#engine.failure',
                actions: ['settleOverdue', 'noteOverdue'],
              },
              { target: '#engine.backoff', actions: 'noteBackoff' },
            ],
          },
          on: {
            'settings.changed': { target: '#engine.held.forActor', reenter: true, actions: 'takeSettings' },
          },
        },
      },
    },
    running: {
      description: 'The job is at work; each finished step is kept.',
      invoke: {
        id: 'run',
        src: 'runEngine',
        onDone: { target: '#engine.success', actions: ['settleSuccess', 'noteSuccess'] },
        onError: [
          { guard: 'canRefresh', target: '#engine.refreshing', actions: 'noteRejection' },
          { guard: 'waitsForWindow', target: '#engine.held.forTime', actions: 'holdForClosed' },
          { guard: 'waitsForLimit', target: '#engine.held.forActor', actions: 'holdForLimit' },
          { guard: 'waitsForActor', target: '#engine.held.forActor', actions: 'holdForActor' },
          { guard: 'waitsForTime', target: '#engine.held.forTime', actions: 'holdForTime' },
          { guard: 'canRetry', target: '#engine.backoff', actions: 'noteBackoff' },
          { guard: 'isFatal', target: '#engine.halted', actions: ['settleFailure', 'noteFailure'] },
          { target: '#engine.failure', actions: ['settleFailure', 'noteFailure'] },
        ],
      },
      after: {
        untilTimeout: [
          { guard: 'isReplaced', target: '#engine.ready' },
          {
            guard: 'isOverdue',
            target: '#engine.failure',
            actions: ['settleOverdue', 'noteOverdue'],
          },
          { guard: 'hasTriesLeft', target: '#engine.backoff', actions: 'noteTimeout' },
          { target: '#engine.failure', actions: ['settleTimeout', 'noteTimedOutRun'] },
        ],
      },
      on: {
        'step.begun': { actions: 'keepBegun' },
        'step.progressed': { actions: 'keepProgress' },
        'step.completed': { actions: 'keepStep' },
        'step.failed': { actions: 'dropBegun' },
        'step.skipped': { actions: 'keepSkipped' },
        'service.served': { actions: 'keepServed' },
        'engine.pause': { target: '#engine.paused' },
        'settings.changed': { target: '#engine.running', reenter: true, actions: 'takeSettings' },
      },
    },
    refreshing: {
      description: 'A service rejected the token: the run goes on once there is a newer one.',
      invoke: {
        id: 'refreshed',
        src: 'awaitActor',
        onDone: { target: '#engine.ready' },
        onError: { target: '#engine.ready' },
      },
      after: {
        untilImpatient: [
          { guard: 'isReplaced', target: '#engine.ready' },
          {
            guard: 'isOverdue',
            target: '#engine.failure',
            actions: ['settleOverdue', 'noteOverdue'],
          },
          { target: '#engine.held.forActor', actions: 'holdForToken' },
        ],
      },
      on: {
        'engine.pause': { target: '#engine.paused' },
        'settings.changed': { actions: 'takeSettings' },
      },
    },
    backoff: {
      description: 'Something passing went wrong: the run goes on from its last finished step after a wait.',
      after: {
        untilRetry: [
          { guard: 'isReplaced', target: '#engine.ready' },
          {
            guard: 'isOverdue',
            target: '#engine.failure',
            actions: ['settleOverdue', 'noteOverdue'],
          },
          { target: '#engine.ready', actions: 'countAttempt' },
        ],
      },
      on: {
        'engine.trigger': { target: '#engine.ready', actions: ['countAttempt', 'wantNow'] },
        'engine.pause': { target: '#engine.paused' },
        'settings.changed': { target: '#engine.backoff', reenter: true, actions: 'takeSettings' },
      },
    },
    success: {
      description: 'The run ended well; what it returned is the last known good.',
      always: [{ guard: 'hasCooldown', target: '#engine.cooldown' }, { target: '#engine.idle' }],
    },
    failure: {
      description: 'The run failed; the next one is tried as usual, unless too many have failed by their own fault.',
      always: [
        { guard: 'hasFailedTooOften', target: '#engine.halted' },
        { guard: 'hasCooldown', target: '#engine.cooldown' },
        { target: '#engine.idle' },
      ],
    },
    cooldown: {
      description: 'A rest after the run, whatever is due.',
      after: { untilRested: { target: '#engine.idle' } },
      on: {
        'engine.trigger': { target: '#engine.ready', actions: 'takeTrigger' },
        'engine.pause': { target: '#engine.paused' },
        'settings.changed': { target: '#engine.cooldown', reenter: true, actions: 'takeSettings' },
      },
    },
    paused: {
      description: 'An operator stopped it. A run that was under way keeps its finished steps.',
      tags: ['waitsForHuman'],
      on: {
        'engine.resume': [
          { guard: 'hasRun', target: '#engine.ready', actions: ['settlePaused', 'skipPassed'] },
          { target: '#engine.idle', actions: ['settlePaused', 'skipPassed'] },
        ],
        'settings.changed': { actions: 'takeSettings' },
      },
    },
    halted: {
      description: 'It cannot go on without a person; the failure says what is wrong.',
      tags: ['waitsForHuman'],
      on: {
        'engine.resume': { target: '#engine.idle', actions: ['settleHalted', 'skipPassed', 'forgive'] },
        'settings.changed': { actions: 'takeSettings' },
      },
    },
  },
});
