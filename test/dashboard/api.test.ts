import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedHost, openHost } from '../../src/actors/embedded-host.ts';
import { systemClock } from '../../src/clock.ts';
import { createApi } from '../../src/dashboard/api.ts';
import { type Listening, listen } from '../../src/dashboard/listen.ts';
import { breakerMachine } from '../../src/machines/breaker.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import type { BreakerSettings } from '../../src/policies/settings.ts';
import { seededRandom } from '../../src/random.ts';

const token = 'the-token-of-this-test';
const settings: BreakerSettings = {
  failures: 3,
  rate: 0.5,
  of: 10,
  atLeast: 5,
  slowCallMs: null,
  slowRate: 0.5,
  cooldownMs: 60_000,
  cooldownMsMax: 60_000,
  probeTimeoutMs: 60_000,
};

let folder: string;
let store: Store;
let host: EmbeddedHost;
let server: Listening;
let state = 'running';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-api-'));
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  const kinds = { breaker: { machine: breakerMachine, version: 1, effects: {} } };
  host = await openHost({ store, clock: systemClock, random: seededRandom(1), kinds });
  await host.ensure([{ address: 'breaker/shop', settings }]);
  const api = createApi({ host, store, token, state: () => state, now: () => 1, redact: (text) => text });
  server = await listen(api, 0);
});

afterAll(async () => {
  await server.close();
  await host.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

const json = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const post = (path: string, body: unknown, headers: Record<string, string> = json) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const events = '/api/actors/breaker/shop/events';

/** `fetch` sets the Host header itself; a rebinding page's browser would send the page's. */
function statusFor(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${server.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

it('lists every actor and shows one with its timers', async () => {
  const list = await (await fetch(`${server.url}/api/actors`)).json();
  expect(list).toMatchObject({ state: 'running', actors: [{ kind: 'breaker', id: 'shop', state: 'closed' }] });
  const one = await (await fetch(`${server.url}/api/actors/breaker/shop`)).json();
  expect(one).toMatchObject({ value: 'closed', timers: {}, effects: {}, ledger: [], context: { epoch: 0 } });
});

it('gives a command to an actor and says whether it was taken', async () => {
  const isolated = await post(events, { type: 'breaker.isolate', reason: 'maintenance' });
  expect(isolated.status).toBe(200);
  expect(await isolated.json()).toMatchObject({ taken: true, state: 'isolated', reason: 'maintenance' });
  expect((await post(events, { type: 'breaker.reset' })).status).toBe(200);
  const again = await post(events, { type: 'breaker.reset' });
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ taken: false, state: 'closed' });
});

it.each([
  ['without a token', { 'content-type': 'application/json' }, 401],
  ['with another token', { ...json, authorization: 'Bearer another' }, 401],
  ['with a token that only begins right', { ...json, authorization: `Bearer ${token.slice(0, -1)}` }, 401],
  ['of another content type', { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }, 415],
  ["from a web page's origin", { ...json, origin: 'http://evil.example' }, 403],
  ['from another port of this machine', { ...json, origin: 'http://127.0.0.1:1' }, 403],
])('refuses a command %s', async (_, headers, status) => {
  expect((await post(events, { type: 'breaker.isolate' }, headers)).status).toBe(status);
  expect(host.read('breaker/shop').value).toBe('closed');
});

it.each([
  ['an event between actors', { type: 'call.succeeded', epoch: 0, id: 'x', durationMs: 1 }],
  ['an event of another kind', { type: 'engine.trigger' }],
  ['no type', {}],
  ['more than there is', { type: 'breaker.isolate', at: 1 }],
  ['no JSON', '{"type":'],
])('refuses %s with the commands that there are', async (_, body) => {
  const answer = await post(events, body);
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { error: string }).error).toContain('breaker.reset, breaker.isolate, actor.reset');
});

it('refuses a body that is too large', async () => {
  expect((await post(events, { type: 'x'.repeat(70_000) })).status).toBe(413);
});

it.each(['/healthz', '/readyz', '/api/actors'])('answers %s to nobody who calls it by another name', async (path) => {
  expect(await statusFor(path, { host: 'evil.example' })).toBe(403);
  expect(await statusFor(path, { host: 'evil.example:4100' })).toBe(403);
  expect(await statusFor(path, { host: 'localhost' })).toBe(200);
});

it('names the actor that a misspelt one stands for', async () => {
  const answer = await post('/api/actors/breaker/shpo/events', { type: 'breaker.reset' });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ near: 'breaker/shop' });
  expect((await fetch(`${server.url}/api/actors/breaker/nobody`)).status).toBe(404);
});

it('takes no command and is not ready while the service is not running', async () => {
  state = 'draining';
  expect((await post(events, { type: 'breaker.isolate' })).status).toBe(503);
  const ready = await fetch(`${server.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({ ready: false, reason: 'the service is draining' });
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  state = 'running';
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});

it('says which port is taken, and how to choose another', async () => {
  const port = Number(new URL(server.url).port);
  const api = createApi({ host, store, token, state: () => state, now: () => 1, redact: (text) => text });
  await expect(listen(api, port)).rejects.toThrow(`127.0.0.1:${port}: found the port taken`);
});
