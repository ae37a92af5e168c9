/**
 * The network of a simulated world: who answers a request, how long that takes, and what goes wrong on the way.
 *
 * A request arrives half a way after it was sent, and its answer leaves from there: a process that is killed meanwhile does not
 * hear it, but what it asked for has been done.
 */
import { STATUS_CODES } from 'node:http';
import type { Random } from '../../random.ts';
import type { CallFault } from '../faults/fault.ts';
import { type Life, never } from './life.ts';
import { SimulationError } from './simulation-error.ts';
import type { WorldClock } from './world-clock.ts';

/** A request as a service of the world gets it. */
export interface WorldRequest {
  /** Counts the requests of the world, from 1. */
  number: number;
  /** The name under which the world knows who is asked. */
  service: string;
  /** Counts the requests to that service, from 1. */
  nth: number;
  method: string;
  url: URL;
  headers: Headers;
  body: string;
  /** True time, epoch ms. */
  sentAt: number;
  /** Which part of which run asked; absent for what no job asks, as a refresh of a token. */
  place?: { engine: string; run: string; step: string | null };
}

/** Answers in place of a service. Its own state is not that of a process: it outlives every crash. */
export type Handler = (request: WorldRequest, at: number) => Response | Promise<Response>;

/** What became of a request. */
export interface Exchange {
  request: WorldRequest;
  /** True time, epoch ms; absent while nobody has answered. */
  answeredAt?: number;
  status?: number;
  /** What went wrong on the way, by its name. */
  fault?: string;
  /** The code of the error that the caller got instead of an answer. */
  error?: string;
  /** When the service did what it was asked for, epoch ms; absent when the request never arrived. */
  processedAt?: number;
}

export interface Route {
  /** The name of a service. */
  name: string;
  /** What its addresses begin with. */
  url: string;
  handler: Handler;
}

export interface NetworkPorts {
  clock: WorldClock;
  random: Random;
  routes: readonly Route[];
  fault: (request: WorldRequest) => CallFault | undefined;
  placeOf: () => WorldRequest['place'];
  sent: (request: WorldRequest) => void;
  ended: (exchange: Exchange) => void;
}

/** How long a request and its answer are under way, each, in milliseconds. */
const wayMs = { min: 5, max: 60 };

export class WorldNetwork {
  readonly #ports: NetworkPorts;
  readonly #routes: readonly Route[];
  readonly #counts = new Map<string, number>();
  #requests = 0;

  constructor(ports: NetworkPorts) {
    this.#ports = ports;
    // The longest address that fits says who is asked.
    this.#routes = ports.routes.toSorted((one, other) => other.url.length - one.url.length);
  }

  /** `fetch` as a process sees it. */
  fetchOf(life: Life): typeof fetch {
    return async (input, init = {}) => {
      if (!life.alive) return never();
      const asked = input instanceof Request ? new Request(input, init) : undefined;
      const url = new URL(asked?.url ?? String(input));
      const signal = asked?.signal ?? init.signal ?? undefined;
      signal?.throwIfAborted();
      const route = this.#routeOf(url, life);
      const body = await bodyOf(asked ?? init);
      const request = this.#request(route, {
        url,
        method: (asked?.method ?? init.method ?? 'GET').toUpperCase(),
        headers: withoutChance(new Headers(asked?.headers ?? init.headers)),
        body,
      });
      this.#ports.sent(request);
      return this.#exchange(route, request, life, signal);
    };
  }

  #routeOf(url: URL, life: Life): Route {
    const route = this.#routes.find(({ url: start }) => url.href.startsWith(start));
    if (route) return route;
    const known = this.#routes.map((each) => each.url).join(', ') || 'none';
    const error = new SimulationError(
      'UNKNOWN_HOST',
      `${url.href}: found a request to an address that nobody answers in this world, expected one below ${known}. Give the world a service for it.`,
    );
    life.refuse(error);
    throw error;
  }

  #request(route: Route, rest: Pick<WorldRequest, 'url' | 'method' | 'headers' | 'body'>): WorldRequest {
    this.#requests += 1;
    const nth = (this.#counts.get(route.name) ?? 0) + 1;
    this.#counts.set(route.name, nth);
    const place = this.#ports.placeOf();
    const sentAt = this.#ports.clock.trueNow;
    return { number: this.#requests, service: route.name, nth, ...rest, sentAt, ...(place && { place }) };
  }

  async #exchange(route: Route, request: WorldRequest, life: Life, signal: AbortSignal | undefined): Promise<Response> {
    const exchange: Exchange = { request };
    const fault = this.#ports.fault(request);
    if (fault) exchange.fault = fault.name;
    const served = async () => {
      // It is on its way also while the machine sleeps.
      exchange.processedAt = await this.#pause(this.#way());
      const response = await route.handler(request, exchange.processedAt);
      await this.#pause(this.#way());
      return response;
    };
    // The world outside goes on whether or not somebody still listens.
    const answered = fault
      ? fault.answer({ request, served, pause: async (ms) => void (await this.#pause(ms)), random: this.#ports.random })
      : served();
    const heard = listening(answered, life, signal);
    try {
      const response = await heard;
      exchange.status = response.status;
      return addressed(response, request.url.href);
    } catch (error) {
      exchange.error = codeOf(error);
      throw error;
    } finally {
      exchange.answeredAt = this.#ports.clock.trueNow;
      this.#ports.ended(exchange);
    }
  }

  #way(): number {
    return wayMs.min + Math.floor(this.#ports.random() * (wayMs.max - wayMs.min));
  }

  /** Resolves with the instant at which it was over, by true time, epoch ms. */
  #pause(ms: number): Promise<number> {
    const { clock } = this.#ports;
    return new Promise((resolve) => clock.atTrue(clock.trueNow + ms, resolve));
  }
}

/** What the process hears: nothing once it is dead, and the signal's reason once it gives up. */
function listening(answered: Promise<Response>, life: Life, signal: AbortSignal | undefined): Promise<Response> {
  return new Promise((resolve, reject) => {
    const give = () => life.alive && reject(signal?.reason);
    signal?.addEventListener('abort', give, { once: true });
    const hear =
      <T>(tell: (what: T) => void) =>
      (what: T) => {
        signal?.removeEventListener('abort', give);
        if (life.alive) tell(what);
      };
    answered.then(hear(resolve), hear(reject));
  });
}

async function bodyOf({ body }: { body?: unknown }): Promise<string> {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string') return body;
  const text = await new Response(body as ConstructorParameters<typeof Response>[0]).text();
  return text.replaceAll(drawnBoundary, boundary);
}

/** What Node draws, by no seed, to part the fields of a form. */
const drawnBoundary = /----formdata-undici-\d+/g;
const boundary = '----formdata-world';

function withoutChance(headers: Headers): Headers {
  const type = headers.get('content-type');
  if (type?.includes('boundary=')) headers.set('content-type', type.replaceAll(drawnBoundary, boundary));
  return headers;
}

/** A response that says where it comes from, as one of `fetch` does. */
function addressed(response: Response, url: string): Response {
  return Object.defineProperty(response, 'url', { value: url, configurable: true });
}

function codeOf(error: unknown): string {
  const { code, name, cause } = error as { code?: string; name?: string; cause?: { code?: string } };
  return cause?.code ?? code ?? name ?? 'unknown';
}

/** An answer with a status, its usual text and, unless it is a text already, a JSON body. */
export function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  // A response without content must not have a body.
  const content = status === 204 || status === 304 ? null : text;
  return new Response(content, {
    status,
    statusText: STATUS_CODES[status] ?? '',
    headers: { 'content-type': type, ...headers },
  });
}
