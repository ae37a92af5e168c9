/**
 * Whatever is asked of the interface: it answers, never with 500, never with a secret, and changes nothing for who has no token.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedHost, openHost } from '../../src/actors/embedded-host.ts';
import { systemClock } from '../../src/clock.ts';
import { breakerMachine } from '../../src/machines/breaker.ts';
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

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-requests-'));
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  const kinds = { breaker: { machine: breakerMachine, version: 1, effects: {} } };
  host = await openHost({ store, clock: systemClock, random: seededRandom(1), kinds });
  await host.ensure([{ address: 'breaker/shop', settings }]);
  const { api: served, changes } = serviceOf({ host, store, now: () => 1, state: () => 'running' });
  api = served;
  stop = () => changes.stop();
});
afterAll(async () => {
  stop();
  await host.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

const parts = [
  'api',
  'actors',
  'breaker',
  'shop',
  'events',
  'runs',
  'incidents',
  'metrics',
  'log-levels',
  'settings',
  'session',
  'healthz',
  'readyz',
  'page',
  '..',
  '%2e%2e',
  '%00',
  '%ff',
  '%',
  '',
  'constructor',
  '__proto__',
];
/** The one that does something: others are asked less often. */
const command = '/api/actors/breaker/shop/events';
const paths = fc.oneof(
  fc.constantFrom(
    command,
    command,
    command,
    command,
    '/api/actors',
    '/api/session',
    '/api/log-levels',
    '/metrics',
    '/api/metrics',
  ),
  fc.array(fc.oneof(fc.constantFrom(...parts), fc.webSegment()), { maxLength: 6 }).map((list) => `/${list.join('/')}`),
);
const texts = fc
  .string()
  .map((text) => text.replaceAll(/[^\x20-\x7e]/g, ''))
  .map((text) => text.trim());
const requests = fc.record({
  method: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'),
  path: paths,
  query: fc.oneof(
    fc.constant(''),
    fc.webQueryParameters().map((query) => `?${query}`),
  ),
  headers: fc.record(
    {
      host: fc.constantFrom('127.0.0.1:4100', 'localhost:4100', '[::1]:4100', '127.0.0.1', 'evil.example', ''),
      origin: fc.constantFrom('http://127.0.0.1:4100', 'http://localhost:4100', 'https://evil.example', 'null'),
      authorization: fc.oneof(
        fc.constantFrom(`Bearer ${token}`, 'Bearer', `Basic ${token}`, `Bearer ${token} `),
        texts,
      ),
      cookie: fc.oneof(fc.constantFrom('nightshift=1', '=;;='), texts),
      'content-type': fc.constantFrom(
        'application/json',
        'application/json; charset=x',
        'text/plain',
        'multipart/form-data',
        '',
      ),
      accept: fc.constantFrom('text/html', 'application/openmetrics-text', '*/*;q=x'),
    },
    { requiredKeys: [] },
  ),
  body: fc.oneof(
    fc
      .constantFrom({ type: 'breaker.isolate' }, { type: 'breaker.reset' }, { type: 'constructor' })
      .map((value) => JSON.stringify(value)),
    oddJson.map((value) => JSON.stringify({ type: value, reason: value })),
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.constant('x'.repeat(70_000)),
  ),
});

/** What Node says of the connection that a request comes by. */
const connection = { incoming: { socket: { localPort: 4100, remoteAddress: '127.0.0.1' } } };

it('is answered, and does nothing for who has no token', async () => {
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(requests, async ({ method, path, query, headers, body }) => {
      const before = host.read('breaker/shop').value;
      const hasBody = method !== 'GET' && method !== 'HEAD';
      const answer = await api.request(
        `http://127.0.0.1:4100${path}${query}`,
        {
          method,
          headers: { host: '127.0.0.1:4100', ...headers } as Record<string, string>,
          ...(hasBody && { body }),
        },
        connection,
      );
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      expect(answer.status).toBeLessThan(500);
      // A stream of events has no end.
      if (answer.headers.get('content-type')?.startsWith('text/event-stream')) await answer.body?.cancel();
      else expect(await answer.text()).not.toContain(secret);
      if (headers.authorization?.trim() !== `Bearer ${token}`) expect(host.read('breaker/shop').value).toEqual(before);
    }),
    { numRuns: fuzzRuns },
  );
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 401, 404]));
});
