/**
 * Canary secrets: a service whose jobs, services and token server put them wherever they can, and everything that the process wrote,
 * answered, handed on and said as it crashed, searched for them. It runs with V8's `eval` turned off.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

const canary = 'canary-d41d8cd98f00b204';
const vaultKey = randomBytes(32).toString('base64');
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

const jobs = [
  'thrower',
  'nester',
  'returner',
  'keeper',
  'namer',
  'caller',
  'echo401',
  'echo500',
  'echo400',
  'evaluator',
];
/** Each writes the environment that it has into a file of its name. */
const children = ['program', 'isolated', 'spawner'];
const config = (url: string) => `
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { bearer, command, defineConfig, engine, env } from 'nightshift';
const secret = process.env.CANARY;
const once = { tries: 1 };
const echo = (status) => engine('echo' + status, {
  retry: once,
  run: ({ service }) => service('echo' + status).fetch('/' + status),
});
// Belongs to no run.
process.once('SIGUSR2', () => { throw new Error('crashed with ' + secret, { cause: { secret } }); });
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
    engine('evaluator', { run: () => new Function('return 1')() }),
    command('program', { shell: true, run: 'env > program.env; ls -l /proc/self/fd > program.fds || true' }),
    engine('isolated', { isolate: 'process', run: () => writeFileSync('isolated.env', JSON.stringify(process.env)) }),
    engine('spawner', { run: () => writeFileSync('spawner.env', execFileSync('env')) }),
  ],
});
`;

it('keeps every secret out of all that leaves it, but for whom it is given to', { timeout: 180_000 }, async () => {
  place.write('nightshift.config.ts', config(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  const service = await place.start({
    CANARY: canary,
    NIGHTSHIFT_KEY: vaultKey,
    NOTIFY_SOCKET: '/nowhere',
    WATCHDOG_USEC: '60000000',
    NIGHTSHIFT_SILENCE_MS: '60000',
    NODE_OPTIONS: '--disallow-code-generation-from-strings',
  });
  for (const job of [...jobs, ...children]) await place.send(service.url, `engine/${job}`, 'engine.trigger');
  await eventually('what becomes of each', async () => {
    const actors = await service.actors();
    const areOver = children.every((job) => actors[`engine/${job}`]?.lastRun);
    return areOver && jobs.every((job) => actors[`engine/${job}`]?.reason) && actors['breaker/shop']?.state === 'open';
  });
  // They tell of what became of the others.
  for (const job of ['backup', 'daily-report', 'log-analysis']) {
    await place.send(service.url, `engine/${job}`, 'engine.trigger');
    await eventually(job, async () => (await service.actors())[`engine/${job}`]?.lastRun?.result === 'success');
  }

  const answers = await answersOf(service);
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
  // What was loaded before it did without.
  expect(found).toContain('Code generation from strings disallowed for this context');
  const up = (await place.run('status')).out;
  const report = (await place.run('report', '--html')).out;
  expect(await service.end('SIGUSR2')).toBe(1);
  const crash = service.log().slice(service.log().indexOf('service.crashed') - 2_000);
  expect(crash).toContain('crashed with [secret]');

  const [down, logs] = [(await place.run('status')).out, (await place.run('logs')).out];
  const files = filesIn(place.data);
  const [backups, reports] = ['backups', 'reports'].map((name) =>
    files.filter(({ path }) => path.includes(`/${name}/`)),
  );
  const texts = { answers, up, down, report, logs, crash, log: service.log() };
  const kept = { files, backups, reports };
  const all = {
    ...texts,
    ...Object.fromEntries(
      Object.entries(kept).map(([name, some = []]) => [name, some.map(({ text }) => text).join('\n')]),
    ),
  };
  for (const [name, text] of Object.entries(all)) {
    for (const secret of [canary, vaultKey]) expect(text.includes(secret), name).toBe(false);
    // It was tried: each place would have held it.
    expect(text, name).toContain('[secret]');
  }

  // A program gets what it is given; a job that runs here has the service's environment, but for the key.
  const given = children.map((name) => readFileSync(join(place.folder, `${name}.env`), 'utf8'));
  expect(given.map((env) => env.includes(canary))).toEqual([false, true, true]);
  for (const env of given) expect(env).not.toMatch(/NIGHTSHIFT_(NEXT_)?KEY/);
  for (const env of given) expect(env).not.toContain(vaultKey);
  // What those who watch over the service say is not meant for them.
  for (const env of given) expect(env).not.toMatch(/NOTIFY_SOCKET|WATCHDOG_USEC|NIGHTSHIFT_SILENCE_MS/);

  // No open file of the service either.
  expect(readFileSync(join(place.folder, 'program.fds'), 'utf8')).not.toContain(place.data);

  const exposed = files.filter(({ mode }) => mode !== 0o600);
  expect(exposed.map(({ path }) => path)).toEqual([]);
  expect(existsSync(join(place.data, 'vault.key'))).toBe(false);
  for (const folder of foldersIn(place.data)) expect(statSync(folder).mode & 0o777, folder).toBe(0o700);
});

/** Everything that the interface has to say, the beginning of its stream included. */
async function answersOf({ url, actors }: Running): Promise<string> {
  const addresses = Object.keys(await actors()).map((address) => `/api/actors/${address}`);
  const paths = [...addresses, ...addresses.map((path) => `${path}/runs`)];
  const others = ['/', '/metrics', '/api/actors', '/api/incidents', '/api/settings', '/api/metrics', '/api/log'];
  const answers: string[] = [];
  for (const path of [...paths, ...others]) answers.push(await (await fetch(`${url}${path}`)).text());
  const { body } = await fetch(`${url}/api/events`);
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    answers.push(decoder.decode(chunk as Uint8Array, { stream: true }));
    if (answers.at(-1)?.includes('[secret]')) break;
  }
  return answers.join('\n');
}

function filesIn(folder: string) {
  return entriesIn(folder)
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return { path, mode: statSync(path).mode & 0o777, text: readFileSync(path, 'latin1') };
    });
}

function foldersIn(folder: string): string[] {
  const below = entriesIn(folder).filter((entry) => entry.isDirectory());
  return [folder, ...below.map(({ parentPath, name }) => join(parentPath, name))];
}

function entriesIn(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true });
}
