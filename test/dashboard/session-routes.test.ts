/**
 * Signing in, and commands by cookie, over HTTP with a host of one breaker behind it.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, serveBreaker, token } from './served-breaker.ts';

let served: Served;
let cookie = '';

beforeAll(async () => {
  served = await serveBreaker();
});

afterAll(() => served.end());

const session = (method: string, headers: Record<string, string>, body?: object) =>
  fetch(`${served.url}/api/session`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
const own = () => ({ origin: served.url, 'content-type': 'application/json' });
const command = (headers: Record<string, string>) =>
  fetch(`${served.url}/api/actors/breaker/shop/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"type":"breaker.isolate"}',
  });

it('gives a cookie that scripts cannot read, that no other page can send, and that is not the token', async () => {
  const answer = await session('POST', own(), { token: `${token}\n` });
  expect(answer.status).toBe(200);
  const set = answer.headers.get('set-cookie') ?? '';
  expect(set).toMatch(/HttpOnly/);
  expect(set).toMatch(/SameSite=Strict/);
  expect(set).toContain(`nightshift-${new URL(served.url).port}=`);
  expect(set).not.toContain(token);
  cookie = set.split(';')[0] ?? '';
  expect(await (await session('GET', { cookie })).json()).toEqual({ signedIn: true, isForOperatorAlone: false });
});

it('takes a command by cookie from its own page alone', async () => {
  expect((await command({ cookie })).status).toBe(401);
  expect((await command({ cookie, origin: 'http://127.0.0.1:1' })).status).toBe(403);
  expect((await command({ cookie: 'nightshift-1=x', origin: served.url })).status).toBe(401);
  expect(served.host.read('breaker/shop').value).toBe('closed');
  expect((await command({ cookie, origin: served.url })).status).toBe(200);
  expect(served.host.read('breaker/shop').value).toBe('isolated');
});

it('lets nobody sign in or out who does not say where from', async () => {
  expect((await session('POST', { 'content-type': 'application/json' }, { token })).status).toBe(403);
  expect((await session('DELETE', { cookie })).status).toBe(403);
  expect((await session('POST', own(), { tokn: token })).status).toBe(400);
});

it('signs out', async () => {
  expect((await session('DELETE', { cookie, origin: served.url })).status).toBe(200);
  expect((await command({ cookie, origin: served.url })).status).toBe(401);
});

it('says that a token is wrong, after five of them to wait, and takes the right one all the same', async () => {
  const bearer = (value: string) => command({ authorization: `Bearer ${value}` });
  for (let n = 0; n < 3; n++) expect((await session('POST', own(), { token: 'wrong' })).status).toBe(401);
  for (let n = 0; n < 2; n++) expect((await bearer('wrong')).status).toBe(401);
  for (const answer of [await session('POST', own(), { token: 'wrong' }), await bearer('wrong')]) {
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await session('POST', own(), { token })).status).toBe(200);
  expect((await bearer(token)).status).toBe(200);
});
