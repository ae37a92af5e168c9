import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type EmbeddedHost, openHost } from '../../src/actors/embedded-host.ts';
import { systemClock } from '../../src/clock.ts';
import { type Listening, listen, refuseTaken } from '../../src/dashboard/listen.ts';
import { breakerMachine } from '../../src/machines/breaker.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import { StoreError } from '../../src/persistence/store-error.ts';
import { seededRandom } from '../../src/random.ts';
import { secret, serviceOf, settings, token } from './served-breaker.ts';

let folder: string;
let store: Store;
let host: EmbeddedHost;
let server: Listening;
let state = 'running';
/** Why the store takes no writes; undefined while it does. */
let trouble: StoreError | undefined;

const apiOf = (of: EmbeddedHost) => serviceOf({ host: of, store, now: () => 1, state: () => state }).api;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-api-'));
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  const failing: Store = {
    ...store,
    write: (rows) => (trouble ? Promise.reject(trouble) : store.write(rows)),
  };
  const kinds = { breaker: { machine: breakerMachine, version: 1, effects: {} } };
  host = await openHost({ store: failing, clock: systemClock, random: seededRandom(1), kinds });
  await host.ensure([{ address: 'breaker/shop', settings }]);
  server = await listen(apiOf(host), 0);
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

it('leaves jobs, which share its process, the Request and Response of Node', () => {
  expect(String(Request)).toContain('webidl');
  expect(String(Response)).toContain('webidl');
});

it('lists every actor and shows one with its timers', async () => {
  const list = await (await fetch(`${server.url}/api/actors`)).json();
  expect(list).toMatchObject({ state: 'running', actors: [{ kind: 'breaker', id: 'shop', state: 'closed' }] });
  const one = await (await fetch(`${server.url}/api/actors/breaker/shop`)).json();
  expect(one).toMatchObject({ value: 'closed', timers: {}, effects: {}, ledger: [], context: { epoch: 0 } });
});

it('lists an actor that cannot be read as that, beside all others', async () => {
  await host.ensure([{ address: 'breaker/bank', settings }]);
  const { snapshot, ...status } = host.status('breaker/shop');
  const broken = vi.spyOn(host, 'status').mockImplementationOnce(() => ({ ...status, snapshot: {} as never }));
  const list = await (await fetch(`${server.url}/api/actors`)).json();
  broken.mockRestore();
  expect(list).toMatchObject({
    actors: [
      { id: 'shop', state: 'unreadable', reason: expect.stringContaining('TypeError') },
      { id: 'bank', state: 'closed' },
    ],
  });
});

it('listens on 127.0.0.1 and on no other address', async () => {
  // Every address of 127.0.0.0/8 leads to this machine: a server on all of them would answer.
  const { port } = new URL(server.url);
  await expect(fetch(`http://127.0.0.2:${port}/healthz`)).rejects.toMatchObject({ message: 'fetch failed' });
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

it('gives a command to an actor and says whether it was taken', async () => {
  const isolated = await post(events, { type: 'breaker.isolate', reason: 'maintenance' });
  expect(isolated.status).toBe(200);
  expect(await isolated.json()).toMatchObject({ taken: true, state: 'isolated', reason: 'maintenance' });
  expect((await post(events, { type: 'breaker.reset' })).status).toBe(200);
  const again = await post(events, { type: 'breaker.reset' });
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({
    taken: false,
    state: 'closed',
    message: 'breaker/shop: found it closed, where it takes no breaker.reset. It takes breaker.isolate.',
  });
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

it('names the command that a misspelt one stands for', async () => {
  const answer = await post(events, { type: 'breaker.rset' });
  expect(((await answer.json()) as { error: string }).error).toBe(
    `found the type 'breaker.rset', expected { "type": … } with one of breaker.reset, breaker.isolate, actor.reset. Did you mean 'breaker.reset'?`,
  );
});

it.each([
  ['breaker/shpo', 'breaker/shop'],
  ['braeker/shop', 'breaker/shop'],
  // The kind alone makes nobody alike.
  ['breaker/date', null],
])('knows no %s, and %s is meant', async (address, near) => {
  const answer = await post(`/api/actors/${address}/events`, { type: 'breaker.reset' });
  expect(answer.status).toBe(404);
  expect(((await answer.json()) as { near: string | null }).near).toBe(near);
});

it('puts nobody back into service that was not given up', async () => {
  const answer = await post(events, { type: 'actor.reset' });
  expect(answer.status).toBe(409);
  expect(((await answer.json()) as { message: string }).message).toContain('there is nothing to reset');
});

it('lets no secret out in an answer, whoever put it there', async () => {
  expect((await post(events, { type: 'breaker.isolate', reason: `for ${secret}` })).status).toBe(200);
  expect(host.read('breaker/shop').context.reason).toBe('for [secret]');
  const answers = [
    await post(events, { type: 'breaker.isolate', reason: secret }),
    await post(events, { type: secret }),
    await fetch(`${server.url}/api/actors`),
    await fetch(`${server.url}/api/actors/breaker/shop`),
    await fetch(`${server.url}/api/actors/breaker/${secret}`),
    await fetch(`${server.url}/${secret}`),
  ];
  for (const answer of answers) {
    const text = await answer.text();
    expect(text).toContain('[secret]');
    expect(text).not.toContain(secret);
    expect(() => JSON.parse(text)).not.toThrow();
  }
  expect((await post(events, { type: 'breaker.reset' })).status).toBe(200);
});

it.each(['/healthz', '/readyz', '/api/actors'])('answers %s to nobody who calls it by another name', async (path) => {
  const { port } = new URL(server.url);
  for (const name of [
    'evil.example',
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    'localhost',
    '127.0.0.1:1',
  ]) {
    expect(await statusFor(path, { host: name }), name).toBe(403);
  }
  for (const name of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST']) {
    expect(await statusFor(path, { host: `${name}:${port}` }), name).toBe(200);
  }
});

it.each([
  ['its own', () => server.url, 200],
  ["a web page's", () => 'http://evil.example', 403],
  ["another service's on this machine", () => 'http://127.0.0.1:1', 403],
  ['that of a file or a sandbox', () => 'null', 403],
])('answers an Origin that is %s accordingly', async (_, origin, status) => {
  expect(await statusFor('/api/actors', { origin: origin() })).toBe(status);
});

it.each([
  ['that another page wants as a picture', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
  ['of a page on another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 403],
  ['of its own page', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 200],
  ['for a link on another page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
  ['that somebody types', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
])('answers a request %s accordingly', async (_, headers, status) => {
  expect(await statusFor('/api/actors', headers)).toBe(status);
});

it.each(['/', '/api/actors', '/api/events', '/metrics', '/nothing', '/page/main.js'])(
  'tells browsers what they may do with %s',
  async (path) => {
    const abort = new AbortController();
    const { headers } = await fetch(`${server.url}${path}`, { signal: abort.signal });
    abort.abort();
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers.has('access-control-allow-origin')).toBe(false);
    expect(headers.get('cache-control')).toBe(path === '/' || path.startsWith('/page') ? 'no-cache' : 'no-store');
  },
);

it('reads no more of a request than it has use for', async () => {
  expect(await statusFor('/healthz', { 'x-padding': 'x'.repeat(20_000) })).toBe(431);
  const large = 'x'.repeat(70_000);
  expect((await post(events, { type: large })).status).toBe(413);
  expect((await post('/api/log', { level: large })).status).toBe(413);
  expect((await post('/api/session', { token: large }, { ...json, origin: server.url })).status).toBe(413);
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
  const refusal = `127.0.0.1:${port}: found the port taken, expected a free one. Choose another with --port`;
  await expect(listen(apiOf(host), port)).rejects.toThrow(refusal);
  await expect(refuseTaken(port)).rejects.toThrow(refusal);
});

it('answers at once when the store fails on the command itself, and from then on', async () => {
  trouble = new StoreError('STORE_UNWRITABLE', 'store.db: could not be written (disk is full).');
  const during = await post(events, { type: 'breaker.isolate' });
  expect(during.status).toBe(503);
  expect(await during.json()).toMatchObject({
    taken: false,
    message: expect.stringMatching(/disk is full.*Whether the command is kept shows in `nightshift status`/),
  });
  const after = await post(events, { type: 'breaker.isolate' });
  expect([after.status, await after.json()]).toEqual([503, { error: trouble.message }]);
  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reason: trouble.message }]);
  expect(await (await fetch(`${server.url}/api/actors`)).json()).toMatchObject({ storeError: trouble.message });
  trouble = undefined;
  await host.reset('breaker/shop');
  await host.ask('breaker/shop', { type: 'breaker.reset' });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});
