/**
 * What goes wrong with a call to a service: answers that are no help, and answers that never come.
 */
import { found } from '../../config/found.ts';
import { answer } from '../world/network.ts';
import { SimulationError } from '../world/simulation-error.ts';
import { sameKeyAgain } from './aftermath.ts';
import type { CallFault } from './fault.ts';
import {
  bodyBrokeOff,
  certificateExpired,
  connectionReset,
  nameNotFound,
  networkUnreachable,
} from './network-errors.ts';

export interface StatusOptions {
  /** Seconds, sent as `Retry-After`. Default: the header is not there. */
  retryAfter?: number;
  headers?: Readonly<Record<string, string>>;
  /** Default: `{ error: … }` with the status. */
  body?: unknown;
}

const dripMs = 2_000;
const dripBytes = 4;

/** The service answers with a status, and does nothing. @throws {SimulationError} `WORLD_MISUSED` for a status that no answer has */
export function status(
  code: number,
  { retryAfter, headers = {}, body = { error: code } }: StatusOptions = {},
): CallFault {
  if (!(Number.isInteger(code) && code >= 200 && code <= 599)) {
    throw new SimulationError('WORLD_MISUSED', `status: found ${found(code)}, expected a status from 200 to 599.`);
  }
  const asked = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return {
    kind: 'call',
    name: retryAfter === undefined ? `${code}` : `${code} Retry-After ${retryAfter}`,
    afterwards:
      retryAfter === undefined
        ? 'What the status means decides: the run goes on from its last finished step, or ends as a failure. Whoever asks again sends the same key.'
        : 'Nobody calls the service before the time that it asked for is over; then the run goes on from its last finished step.',
    holds: (aftermath) =>
      sameKeyAgain(aftermath) ??
      (retryAfter === undefined ? undefined : calledBefore(aftermath, retryAfter * 1_000, code)),
    answer: async ({ pause, random }) => {
      await pause(travelMs(random()));
      return answer(code, body, { ...asked, ...headers });
    },
  };
}

/** The quota is used up: as most services say it, or as Google does. */
export function quotaExceeded({ as = 429 }: { as?: 429 | 403 } = {}): CallFault {
  const body = { error: { code: as, errors: [{ domain: 'usageLimits', reason: 'quotaExceeded' }] } };
  return { ...status(as, { body }), name: `${as} quota exceeded` };
}

/** 200, and nothing in it. */
export const emptyOk: CallFault = {
  kind: 'call',
  name: '200 with nothing',
  afterwards: 'The run does not take nothing for something: it tries again, fails, or returns what its output allows.',
  holds: sameKeyAgain,
  answer: async ({ served }) => {
    await served();
    return answer(200, '', { 'content-length': '0' });
  },
};

/** 200, and the web page of a hotel's Wi-Fi. */
export const garbageOk: CallFault = {
  kind: 'call',
  name: '200 with garbage',
  afterwards: 'The run does not take garbage for an answer: it tries again, fails, or returns what its output allows.',
  holds: sameKeyAgain,
  answer: async ({ pause, random }) => {
    await pause(travelMs(random()));
    return answer(200, '<!doctype html><title>Welcome to our hotel</title><p>Please log in.</p>', {
      'content-type': 'text/html',
    });
  },
};

/** The service did it, and its answer breaks off in the middle. */
export const truncatedBody: CallFault = {
  kind: 'call',
  name: 'truncated body',
  afterwards: 'The call counts as failed; whoever asks again sends the same key, so that it is not done twice.',
  holds: sameKeyAgain,
  answer: async ({ served }) => {
    const response = await served();
    const text = await response.text();
    const half = text.slice(0, Math.floor(text.length / 2));
    return cutOff(response, half);
  },
};

/** The answer comes, a few bytes at a time. */
export const slowDrip: CallFault = {
  kind: 'call',
  name: 'slow drip',
  afterwards:
    'It is waited for while bytes come, at most as long as the step and the run may take; others are not held up by it.',
  holds: sameKeyAgain,
  answer: async ({ served, pause }) => {
    const response = await served();
    const bytes = new TextEncoder().encode(await response.text());
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await pause(dripMs);
        controller.enqueue(bytes.slice(sent, sent + dripBytes));
        sent += dripBytes;
        if (sent >= bytes.length) controller.close();
      },
    });
    const { status: code, statusText, headers } = response;
    return new Response(body, { status: code, statusText, headers: withoutLength(headers) });
  },
};

/** The service takes the call, and never says anything. */
export const silence: CallFault = {
  kind: 'call',
  name: 'silence',
  afterwards:
    'The call is given up when its timeout is over; the run goes on from its last finished step, with the same key.',
  holds: sameKeyAgain,
  // Nothing holds a promise that nobody will settle: who gives up is let go of, and so is the process that is killed.
  answer: () => new Promise(() => {}),
};

/** The connection is reset before the service has seen the request. */
export const resetBefore: CallFault = {
  kind: 'call',
  name: 'reset before it was processed',
  afterwards: 'The call is made again, with the same key.',
  holds: sameKeyAgain,
  answer: async ({ pause, random }) => {
    await pause(travelMs(random()));
    throw connectionReset();
  },
};

/** The connection is reset when the service has done what it was asked for. */
export const resetAfter: CallFault = {
  kind: 'call',
  name: 'reset after it was processed',
  afterwards: 'The call is made again, with the same key: the service can tell that it has done that already.',
  holds: sameKeyAgain,
  answer: async ({ served }) => {
    await served();
    throw connectionReset();
  },
};

/** Its name does not resolve. */
export const dns: CallFault = {
  kind: 'call',
  name: 'DNS failure',
  afterwards: 'The call is made again, with the same key; after a few in a row the service is left alone.',
  holds: sameKeyAgain,
  answer: async ({ request, pause, random }) => {
    await pause(travelMs(random()));
    throw nameNotFound(request.url.hostname);
  },
};

/** Its certificate is out of date. */
export const tls: CallFault = {
  kind: 'call',
  name: 'TLS failure',
  afterwards: 'Nothing is sent over a connection that is not trusted; the call is made again, with the same key.',
  holds: sameKeyAgain,
  answer: async ({ pause, random }) => {
    await pause(travelMs(random()));
    throw certificateExpired();
  },
};

/** There is no network: nothing can be asked, of anybody. */
export const noNetwork: CallFault = {
  kind: 'call',
  name: 'no network',
  afterwards: 'No service is blamed; one engine looks whether it is back, and all go on then, with the same key.',
  holds: sameKeyAgain,
  answer: async () => {
    throw networkUnreachable();
  },
};

/** The service says 401 to a token that is good. */
export const tokenRejected: CallFault = {
  kind: 'call',
  name: 'token rejected',
  afterwards:
    'The token is refreshed once, and the step is done again with the new one; a token that cannot be refreshed is announced.',
  holds: sameKeyAgain,
  answer: async ({ pause, random }) => {
    await pause(travelMs(random()));
    return answer(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' });
  },
};

function travelMs(random: number): number {
  return 10 + Math.floor(random * 50);
}

/** A response whose body ends as one that is cut off does. */
function cutOff({ status: code, statusText, headers }: Response, text: string): Response {
  let isBegun = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isBegun || text === '') {
        controller.error(bodyBrokeOff());
        return;
      }
      isBegun = true;
      controller.enqueue(new TextEncoder().encode(text));
    },
  });
  return new Response(body, { status: code, statusText, headers: withoutLength(headers) });
}

function withoutLength(headers: Headers): Headers {
  const rest = new Headers(headers);
  rest.delete('content-length');
  return rest;
}

/** What a service asks for that names a wait holds for everybody: a call within it is one too many. */
function calledBefore(
  { injection, since }: Parameters<NonNullable<CallFault['holds']>>[0],
  waitMs: number,
  code: number,
): string | undefined {
  if (!('call' in injection) || (code !== 429 && code !== 403)) return undefined;
  const { service } = injection.call;
  const told = since.find((event) => event.type === 'call.ended' && event.exchange.request.service === service);
  if (!told) return undefined;
  const early = since.find(
    (event) =>
      event.type === 'call.sent' &&
      event.request.service === service &&
      event.at > told.at &&
      event.at < told.at + waitMs,
  );
  return early && `${service} was called ${early.at - told.at} ms after it had asked for ${waitMs}`;
}
