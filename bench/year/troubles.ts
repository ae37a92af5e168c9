/**
 * What a caller meets when a service, or the line to it, is not well.
 */
import type { CallFault } from '../../src/testing/faults/fault.ts';
import { answer } from '../../src/testing/world/network.ts';

export const refused: CallFault = {
  kind: 'call',
  name: '503',
  afterwards: 'The work is done once the service is well.',
  answer: async ({ pause }) => {
    await pause(50);
    return answer(503, { error: 'unavailable' });
  },
};

export const silence: CallFault = {
  kind: 'call',
  name: 'silence',
  afterwards: 'Whoever asked has given up after a while.',
  answer: () => new Promise(() => {}),
};

export const reset: CallFault = {
  kind: 'call',
  name: 'reset',
  afterwards: 'The work is done once.',
  // What was asked for has been done: only the answer gets lost.
  answer: async ({ served }) => {
    await served();
    throw fetchFailed('ECONNRESET', 'read ECONNRESET');
  },
};

export const unresolved: CallFault = {
  kind: 'call',
  name: 'no network',
  afterwards: 'The work is done once the line is back.',
  answer: async ({ pause }) => {
    await pause(20);
    throw fetchFailed('EAI_AGAIN', 'getaddrinfo EAI_AGAIN');
  },
};

export const empty: CallFault = {
  kind: 'call',
  name: '200 with nothing',
  afterwards: 'Nobody takes that for done.',
  answer: async ({ pause }) => {
    await pause(50);
    return answer(200, '');
  },
};

/** As `fetch` throws it. */
function fetchFailed(code: string, message: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
}
