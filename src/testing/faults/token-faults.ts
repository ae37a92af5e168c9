/**
 * What goes wrong at a token server.
 */
import { answer } from '../world/network.ts';
import { toldPerson } from './aftermath.ts';
import type { CallFault } from './fault.ts';

/** It answers 503, as a proxy in front of it does: not even in JSON. */
export const tokenServerDown: CallFault = {
  kind: 'call',
  to: 'token server',
  name: 'token server down',
  afterwards:
    'The refresh is tried again after a wait; the old token serves as long as it is good, and nobody uses one that is not.',
  answer: async ({ pause }) => {
    await pause(25);
    return answer(503, 'upstream connect error');
  },
};

/** The grant has been taken back: no retry will change that. */
export const grantRevoked: CallFault = {
  kind: 'call',
  to: 'token server',
  name: 'grant revoked',
  afterwards: 'Nobody asks for a token with it again; who needs one is held, and a person is told, at once and once.',
  holds: toldPerson('token:'),
  answer: async ({ pause }) => {
    await pause(25);
    return answer(400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' });
  },
};
