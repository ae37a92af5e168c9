/**
 * Whatever is asked of the interface: it answers, never with 500, never with a secret, and changes nothing for who has no token. It is
 * asked by its own routes, so that one which is new is among them.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedHost, openHost } from '../../src/actors/embedded-host.ts';
import type { ActorKind } from '../../src/actors/host.ts';
import { systemClock } from '../../src/clock.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { engine } from '../../src/index.ts';
import { breakerMachine } from '../../src/machines/breaker.ts';
import { engineMachine } from '../../src/machines/engine.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import { seededRandom } from '../../src/random.ts';
import { secret, serviceOf, settings, token } from '../dashboard/served-breaker.ts';
import { fc } from '../property.ts';
import { fuzzRuns, oddJson } from './changed.ts';

let folder: string;
let store: Store;
let host: EmbeddedHost;
let api: Hono;
let stop: () => void;
/** Passes with each request, so that nobody has asked too often. */
let now = 1;

const definition = {
  engines: [engine('video', { every: '100d', run: ({ step }) => step('render', () => 1) })],
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-requests-'));
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  const fails = () => Promise.reject(new Error(`it has ${secret}`));
  const kinds = {
    breaker: { machine: breakerMachine, version: 1, effects: {} },
    engine: { machine: engineMachine, version: 1, effects: { runEngine: fails, awaitActor: fails } },
  } as unknown as Record<string, ActorKind>;
  host = await openHost({ store, clock: systemClock, random: seededRandom(1), kinds });
  const video = resolveConfig(definition, {}).engines.get('video');
  if (!video) throw new Error('found no engine');
  await host.ensure([
    { address: 'breaker/shop', settings },
    { address: 'engine/video', settings: video.settings },
  ]);
  const logFolder = join(folder, 'logs');
  mkdirSync(logFolder);
  const line = { level: 30, time: 1, engine: 'video', msg: 'said', text: secret };
  writeFileSync(join(logFolder, 'nightshift.1.log'), `${JSON.stringify(line)}\nno JSON\n"video"\n`);
  const parts = { host, store, now: () => now, state: () => 'running', definition, logFolder };
  const { api: served, changes } = serviceOf(parts);
  api = served;
  stop = () => changes.stop();
});
afterAll(async () => {
  stop();
  await host.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

const oftener = <T>(usual: readonly T[], other: fc.Arbitrary<T>, weight = 4) =>
  fc.oneof({ weight, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: other });

/** What may stand in the place of a parameter of a route; of one that is not named here, nothing that is known. */
const known: Record<string, string[]> = {
  ':kind': ['breaker', 'engine'],
  ':id': ['shop', 'video'],
  ':path{.+}': ['style.css', 'main.js'],
};
const odd = ['..', '%2e%2e', '%00', '%ff', '%', '', 'constructor', '__proto__', 'api', 'engine', 'shop', 'video'];
const oddSegments = fc.oneof(fc.constantFrom(...odd), fc.webSegment());

interface Asked {
  method: string;
  path: string;
  /** As the interface names it; null for what it has no route for. */
  route: string | null;
}

/** The one that does something, with what is certainly there. */
const command: Asked = {
  method: 'POST',
  path: '/api/actors/breaker/shop/events',
  route: 'POST /api/actors/:kind/:id/events',
};

function routesOf(app: Hono): { method: string; path: string }[] {
  const named = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  return [...new Set(named)].map((each) => {
    const [method = '', path = ''] = each.split(' ');
    return { method, path };
  });
}

const methods = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD');

function askedOf(app: Hono): fc.Arbitrary<Asked> {
  const routes = routesOf(app).map(({ method, path }) => {
    const segments = path
      .split('/')
      .slice(1)
      .map((segment) => (segment.startsWith(':') ? oftener(known[segment] ?? odd, oddSegments) : fc.constant(segment)));
    const filled = fc.tuple(...segments).map((list) => `/${list.join('/')}`);
    const asked = fc.record({
      method: oftener([method], methods, 9),
      path: filled,
      route: fc.constant(`${method} ${path}`),
    });
    return { weight: method === 'GET' ? 1 : 3, arbitrary: asked };
  });
  const elsewhere = fc.record({
    method: methods,
    path: fc.array(oddSegments, { maxLength: 6 }).map((list) => `/${list.join('/')}`),
    route: fc.constant(null),
  });
  return fc.oneof(
    { weight: 7, arbitrary: fc.oneof(...routes) },
    { weight: 2, arbitrary: fc.constant(command) },
    { weight: 1, arbitrary: elsewhere },
  );
}

const texts = fc
  .string()
  .map((text) => text.replaceAll(/[^\x20-\x7e]/g, ''))
  .map((text) => text.trim());
const own = 'http://127.0.0.1:4100';
const headers = fc.record(
  {
    host: oftener(
      ['127.0.0.1:4100'],
      fc.constantFrom('localhost:4100', '[::1]:4100', '127.0.0.1', 'evil.example', ''),
      9,
    ),
    origin: oftener([own], fc.constantFrom('http://localhost:4100', 'https://evil.example', 'null'), 9),
    authorization: oftener(
      [`Bearer ${token}`],
      fc.oneof(fc.constantFrom('', 'Bearer', `Basic ${token}`, `Bearer ${token} `), texts),
    ),
    cookie: fc.oneof(fc.constantFrom('nightshift=1', '=;;='), texts),
    'content-type': oftener(
      ['application/json'],
      fc.constantFrom('application/json; charset=x', 'text/plain', 'multipart/form-data', ''),
    ),
    accept: fc.constantFrom('text/html', 'application/openmetrics-text', '*/*;q=x'),
  },
  { requiredKeys: ['authorization', 'content-type'] },
);
const bodies = oftener(
  [
    { type: 'breaker.isolate' },
    { type: 'breaker.reset' },
    { type: 'engine.trigger' },
    { type: 'constructor' },
    { level: 'debug' },
    { token },
  ].map((value) => JSON.stringify(value)),
  fc.oneof(
    oddJson.map((value) => JSON.stringify({ type: value, reason: value, level: value, token: value })),
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.constant('x'.repeat(70_000)),
  ),
  1,
);
const queries = fc.oneof(
  fc.constantFrom('', '', '?level=warn', '?since=1', '?lines=5', '?days=7'),
  fc.webQueryParameters().map((query) => `?${query}`),
);

/** What Node says of the connection that a request comes by. */
const connection = { incoming: { socket: { localPort: 4100, remoteAddress: '127.0.0.1' } } };

it('is answered, and does nothing for who has no token', async () => {
  const statuses = new Set<number>();
  const taken = new Set<string>();
  const requests = fc.record({ asked: askedOf(api), query: queries, headers, body: bodies });
  await fc.assert(
    fc.asyncProperty(requests, async ({ asked: { method, path, route }, query, headers, body }) => {
      now += 20_000;
      const before = host.read('breaker/shop').value;
      const hasBody = method !== 'GET' && method !== 'HEAD';
      const answer = await api.request(
        `${own}${path}${query}`,
        {
          method,
          headers: { host: '127.0.0.1:4100', ...headers } as Record<string, string>,
          ...(hasBody && { body }),
        },
        connection,
      );
      statuses.add(answer.status);
      if (route !== null && answer.status < 300) taken.add(route);
      expect(answer.status).not.toBe(500);
      // A stream of events has no end.
      if (answer.headers.get('content-type')?.startsWith('text/event-stream')) await answer.body?.cancel();
      else expect(await answer.text()).not.toContain(secret);
      if (headers.authorization?.trim() !== `Bearer ${token}`) expect(host.read('breaker/shop').value).toEqual(before);
    }),
    { numRuns: fuzzRuns },
  );
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404]));
  // Most of them are not just refused.
  expect(taken).toContain(command.route);
  expect(taken.size).toBeGreaterThan(routesOf(api).length / 2);
});
