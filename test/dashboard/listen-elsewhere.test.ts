/**
 * A real server on TLS, with a certificate of its own making: who gets in, and what nobody else learns.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCertificate, refuseOutOfTime } from '../../src/dashboard/certificate.ts';
import type { Door } from '../../src/dashboard/door.ts';
import type { Listening } from '../../src/dashboard/listen.ts';
import { listenElsewhere } from '../../src/dashboard/listen-elsewhere.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { selfSigned } from './self-signed.ts';
import { type Served, serveBreaker, token } from './served-breaker.ts';

let folder: string;
let files: ReturnType<typeof selfSigned>;
let served: Served;
let server: Listening;
/** An hour ahead: the certificate is made later than this, and valid from then on. */
const clock = new VirtualClock(Date.now() + 3_600_000);
const heard: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-tls-'));
  files = selfSigned(folder, 'DNS:night.example,IP:127.0.0.1');
  served = await serveBreaker();
  server = await listenElsewhere({
    listen: { host: '127.0.0.1', port: 0, ...files },
    clock,
    app: served.apiAt,
    renewed: () => heard.push('renewed'),
    troubled: ({ message }) => heard.push(message),
  });
});

afterAll(async () => {
  await server.close();
  await served.end();
  rmSync(folder, { recursive: true });
});

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Only the certificate that was made here is trusted. */
function ask(path: string, { method = 'GET', body, ...headers }: Record<string, string> = {}): Promise<Answer> {
  const ca = readFileSync(files.certFile);
  return new Promise((resolve, reject) => {
    // Which name is in the Host header is a matter of its own here.
    const options = { method, headers, ca, agent: false, checkServerIdentity: () => undefined };
    const sent = request(`${server.url}${path}`, options, async (response) => {
      resolve({ status: response.statusCode, headers: response.headers, body: await text(response) });
    });
    sent.on('error', reject).end(body);
  });
}

const port = () => new URL(server.url).port;
const own = () => ({ origin: server.url, 'content-type': 'application/json' });
const door: Door = { scheme: 'https', isFor: () => true, hosts: () => '', isForOperatorAlone: true };
/** A request as the server hands it over. */
const from = { incoming: { socket: { remoteAddress: '192.0.2.1', localPort: 443 } } };
const ours = { host: 'night.example' };
const bearer = { authorization: `Bearer ${token}` };

describe('whoever comes from elsewhere', () => {
  it('learns nothing without the token, and all with it', async () => {
    const refused = await ask('/api/actors');
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      401,
      { error: expect.stringMatching(/^expected the/) },
    ]);
    expect((await ask('/api/actors', { authorization: 'Bearer wrong' })).status).toBe(401);
    expect(JSON.parse((await ask('/api/actors', bearer)).body)).toMatchObject({ actors: [{ id: 'shop' }] });
  });

  it('learns nothing from any address there is, but for the page and whether they are signed in', async () => {
    const app = served.apiAt(door);
    const routes = app.routes.filter(({ method }) => method !== 'ALL');
    const open = new Set<string>();
    for (const { method, path } of routes) {
      const { status } = await app.request(path.replaceAll(/:\w+(\{[^}]*\})?/g, 'x'), { method, headers: ours }, from);
      if (status !== 401) open.add(`${method} ${path}`);
    }
    const page = ['GET /', 'GET /favicon.ico', 'GET /page/:path{.+}'];
    expect([...open].sort()).toEqual(
      [...page, ...['DELETE', 'GET', 'POST'].map((each) => `${each} /api/session`)].sort(),
    );
    expect(routes.length).toBeGreaterThan(15);
  });

  it('gets the page, which has nothing to tell before somebody signs in', async () => {
    expect((await ask('/')).body).toContain('<title>Nightshift</title>');
    expect(JSON.parse((await ask('/api/session')).body)).toEqual({ signedIn: false, isForOperatorAlone: true });
    const signedIn = await ask('/api/session', { method: 'POST', ...own(), body: JSON.stringify({ token }) });
    const [set = ''] = signedIn.headers['set-cookie'] ?? [];
    expect(set).toMatch(new RegExp(`^__Host-nightshift-${port()}=[\\w-]{43}; .*HttpOnly; Secure; SameSite=Strict$`));
    const [cookie = ''] = set.split(';');
    expect((await ask('/api/actors', { cookie })).status).toBe(200);
    const events = '/api/actors/breaker/shop/events';
    const isolate = { method: 'POST', cookie, body: '{"type":"breaker.isolate"}' };
    expect((await ask(events, { ...isolate, 'content-type': 'application/json' })).status).toBe(401);
    expect((await ask(events, { ...isolate, ...own() })).status).toBe(200);
    expect((await ask('/api/session', { method: 'DELETE', cookie, ...own() })).status).toBe(200);
    expect((await ask('/api/actors', { cookie })).status).toBe(401);
  });

  it('sees no more of the stream once the session has ended', async () => {
    const { headers } = await ask('/api/session', { method: 'POST', ...own(), body: JSON.stringify({ token }) });
    const [cookie = ''] = (headers['set-cookie']?.[0] ?? '').split(';');
    const stream = ask('/api/events', { cookie });
    await served.host.ask('breaker/shop', { type: 'breaker.reset' });
    await ask('/api/session', { method: 'DELETE', cookie, ...own() });
    await served.host.ask('breaker/shop', { type: 'breaker.isolate' });
    expect((await stream).status).toBe(200);
  });

  it('calls it by a name that its certificate has, and by no other', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${port()}`,
      'night.example',
      '127.0.0.1:1',
      `localhost:${port()}`,
    ]) {
      expect((await ask('/api/actors', { ...bearer, host })).status, host).toBe(403);
    }
    for (const host of [`night.example:${port()}`, `127.0.0.1:${port()}`, `NIGHT.example:${port()}`]) {
      expect((await ask('/api/actors', { ...bearer, host })).status, host).toBe(200);
    }
    expect((await ask('/api/actors', { ...bearer, origin: `http://127.0.0.1:${port()}` })).status).toBe(403);
  });

  it('gets no answer without TLS', async () => {
    await expect(fetch(server.url.replace('https', 'http'))).rejects.toThrow('fetch failed');
  });
});

it('is told of too many requests, unless the token comes with them', async () => {
  const app = served.apiAt(door);
  const sent = (headers = {}) => app.request('/healthz', { headers: { ...ours, ...headers } }, from);
  const many = await Promise.all(Array.from({ length: 1_500 }, () => sent()));
  const refused = many.find(({ status }) => status === 429);
  expect(refused?.headers.get('retry-after')).toBe('1');
  expect((await sent(bearer)).status).toBe(200);
});

it('shows a certificate that was renewed, and goes on with the old one when the new is none', async () => {
  const shown = () =>
    new Promise<PeerCertificate>((resolve) => {
      const socket = connect({ port: Number(port()), rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate());
        socket.end();
      });
    });
  expect(heard).toEqual([]);
  chmodSync(files.keyFile, 0o604);
  await clock.advance(3_600_000);
  expect(heard).toEqual([expect.stringMatching(/^listen\.tls\.key: found that every user may use .* Run: chmod o= /)]);
  expect((await ask('/healthz', bearer)).status).toBe(200);
  const before = await shown();
  files = selfSigned(folder, 'DNS:other.example,IP:127.0.0.1');
  await clock.advance(3_600_000);
  expect(heard.at(-1)).toBe('renewed');
  expect((await shown()).fingerprint256).not.toBe(before.fingerprint256);
  expect((await ask('/healthz', { ...bearer, host: `other.example:${port()}` })).status).toBe(200);
  await clock.advance(31 * 24 * 3_600_000);
  expect(heard.at(-1)).toMatch(/^listen\.tls\.cert: found that .* was valid until .* Renew it\.$/);
});

it.each([
  ['a missing certificate', { certFile: '/nowhere/cert.pem' }, 'listen.tls.cert: found no file /nowhere/cert.pem'],
  ['a missing key', { keyFile: '/nowhere/key.pem' }, 'listen.tls.key: found no file /nowhere/key.pem'],
  ['what is no certificate', { certFile: import.meta.filename }, 'listen.tls.cert: found something else in'],
  ['a key that is a certificate', { keyFile: () => files.certFile }, 'listen.tls.key: found'],
  ['the key of another', { keyFile: () => otherKey() }, 'listen.tls.key: found the key of another certificate in'],
])('refuses %s', (_, changes, message) => {
  const changed = Object.entries(changes).map(([name, file]) => [name, typeof file === 'function' ? file() : file]);
  expect(() => readCertificate({ ...files, ...Object.fromEntries(changed) })).toThrow(message);
});

it.each([
  ['is over', 31, /that .*cert\.pem was valid until .*, expected one that browsers take now\. Renew it\.$/],
  ['is not valid yet', -1, /that .*cert\.pem is valid from .* only, expected .* set the clock right\.$/],
])('refuses one that %s', (_, days, message) => {
  const at = Date.now() + days * 86_400_000;
  expect(() => refuseOutOfTime(readCertificate(files), files, at)).toThrow(message);
  expect(() => refuseOutOfTime(readCertificate(files), files, Date.now())).not.toThrow();
});

function otherKey(): string {
  return selfSigned(mkdtempSync(join(folder, 'other-')), 'DNS:x.example').keyFile;
}
