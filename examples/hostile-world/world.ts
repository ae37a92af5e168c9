/**
 * The hostile world: a real HTTP server that does what the world does. Each service stands below a path of its own, and none of
 * them knows who calls.
 *
 * A request with an `Idempotency-Key` that was worked off before gets the answer it got then, as the APIs of banks and shops
 * have it; the world's record says which request made something, and of what.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Json } from '../../src/json.ts';
import { seededRandom } from '../../src/random.ts';
import { Allowance, type AllowanceOptions, allowanceHeaders } from './allowance.ts';
import { type Api, apiKey, apis } from './apis.ts';
import { Authority } from './authority.ts';
import { Portal } from './portal.ts';
import type { Arrival } from './record.ts';
import { scaled } from './scale.ts';
import { Weather } from './weather.ts';

export interface WorldOptions {
  seed: number;
  /** By service. */
  allowances: Readonly<Record<string, AllowanceOptions>>;
  /** The names of the authority's clients. */
  clients: readonly string[];
  /** Told of each request on its arrival, before anything is answered. */
  onArrival?: (arrival: Arrival) => void;
}

export interface World {
  url: string;
  arrivals: readonly Arrival[];
  authority: Authority;
  portal: Portal;
  /** First refresh tokens, by client. */
  grants: ReadonlyMap<string, string>;
  /** From now on every answer is good. */
  calm(): void;
  close(): Promise<void>;
}

/** Longer than any call here may take. */
const silenceMs = scaled('5m');
const dripMs = scaled('5s');

/** Opens the world on a free port of 127.0.0.1. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const startedAt = Date.now();
  const arrivals: Arrival[] = [];
  const authority = new Authority(seededRandom(options.seed));
  const portal = new Portal();
  const grants = new Map(options.clients.map((client) => [client, authority.grant(client)]));
  const names = [...Object.keys(apis), 'portal', 'oauth'];
  const weathers = new Map(names.map((name) => [name, new Weather(options.seed, name, startedAt, isFrail(name))]));
  const allowances = new Map(Object.entries(options.allowances).map(([name, each]) => [name, new Allowance(each)]));
  /** Answers that were given under a key, by service and key. */
  const given = new Map<string, Json>();

  function arrived(request: IncomingMessage, service: string, path: string, api: Api | undefined): Arrival {
    const at = Date.now();
    const method = request.method ?? 'GET';
    const bare = path.split('?')[0] as string;
    const arrival: Arrival = {
      n: arrivals.length + 1,
      at,
      service,
      method,
      path,
      key: request.headers['idempotency-key']?.toString() ?? null,
      token: api?.wants === 'token' ? authority.look(bearerOf(request)) : null,
      hours: api?.hours?.find((each) => each.method === method && each.path.test(bare))?.name ?? null,
      browser: service === 'portal',
      mood: weathers.get(service)?.mood(at) ?? 'well',
      status: 0,
      answeredAt: null,
      refusedUntil: null,
      effect: null,
    };
    arrivals.push(arrival);
    options.onArrival?.(arrival);
    return arrival;
  }

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const [, service = '', rest = ''] = /^\/([^/?]+)(.*)$/.exec(request.url ?? '') ?? [];
    const api = Object.hasOwn(apis, service) ? apis[service] : undefined;
    if (!api && service !== 'portal' && service !== 'oauth') return end(response, 404, { error: 'no such service' });
    const arrival = arrived(request, service, rest || '/', api);
    const body = await bodyOf(request);
    const { mood } = arrival;
    if (mood === 'outage') return finish(arrival, response, 503, { error: 'down for maintenance' });
    if (mood === 'bug') return finish(arrival, response, 500, { error: 'something went wrong' });
    if (mood === 'reset before') return request.socket.destroy();
    if (mood === 'silence') await wait(silenceMs, null, { ref: false });
    if (service === 'oauth') {
      const answer = authority.answer(request.headers.authorization ?? '', new URLSearchParams(body), Date.now());
      return finish(arrival, response, answer.status, answer.body);
    }
    if (!api) return showPage(arrival, request, response, body);
    if (!isWelcome(api, request, arrival)) return finish(arrival, response, 401, { error: 'who are you?' });
    const remaining = allowances.get(service)?.take(arrival.at);
    if (remaining) response.setHeaders(new Headers(allowanceHeaders(remaining, arrival.at)));
    if (remaining && !remaining.allowed) {
      arrival.refusedUntil = remaining.resetsAt;
      return finish(arrival, response, 429, { error: 'that was enough' });
    }
    const answer = work(api, arrival, body);
    if (mood === 'reset after') return request.socket.destroy();
    return spoilt(arrival, response, answer);
  }

  function isWelcome(api: Api, request: IncomingMessage, arrival: Arrival): boolean {
    switch (api.wants) {
      case 'token': {
        const token = bearerOf(request);
        if (arrival.mood === 'rejected') authority.reject(token, arrival.at);
        return authority.isGood(token, arrival.at);
      }
      case 'key':
        return bearerOf(request) === apiKey;
      case 'none':
        return true;
      default:
        return api.wants satisfies never;
    }
  }

  /** Does what was asked for, unless it was done under this key before. */
  function work(api: Api, arrival: Arrival, text: string): Json {
    const { service, method, key, n } = arrival;
    const known = `${service} ${method} ${arrival.path} ${key}`;
    const before = key === null || method === 'GET' ? undefined : given.get(known);
    if (before !== undefined) return before;
    const path = arrival.path.split('?')[0] as string;
    const body = objectIn(text);
    const answer = api.answer({ method, path, body }, n);
    if (method !== 'GET') {
      if (key !== null) given.set(known, answer);
      if (typeof body.ref === 'string') arrival.effect = { made: `${service} ${method} ${path}`, reference: body.ref };
    }
    return answer;
  }

  function showPage(arrival: Arrival, request: IncomingMessage, response: ServerResponse, body: string) {
    const { method, path } = arrival;
    const page = portal.answer(method, path, request.headers.cookie ?? '', new URLSearchParams(body));
    response.writeHead(page.status, page.headers);
    arrival.status = page.status;
    response.end(page.html, () => {
      arrival.answeredAt = Date.now();
    });
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  // Whoever keeps a connection for the next call must not find it closed under its hands.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    authority,
    portal,
    grants,
    calm() {
      for (const weather of weathers.values()) weather.calm();
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function isFrail(service: string): boolean {
  return Object.hasOwn(apis, service) && apis[service]?.frail === true;
}

/** A good answer, as the mood has it. */
async function spoilt(arrival: Arrival, response: ServerResponse, answer: Json) {
  const json = JSON.stringify(answer);
  switch (arrival.mood) {
    case 'empty':
      return Array.isArray(answer) ? send(arrival, response, '[]') : finish(arrival, response, 200, null);
    case 'garbage':
      return send(arrival, response, '<!doctype html><title>Sign in to the hotel’s Wi-Fi</title>');
    case 'cut short':
      return send(arrival, response, json.slice(0, Math.ceil(json.length / 2)));
    case 'drip':
      return drip(arrival, response, json);
    default:
      return send(arrival, response, json);
  }
}

async function drip(arrival: Arrival, response: ServerResponse, text: string) {
  arrival.status = 200;
  response.writeHead(200, { 'content-type': 'application/json' });
  const piece = Math.ceil(text.length / 8);
  for (let at = 0; at < text.length && !response.destroyed; at += piece) {
    response.write(text.slice(at, at + piece));
    await wait(dripMs, null, { ref: false });
  }
  response.end(() => {
    arrival.answeredAt = Date.now();
  });
}

function send(arrival: Arrival, response: ServerResponse, text: string) {
  arrival.status = 200;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(text, () => {
    arrival.answeredAt = Date.now();
  });
}

function finish(arrival: Arrival, response: ServerResponse, status: number, body: Json) {
  arrival.status = status;
  end(response, status, body, () => {
    arrival.answeredAt = Date.now();
  });
}

function end(response: ServerResponse, status: number, body: Json, done: () => void = () => {}) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === null ? '' : JSON.stringify(body), done);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function bearerOf(request: IncomingMessage): string {
  return (request.headers.authorization ?? '').replace(/^Bearer /, '');
}

function objectIn(text: string): { [key: string]: Json } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { [key: string]: Json })
      : {};
  } catch {
    return {};
  }
}
