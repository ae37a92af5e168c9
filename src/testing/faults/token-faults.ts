/**
 * What goes wrong at a token server.
 */
import { answer } from '../world/network.ts';
import { toldPerson } from './aftermath.ts';
import type { Aftermath, CallFault, MachineFault } from './fault.ts';

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

/**
 * The access tokens that were given out for a token of the config are good for nothing from now on, long before they expire.
 *
 * @param token its name in the config
 */
export function tokensRejected(token: string): MachineFault {
  return {
    kind: 'machine',
    name: `tokens of ${token} rejected`,
    afterwards: 'Whoever is rejected has it refreshed, once for all, and the step is done again with the new one.',
    happen: (machine) => machine.rejectToken(token),
  };
}

/**
 * The grant of a token of the config is taken back, whether or not anybody asks for a token with it.
 *
 * @param token its name in the config
 */
export function grantTakenBack(token: string): MachineFault {
  return {
    kind: 'machine',
    name: `grant of ${token} revoked`,
    afterwards: 'Whoever asks next finds out, and a person is told once; who needs the token waits, nobody else does.',
    holds: (aftermath) => (isFoundOut(aftermath, token) ? toldPerson(`token:${token}`)(aftermath) : undefined),
    happen: (machine) => machine.revokeGrant(token),
  };
}

/** Whether somebody has found out since that the grant of a token is none. */
function isFoundOut({ since }: Aftermath, token: string): boolean {
  return since.some(
    (event) =>
      event.type === 'transition' &&
      event.transition.address === `token/${token}` &&
      event.transition.snapshot.value === 'revoked',
  );
}
