/**
 * Canary secrets: a service whose jobs, services and token server put them wherever they can, and everything that
 * the process wrote or answered, searched for them.
 */

import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

const canary = 'canary-d41d8cd98f00b204';
let place: Workplace;
let server: Server;

beforeEach(async () => {
  place = new Workplace();
  // It says back what it was shown, as a careless server does.
  server = createServer(({ headers, url }, response) => {
    response.writeHead(Number(url?.slice(1)), { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `refused ${headers.authorization}` } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  place.dispose();
  server.close();
});

const jobs = ['thrower', 'nester', 'returner', 'keeper', 'namer', 'caller', 'echo401', 'echo500', 'echo400'];
const config = (url: string) => `
import { bearer, defineConfig, engine, env } from 'nightshift';
const secret = process.env.CANARY;
const once = { tries: 1 };
const echo = (status) => engine('echo' + status, {
  retry: once,
  run: ({ service }) => service('echo' + status).fetch('/' + status),
});
export default defineConfig({
  builtIn: { health: false, resources: false },
  tokens: { t401: bearer(env('CANARY')), t500: bearer(env('CANARY')), t400: bearer(env('CANARY')) },
  services: {
    shop: { breaker: { failures: 1 } },
    echo401: { url: '${url}', token: 't401', breaker: { failures: 1 } },
    echo500: { url: '${url}', token: 't500', breaker: { failures: 1 } },
    echo400: { url: '${url}', token: 't400', breaker: { failures: 1 } },
  },
  engines: [
    engine('thrower', { run: ({ log }) => { log.info({ secret }, 'it is ' + secret); throw new Error('bad ' + secret); } }),
    engine('nester', { run: () => { throw new Error('outer', { cause: new Error('inner ' + secret) }); } }),
    engine('returner', { run: () => ({ headers: [{ authorization: 'Bearer ' + secret }] }) }),
    engine('keeper', { run: ({ step }) => step('log in', async () => ({ [secret]: true })) }),
    engine('namer', { run: ({ step }) => step('with ' + secret, async () => null) }),
    engine('caller', {
      retry: once,
      run: ({ service }) => service('shop').call(async () => {
        throw Object.assign(new Error('reset while sending ' + secret), { code: 'ECONNRESET' });
      }),
    }),
    echo(401), echo(500), echo(400),
  ],
});
`;

it('keeps every secret out of the store, the log, the answers and what status shows', { timeout: 60_000 }, async () => {
  place.write('nightshift.config.ts', config(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  const service = await place.start({ CANARY: canary });
  for (const job of jobs) await place.run('trigger', job);
  await eventually('what becomes of each', async () => {
    const actors = await service.actors();
    return jobs.every((job) => actors[`engine/${job}`]?.reason) && actors['breaker/shop']?.state === 'open';
  });
  const answers = [JSON.stringify(await service.actors())];
  for (const address of Object.keys(await service.actors())) {
    answers.push(await (await fetch(`${service.url}/api/actors/${address}`)).text());
  }
  const found = Object.values(await service.actors())
    .map(({ reason }) => reason)
    .join('\n');
  expect(found).toContain(
    'returner: what its run returned, at $.headers[0].authorization: found a secret, expected none, for it is kept on disk. Leave it out.',
  );
  expect(found).toContain(
    `keeper: what the step 'log in' returned, at a key of $: found a secret, expected none, for it is kept on disk. Leave it out.`,
  );
  expect(found).toContain('namer: found a secret in the name of a step, expected none, for it is kept on disk.');
  const up = (await place.run('status')).out;
  await service.end('SIGKILL');
  const files = readdirSync(place.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
  const down = (await place.run('status')).out;
  for (const text of [...answers, ...files, up, down, service.log()]) expect(text).not.toContain(canary);
  // It was tried: each place would have held it.
  for (const text of [answers.join(''), files.join(''), up, down, service.log()]) expect(text).toContain('[secret]');
});
