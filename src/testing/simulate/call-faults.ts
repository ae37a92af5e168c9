/**
 * What goes wrong with a call in a simulation, by name.
 */
import type { CallFault, FaultyExchange } from '../faults/fault.ts';
import { answer } from '../world/network.ts';
import type { Spell } from './spells.ts';

type Answer = CallFault['answer'];

/** A call that failed because nobody was there for a while. */
export interface OutageFault extends CallFault {
  outage: Spell;
}

const once = 'The call is tried again, and the step is done once.';
const leftAlone = 'Its breaker opens; few calls are made to it before it is back, and everybody goes on then.';

/** One call goes wrong. */
const single = {
  503: () => async () => answer(503, { error: 'unavailable' }),
  'reset before it arrived': () => broken('ECONNRESET'),
  'reset after it was done': () => async (exchange: FaultyExchange) => {
    await exchange.served();
    return broken('ECONNRESET')();
  },
  'DNS failure': () => broken('ENOTFOUND'),
  '200 with nothing': () => instead(''),
  '200 with garbage': () => instead('<html><body>Welcome to the hotel. Please sign in.'),
  'truncated answer': () => truncated,
  'slow drip': () => dripping,
  silence: () => () => new Promise<never>(() => {}),
} satisfies Record<string, () => Answer>;

/** How a service is down. */
export const outageModes = ['503', 'reset', 'DNS', 'silence'] as const;
export type OutageMode = (typeof outageModes)[number];

const down: Record<OutageMode, () => Answer> = {
  503: single[503],
  reset: single['reset before it arrived'],
  DNS: single['DNS failure'],
  silence: single.silence,
};

export type SingleFault = keyof typeof single;

export function singleFault(name: SingleFault): CallFault {
  return { kind: 'call', name: String(name), afterwards: once, answer: single[name]() };
}

/** @param seconds after which the service says that it may be asked again */
export function rateLimited(seconds: number): CallFault {
  return {
    kind: 'call',
    name: `429 Retry-After ${seconds}`,
    afterwards: 'It is not called again before that.',
    answer: async () => answer(429, { error: 'slow down' }, { 'retry-after': String(seconds) }),
  };
}

/** A call while the service is down. */
export function outageFault(mode: OutageMode, outage: Spell): OutageFault {
  return { kind: 'call', name: `outage: ${mode}`, afterwards: leftAlone, answer: down[mode](), outage };
}

/** A call while there is no network. */
export function networkFault(outage: Spell): OutageFault {
  const afterwards = 'No service is blamed; one engine looks whether it is back, and all go on then.';
  return { kind: 'call', name: 'no network', afterwards, answer: broken('ENETUNREACH'), outage };
}

/** The fault of that name; undefined when there is none. */
export function callFaultNamed(name: string): CallFault | undefined {
  const seconds = /^429 Retry-After (\d+)$/.exec(name)?.[1];
  if (seconds !== undefined) return rateLimited(Number(seconds));
  const never = { number: 0, from: 0, to: 0 };
  if (name === 'no network') return withoutOutage(networkFault(never));
  const mode = outageModes.find((each) => name === `outage: ${each}`);
  if (mode) return withoutOutage(outageFault(mode, never));
  return Object.hasOwn(single, name) ? singleFault(name as SingleFault) : undefined;
}

/** By its name alone nobody knows how long an outage was. */
function withoutOutage({ outage: _, ...fault }: OutageFault): CallFault {
  return fault;
}

/** As `fetch` says that a connection broke. */
function broken(code: string): () => Promise<never> {
  return async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
  };
}

/** The service does what it was asked for, and something else comes back. */
function instead(body: string): Answer {
  return async ({ served }) => {
    await served();
    return answer(200, body);
  };
}

async function truncated({ served }: FaultyExchange): Promise<Response> {
  const response = await served();
  const whole = await bytesOf(response);
  const broke = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  const body = new ReadableStream({
    start: (stream) => stream.enqueue(whole.subarray(0, whole.length / 2)),
    pull: (stream) => stream.error(new TypeError('terminated', { cause: broke })),
  });
  return like(response, body);
}

const pieces = 12;
const pieceMs = 5_000;

/** A piece of the answer every few seconds. */
async function dripping({ served, pause }: FaultyExchange): Promise<Response> {
  const response = await served();
  const whole = await bytesOf(response);
  const size = Math.ceil(whole.length / pieces);
  let sent = 0;
  const body = new ReadableStream({
    async pull(stream) {
      if (sent >= whole.length) return stream.close();
      await pause(pieceMs);
      stream.enqueue(whole.subarray(sent, sent + size));
      sent += size;
    },
  });
  return like(response, body);
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

function like({ status, headers }: Response, body: ReadableStream): Response {
  return new Response(status === 204 || status === 304 ? null : body, { status, headers });
}
