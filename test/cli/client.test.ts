import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask, serviceUrl } from '../../src/cli/client.ts';
import { acquireLock } from '../../src/persistence/lock.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { withoutPrivileges } from '../privileges.ts';

let server: Server;
let url: string;
beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it('gives up on a service that takes the request and stays silent', async () => {
  const clock = new VirtualClock();
  const answer = ask(`${url}/api/actors`, {}, clock);
  const refused = expect(answer).rejects.toMatchObject({
    code: 'SERVICE_SILENT',
    message: `${url}: the service does not answer within 20s. Look at its log.`,
  });
  await once(server, 'request');
  await clock.advance(20_000);
  await refused;
});

it('leaves no timer behind once it has an answer', async () => {
  const clock = new VirtualClock();
  server.once('request', (_, response) => response.writeHead(409).end('{ "taken": false }'));
  expect(await ask(url, {}, clock)).toEqual({ status: 409, body: { taken: false } });
  expect(clock.next()).toBeUndefined();
});

it('takes an answer that is no JSON for silence: somebody else listens there', async () => {
  server.once('request', (_, response) => response.end('<html>'));
  await expect(ask(url)).rejects.toMatchObject({ code: 'SERVICE_SILENT' });
});

it('says so when nobody listens', async () => {
  server.close();
  await once(server, 'close');
  await expect(ask(url)).rejects.toMatchObject({
    code: 'SERVICE_SILENT',
    message: `${url}: the service does not answer. Look at its log.`,
  });
});

it.each([
  ['the data folder', '.'],
  ["the running service's address", 'api.json'],
])('tells whoever may not look into %s so, instead of what seems to be missing in it', (_, closed) => {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-closed-'));
  const lock = acquireLock(join(folder, 'lock.db'), 0);
  try {
    writeFileSync(join(folder, 'api.json'), '{}');
    chmodSync(folder, 0o755);
    // As earlier versions left it: today's is for its owner alone, and says so itself.
    chmodSync(join(folder, 'lock.db'), 0o644);
    chmodSync(join(folder, closed), 0);
    const refused = withoutPrivileges(() => {
      try {
        return serviceUrl(folder);
      } catch (error) {
        return error;
      }
    });
    expect(refused).toMatchObject({ code: 'DATA_UNREADABLE', message: expect.stringContaining('may not read') });
  } finally {
    lock.release();
    rmSync(folder, { recursive: true });
  }
});

it('names a file that stands in the place of the data folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-no-folder-'));
  writeFileSync(join(folder, 'data'), '');
  expect(() => serviceUrl(join(folder, 'data'))).toThrow('data: found a file in its place or on the way to it');
  rmSync(folder, { recursive: true });
});
