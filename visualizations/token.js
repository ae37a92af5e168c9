// The token of nightshift, for Stately's importer. Made by nightshift diagrams.
import { fromPromise, setup } from 'xstate';

export const tokenMachine = setup({
  actors: {
    refreshToken: fromPromise(async () => null),
  },
  guards: {
    isNewGrant: () => true,
    isUnexpired: () => true,
    isCurrent: () => true,
    expires: () => true,
    isMissing: () => true,
    isRevoked: () => true,
    isStatic: () => false,
    isTooOld: () => true,
  },
  actions: {
    takeGrant: () => {},
    takeSettings: () => {},
    allow: () => {},
    noteRejection: () => {},
    noteRefresh: () => {},
    noteRefusal: () => {},
    noteFailure: () => {},
    noteTimeout: () => {},
    beginRefresh: () => {},
    noteForGood: () => {},
  },
  delays: {
    untilImpatient: 1000,
    untilRefresh: 1000,
    untilRetry: 1000,
    untilExpiry: 1000,
  },
}).createMachine({
  id: 'token',
  initial: 'refreshing',
  on: {
    'settings.changed': [
      { guard: 'isNewGrant', target: '#token.refreshing', reenter: true, actions: 'takeGrant' },
      { actions: 'takeSettings' },
    ],
  },
  states: {
    refreshing: {
      description: 'A new token is being asked for; the old one serves as long as it is good.',
      invoke: {
        id: 'refresh',
        src: 'refreshToken',
        onDone: [
          { guard: 'expires', target: '#token.fresh', actions: 'noteRefresh' },
          { target: '#token.lasting', actions: 'noteRefresh' },
        ],
        onError: [
          { guard: 'isMissing', target: '#token.missing', actions: 'noteRefusal' },
          { guard: 'isRevoked', target: '#token.revoked', actions: 'noteRefusal' },
          { guard: 'isUnexpired', target: '#token.retrying', actions: 'noteFailure' },
          { target: '#token.expired', actions: 'noteFailure' },
        ],
      },
      always: { guard: 'isStatic', target: '#token.lasting' },
      after: {
        untilImpatient: [
          { guard: 'isUnexpired', target: '#token.retrying', actions: 'noteTimeout' },
          { target: '#token.expired', actions: 'noteTimeout' },
        ],
      },
      on: {
        'token.use': { guard: 'isUnexpired', actions: 'allow' },
        'token.rejected': { guard: 'isCurrent', actions: 'noteRejection' },
      },
    },
    fresh: {
      description: 'The token is good, and will be refreshed in time before it expires.',
      tags: ['usable'],
      after: { untilRefresh: { target: '#token.refreshing', actions: 'beginRefresh' } },
      on: {
        'token.use': { guard: 'isUnexpired', actions: 'allow' },
        'token.renew': { guard: 'isTooOld', target: '#token.refreshing', actions: 'beginRefresh' },
        'token.rejected': { guard: 'isCurrent', target: '#token.refreshing', actions: 'noteRejection' },
        'settings.changed': [
          { guard: 'isNewGrant', target: '#token.refreshing', actions: 'takeGrant' },
          { target: '#token.fresh', reenter: true, actions: 'takeSettings' },
        ],
      },
    },
    lasting: {
      description: 'The token is good, and nobody has said for how long.',
      tags: ['usable', 'rest'],
      on: {
        'token.use': { actions: 'allow' },
        'token.rejected': [
          { guard: 'isStatic', target: '#token.revoked', actions: 'noteForGood' },
          { guard: 'isCurrent', target: '#token.refreshing', actions: 'noteRejection' },
        ],
      },
    },
    retrying: {
      description: 'The refresh failed; it is tried again while the old token is still good.',
      after: {
        untilRetry: { target: '#token.refreshing', actions: 'beginRefresh' },
        untilExpiry: { target: '#token.expired' },
      },
      on: {
        'token.use': { guard: 'isUnexpired', actions: 'allow' },
        'token.rejected': { guard: 'isCurrent', target: '#token.refreshing', actions: 'noteRejection' },
      },
    },
    expired: {
      description: 'There is no usable token; the refresh is tried again.',
      after: { untilRetry: { target: '#token.refreshing', actions: 'beginRefresh' } },
    },
    revoked: {
      description: 'The grant is no longer accepted: somebody has to give a new one.',
      tags: ['waitsForHuman'],
      on: { 'token.provided': { target: '#token.refreshing', actions: 'takeGrant' } },
    },
    missing: {
      description: 'There is no grant to get a token with: somebody has to give one.',
      tags: ['waitsForHuman'],
      on: { 'token.provided': { target: '#token.refreshing', actions: 'takeGrant' } },
    },
  },
});
