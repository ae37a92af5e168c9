import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.dispose());

const calm = `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { drain: '200ms' },
  services: { shop: { url: 'http://127.0.0.1:9' } },
  engines: [
    engine('hello', { run: async ({ step }) => ({ said: await step('say', () => 'hello') }) }),
    engine('broken', { maxFailures: 1, run: () => { throw new Error('out of paper'); } }),
    engine('slow', { run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }),
  ],
});
`;

it('writes a config and an engine that run at once, and overwrites nothing', async () => {
  expect(await place.run('init')).toMatchObject({
    code: 0,
    out: expect.stringContaining('nightshift.config.ts: written'),
  });
  const service = await place.start();
  await eventually(
    'hello succeeds',
    async () => (await service.actors())['engine/hello']?.lastRun?.result === 'success',
  );
  expect(readFileSync(join(place.folder, 'hello.txt'), 'utf8')).toContain('Hello!');
  expect(await service.end('SIGTERM')).toBe(0);
  const config = place.write('nightshift.config.ts', 'mine');
  expect(await place.run('init')).toMatchObject({ code: 0, out: expect.stringContaining('left as it is') });
  expect(readFileSync(config, 'utf8')).toBe('mine');
});

it('triggers, pauses, resumes and resets', async () => {
  place.write('nightshift.config.ts', calm);
  const service = await place.start();
  expect(await place.run('trigger', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: running\n' });
  await eventually(
    'hello succeeds',
    async () => (await service.actors())['engine/hello']?.lastRun?.result === 'success',
  );
  expect(await place.run('pause', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: paused\n' });
  expect(await place.run('trigger', 'hello')).toMatchObject({
    code: 1,
    err: 'engine/hello: found it paused, where it takes no `nightshift trigger`. It takes `nightshift resume`.\n',
  });
  expect(await place.run('resume', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: idle\n' });
  await place.run('trigger', 'broken');
  await eventually('broken halts', async () => (await service.actors())['engine/broken']?.state === 'halted');
  expect((await service.actors())['engine/broken']?.reason).toMatch(/^out of paper \(.*nightshift\.config\.ts:9:59\)$/);
  expect(await place.run('resume', 'broken')).toMatchObject({ code: 0, out: 'engine/broken: idle\n' });
  expect(await place.run('reset', 'shop')).toMatchObject({ code: 1, err: expect.stringContaining('found it closed') });
  const isolated = await place.run('isolate', 'shop', '--reason', 'moving house');
  expect(isolated).toMatchObject({ code: 0, out: 'breaker/shop: isolated\n' });
  expect((await service.actors())['breaker/shop']).toMatchObject({ state: 'isolated', reason: 'moving house' });
  expect(await place.run('isolate', 'engine/hello')).toMatchObject({
    code: 2,
    err: expect.stringContaining("expected a breaker's"),
  });
  expect(await place.run('reset', 'shop')).toMatchObject({ code: 0, out: 'breaker/shop: closed\n' });
  expect(JSON.parse((await place.run('pause', 'hello', '--json')).out)).toMatchObject({ taken: true, state: 'paused' });
});

it('shows what its store says when the service is down, whatever ended it', async () => {
  place.write('nightshift.config.ts', calm);
  const service = await place.start();
  await place.run('trigger', 'slow');
  await service.end('SIGKILL');
  const { code, out } = await place.run('status');
  expect(code).toBe(0);
  expect(out).toContain('The service is down; this is what its store in');
  expect(out).toMatch(/engine\/slow +running/);
  expect(JSON.parse((await place.run('status', '--json')).out)).toMatchObject({ state: 'down' });
});

it('brings a run back that a kill has cut off', async () => {
  place.write('nightshift.config.ts', calm);
  const service = await place.start();
  await place.run('trigger', 'slow');
  await service.end('SIGKILL');
  const again = await place.start();
  expect((await again.actors())['engine/slow']?.state).toBe('running');
  const resumed =
    again
      .log()
      .split('\n')
      .find((line) => line.includes('"run.resumed"')) ?? '{}';
  expect(JSON.parse(resumed)).toMatchObject({
    actor: 'engine/slow',
    run: expect.stringMatching(/^slow\./),
    attempt: 1,
    finished: [],
  });
  expect(await again.end('SIGTERM')).toBe(0);
});

it('refuses a second service on the same data folder, naming the first', async () => {
  place.write('nightshift.config.ts', calm);
  const { child } = await place.start();
  const second = await place.run('start', '--port', '0');
  expect(second).toMatchObject({ code: 1, err: expect.stringContaining(`in use by process ${child.pid}`) });
});

it('leaves a damaged database as it is, and says how to put a backup in its place', async () => {
  place.write('nightshift.config.ts', calm);
  await (await place.start()).end('SIGTERM');
  const file = place.write('.nightshift/nightshift.db', 'this is no database at all, by any means');
  const { code, err } = await place.run('start', '--port', '0');
  expect(code).toBe(1);
  expect(err).toMatch(/found a damaged database .* left untouched.* nightshift restore latest/s);
  expect(err).not.toMatch(/^ +at /m);
  expect(readFileSync(file, 'utf8')).toBe('this is no database at all, by any means');
});

it('keeps its secrets in files that only their owner can read', async () => {
  place.write('nightshift.config.ts', calm);
  await place.start();
  for (const name of ['vault.key', 'api.token', 'api.json']) {
    expect(statSync(join(place.folder, '.nightshift', name)).mode & 0o777, name).toBe(0o600);
  }
  expect(statSync(join(place.folder, '.nightshift')).mode & 0o777).toBe(0o700);
});

it('fails one engine, not the service, when a job throws outside of every promise', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  engines: [
    engine('thrower', { run: () => { setTimeout(() => { throw new Error('late'); }, 1); return new Promise(() => {}); } }),
    engine('floater', { run: () => { void Promise.reject(new Error('afloat')); return new Promise(() => {}); } }),
    engine('other', { run: () => 'well' }),
  ],
});
`,
  );
  const service = await place.start();
  for (const engine of ['thrower', 'floater', 'other']) await place.run('trigger', engine);
  let seen: unknown;
  await eventually(
    'a run of each',
    async () => {
      const actors = await service.actors();
      seen = actors;
      return ['thrower', 'floater', 'other'].every((id) => actors[`engine/${id}`]?.lastRun);
    },
    () => `${JSON.stringify(seen)}\n${service.log()}`,
  );
  const { 'engine/thrower': thrower, 'engine/floater': floater, 'engine/other': other } = await service.actors();
  expect(thrower?.reason).toMatch(/^late \(.*nightshift\.config\.ts:6:63\)$/);
  expect(floater?.reason).toMatch(/^afloat \(.*nightshift\.config\.ts:7:58\)$/);
  expect(other?.lastRun?.result).toBe('success');
  expect(await service.end('SIGTERM')).toBe(0);
});

it('takes a whole address as status shows it, and does with it what the command says', async () => {
  place.write('nightshift.config.ts', calm);
  const service = await place.start();
  await place.run('pause', 'engine/hello');
  expect(await place.run('trigger', 'engine/hello')).toMatchObject({ code: 1, err: expect.stringContaining('paused') });
  expect(await place.run('trigger', 'breaker/shop')).toMatchObject({
    code: 2,
    err: "breaker/shop: found a whole address, expected an engine's, as in engine/hello.\n",
  });
  await place.send(service.url, 'breaker/shop', 'breaker.isolate');
  expect(await place.run('reset', 'breaker/shop')).toMatchObject({ code: 0, out: 'breaker/shop: closed\n' });
  expect(await place.run('reset', 'engine/hello')).toMatchObject({
    code: 1,
    err: expect.stringContaining('nothing to reset'),
  });
});

it('puts an engine that was given up back by resume or reset, and by nothing else', async () => {
  place.write('nightshift.config.ts', calm);
  await (await place.start()).end('SIGTERM');
  for (const id of ['hello', 'slow']) {
    place.changeRecord(`engine/${id}`, (record) => ({ ...record, halted: { at: 1, reason: 'it broke 4 times' } }));
  }
  const service = await place.start();
  for (const name of ['trigger', 'pause']) {
    expect(await place.run(name, 'hello')).toMatchObject({ code: 1, err: expect.stringContaining('it broke 4 times') });
  }
  expect((await service.actors())['engine/hello']).toMatchObject({ halted: true, state: 'halted (in idle)' });
  expect(await place.run('resume', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: idle\n' });
  expect(await place.run('reset', 'engine/slow')).toMatchObject({ code: 0, out: 'engine/slow: idle\n' });
  expect((await service.actors())['engine/hello']?.halted).toBe(false);
});

it('names what cannot be read, when the service is down and when it is up again', async () => {
  place.write('nightshift.config.ts', calm);
  await (await place.start()).end('SIGTERM');
  place.changeRecord('engine/hello', () => ({ machine: 'engine', version: 99, settings: '', state: {} }));
  expect((await place.run('status')).out).toMatch(/engine\/hello +unreadable .*quarantine/);
  const service = await place.start();
  expect(service.log()).toContain('record.quarantined');
  const { out } = await place.run('status');
  expect(out).toMatch(/engine\/hello +idle/);
  expect(out).toMatch(/In quarantine: engine\/hello: found version 99 of 'engine', expected at most \d/);
});

it('ends when it is told to, whatever a job has left behind', async () => {
  place.write(
    'nightshift.config.ts',
    calm.replace('run: async ({ step }) => ({', 'run: async ({ step }) => (setInterval(() => {}, 1_000), {'),
  );
  const service = await place.start();
  await place.run('trigger', 'hello');
  await eventually(
    'hello succeeds',
    async () => (await service.actors())['engine/hello']?.lastRun?.result === 'success',
  );
  expect(await service.end('SIGTERM')).toBe(0);
  expect(service.log()).toContain('service.stopped');
});

it('ends with a wrong config, whatever that has left behind', async () => {
  place.write('nightshift.config.ts', 'setInterval(() => {}, 1_000);\nexport default { engins: [] };\n');
  expect(await place.run('start')).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean 'engines'?") });
});

it('ends at once on the second signal', async () => {
  place.write('nightshift.config.ts', calm.replace("drain: '200ms'", "drain: '1h'"));
  const service = await place.start();
  await place.run('trigger', 'slow');
  service.child.kill('SIGTERM');
  await eventually('the word', () => service.log().includes('service.draining'));
  expect(await service.end('SIGINT')).toBe(1);
});

it('goes on when nobody reads its log any more', async () => {
  place.write('nightshift.config.ts', calm);
  const service = await place.start();
  service.child.stdout?.destroy();
  service.child.stderr?.destroy();
  for (const engine of ['hello', 'broken']) await place.run('trigger', engine);
  await eventually('broken halts', async () => (await service.actors())['engine/broken']?.state === 'halted');
  await eventually(
    'hello succeeds',
    async () => (await service.actors())['engine/hello']?.lastRun?.result === 'success',
  );
  expect(await service.end('SIGTERM')).toBe(0);
});

it('does not send its token where a service that was killed has listened', async () => {
  place.write('nightshift.config.ts', calm);
  const { url } = await place.start();
  place.write('.nightshift/api.json', JSON.stringify({ url, pid: 1 }));
  expect(await place.run('trigger', 'hello')).toMatchObject({
    code: 1,
    err: expect.stringContaining('a service is just starting or stopping there'),
  });
});

it('lets no error repaint the terminal', async () => {
  place.write('nightshift.config.ts', calm.replace('out of paper', 'out\\nof \\u001b[2Jpaper'));
  const service = await place.start();
  await place.run('trigger', 'broken');
  await eventually('broken halts', async () => (await service.actors())['engine/broken']?.state === 'halted');
  const { out } = await place.run('status');
  expect(out).not.toContain('\u001b');
  expect(out).toContain('out of  [2Jpaper');
});

it('watches addresses through breakers, and names those that are down', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig } from 'nightshift';
export default defineConfig({
  builtIn: { health: { urls: ['http://127.0.0.1:9/down', 'http://127.0.0.1:9/too'] } },
});
`,
  );
  const service = await place.start();
  await eventually('a run of api-health', async () => (await service.actors())['engine/api-health']?.lastRun);
  await eventually('a run of resources', async () => (await service.actors())['engine/resources']?.lastRun);
  const { 'engine/api-health': health, 'engine/resources': resources, ...rest } = await service.actors();
  expect(health?.reason).toMatch(/2 of 2 addresses did not answer well\. .*:9\/down: .*:9\/too: /);
  expect(resources?.lastRun?.result).toBe('success');
  expect(Object.keys(rest).filter((address) => address.startsWith('breaker'))).toEqual([
    'breaker/api-health-1',
    'breaker/api-health-2',
  ]);
});

it('writes no config beside one of another ending, which it would put out of use', async () => {
  place.write('nightshift.config.mjs', 'export default {};');
  const { code, out } = await place.run('init');
  expect(code).toBe(0);
  expect(out).toContain('nightshift.config.mjs: exists, left as it is');
  expect(() => statSync(join(place.folder, 'nightshift.config.ts'))).toThrow('ENOENT');
});

it('says what stands in the way of init', async () => {
  place.write('engines', 'a file');
  const { code, err } = await place.run('init');
  expect(code).toBe(1);
  expect(err).toMatch(/engines\/hello\.ts: found that it cannot be written \(EEXIST\)/);
  expect(err).not.toMatch(/^ +at /m);
});

it.each(['start', 'status', 'report', 'trigger', 'pause', 'resume', 'reset', 'isolate', 'init'])(
  'shows examples of %s',
  async (name) => {
    const { code, out } = await place.run(name, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`Examples:\\n +\\$ nightshift ${name}`));
  },
);

it.each([
  ['a misspelt command', ['stauts'], 2, "unknown command 'stauts'\n(Did you mean status?)"],
  ['a command without its engine', ['trigger'], 2, "missing required argument 'engine'"],
  ['an option that there is not', ['status', '--jsno'], 2, "unknown option '--jsno'\n(Did you mean --json?)"],
  ['a port that is none', ['start', '--port', 'x'], 2, "--port: found 'x', expected a number from 0 to 65535."],
  ['a log level that there is not', ['start', '--log-level', 'loud'], 2, "--log-level: found 'loud'"],
  ['a config that does not exist', ['start', '--config', 'no.ts'], 2, 'no.ts: found no such file'],
  ['a command without a service', ['trigger', 'hello'], 1, 'Start it: nightshift start'],
  ['the status of nothing', ['status'], 1, 'found no store, expected one.'],
])('says what is wrong with %s', async (_, args, code, message) => {
  if (code === 2) place.write('nightshift.config.ts', calm);
  const ended = await place.run(...args);
  expect(ended.err).toContain(message);
  expect(ended.err).not.toMatch(/^ +at /m);
  expect(ended.code).toBe(code);
});

it('names every mistake in a config at once, before anything starts', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { bearer, defineConfig, engine, env } from 'nightshift';
export default defineConfig({
  tokens: { shop: bearer(env('SHOP_KEY')) },
  engines: [engine('a', { schedule: 'every 30m', timout: '5m', run() {} } as never)],
});
`,
  );
  const { code, err } = await place.run('start', '--port', '0');
  expect(code).toBe(2);
  expect(err).toContain(
    "engines.0.schedule: found 'every 30m', expected a cron expression. Write every: '30m' for an interval.",
  );
  expect(err).toContain("Did you mean 'timeout'?");
  expect(err).toContain('SHOP_KEY');
  expect(() => statSync(join(place.folder, '.nightshift'))).toThrow('ENOENT');
});

it('names the engine that a misspelt name stands for', async () => {
  place.write('nightshift.config.ts', calm);
  await place.start();
  const { code, err } = await place.run('trigger', 'helo');
  expect(code).toBe(2);
  expect(err).toContain("helo: there is no such engine. Did you mean 'hello'?");
});

it.each([
  ['at once', 'run: () => { for (;;); }'],
  // Node cannot go on after this one: the name has to come from the next start.
  ['in a timer', 'run: () => new Promise(() => setTimeout(() => { for (;;); }, 5))'],
])('ends a job that loops for ever %s, by name, and starts afresh for the others', async (_, looper) => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  engines: [
    engine('looper', { timeout: '5s', ${looper} }),
    engine('patient', { run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }),
  ],
});
`,
  );
  const service = await place.start();
  await place.run('trigger', 'patient');
  const ended = once(service.child, 'exit');
  void place.run('trigger', 'looper');
  expect((await ended)[0]).toBeGreaterThan(0);
  const again = await place.start();
  const { 'engine/looper': failed, 'engine/patient': patient } = await again.actors();
  expect(failed).toMatchObject({ state: 'idle', reason: expect.stringContaining('held up the event loop') });
  expect(patient?.state).toBe('running');
  const { effects } = (await (await fetch(`${again.url}/api/actors/engine/patient`)).json()) as {
    effects: object;
  };
  expect(effects).toMatchObject({ run: { starts: 0 } });
  expect(existsSync(join(place.data, 'standstill.json'))).toBe(false);
});

it('gives up a job that kills the process, and no other', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { withinPeriod: '3s' },
  engines: [
    engine('patient', { run: ({ step, signal }) => step('wait', () => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))) }),
    engine('killer', { run: ({ step }) => step('kill', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 700) && new Promise(() => {})) }),
  ],
});
`,
  );
  let service = await place.start();
  let died = once(service.child, 'close');
  await place.run('trigger', 'patient');
  void place.run('trigger', 'killer');
  for (let death = 1; death <= 4; death++) {
    expect((await died)[1]).toBe('SIGKILL');
    service = await place.start();
    died = once(service.child, 'close');
  }
  const { 'engine/killer': killer, 'engine/patient': patient } = await service.actors();
  expect(killer).toMatchObject({ state: 'halted', reason: expect.stringContaining('the process died 4 times') });
  expect(patient).toMatchObject({ state: 'running', reason: null });
});

it('lets a job that throws in an abort listener fail alone', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  engines: [
    engine('bad', { run: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => { throw new Error('from the listener'); })) }),
  ],
});
`,
  );
  const service = await place.start();
  await place.send(service.url, 'engine/bad', 'engine.trigger');
  await place.send(service.url, 'engine/bad', 'engine.pause');
  await eventually('word of it', () => /"actor":"engine\/bad".*effect\.uncaught/.test(service.log()), service.log);
  expect(await service.end('SIGTERM')).toBe(0);
  expect(service.log()).not.toContain('service.crashed');
});

/** A queue that lives as long as the process, as of a pool of connections: what throws in it belongs to nobody. */
const pool =
  "const queue = []; setInterval(() => queue.shift()?.(), 5);\nconst broken = () => { throw new Error('in the pool'); };";

it('gives up a job that ends the process by an error that can be laid to nobody', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
${pool}
export default defineConfig({
  builtIn: { health: false, resources: false },
  engines: [engine('killer', { run: () => new Promise(() => queue.push(broken)) })],
});
`,
  );
  const first = await place.start();
  const gone = once(first.child, 'exit');
  await place.send(first.url, 'engine/killer', 'engine.trigger').catch(() => {});
  expect((await gone)[0]).toBe(1);
  for (let boot = 1; boot <= 3; boot++) expect((await place.run('start', '--port', '0')).code).toBe(1);
  const service = await place.start();
  expect((await service.actors())['engine/killer']).toMatchObject({
    state: 'halted',
    reason: expect.stringContaining('the process died 4 times'),
  });
  await service.end('SIGTERM');
});

it('keeps a grant that the server was just taking back when a job ends the process', async () => {
  let valid = 0;
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const grant = new URLSearchParams(await text(request)).get('refresh_token') ?? '';
    asked.push(grant);
    const isGood = grant === `refresh-${valid}-canary`;
    if (isGood) valid += 1;
    const tokens = { access_token: `access-${valid}-canary`, refresh_token: `refresh-${valid}-canary` };
    const answer = isGood ? { ...tokens, token_type: 'bearer', expires_in: 1_000 } : { error: 'invalid_grant' };
    // Late enough for the job to have ended the process by then.
    setTimeout(() => {
      response.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }, 300);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = (engines: string) => `
import { defineConfig, engine, oauth2 } from 'nightshift';
${pool}
export default defineConfig({
  builtIn: { health: false, resources: false },
  tokens: { auth: oauth2({ tokenUrl: '${url}/token', clientId: 'me', refreshToken: 'refresh-0-canary' }) },
  services: { api: { url: '${url}', token: 'auth' } },
  engines: [${engines}],
});
`;
  place.write(
    'nightshift.config.ts',
    config("engine('killer', { every: '1h', run: () => new Promise(() => queue.push(broken)) })"),
  );
  expect((await place.run('start', '--port', '0')).code).toBe(1);
  place.write('nightshift.config.ts', config(''));
  const service = await place.start();
  const fresh = async () => (await service.actors())['token/auth']?.state === 'fresh';
  await eventually('a fresh token', fresh, service.log);
  expect(asked).toEqual(['refresh-0-canary']);
  await service.end('SIGTERM');
  server.closeAllConnections();
  server.close();
});

it('names a config that never ends loading', async () => {
  place.write('nightshift.config.ts', 'await new Promise(() => {});\nexport default {};\n');
  const { code, err } = await place.run('start');
  expect(code).toBe(2);
  expect(err).toContain('nightshift.config.ts: found a top-level await that nothing will ever settle');
});

it('says once that it made a key, and makes none where it is given one', async () => {
  place.write('nightshift.config.ts', calm);
  const made: number[] = [];
  for (const environment of [{}, {}, { NIGHTSHIFT_KEY: Buffer.alloc(32, 7).toString('base64') }]) {
    const service = await place.start(environment);
    made.push(service.log().split('vault.key.created').length - 1);
    await service.end('SIGTERM');
  }
  expect(made).toEqual([1, 0, 0]);
});

it('shows the routine at debug alone, whether the config or the command says so', async () => {
  const routine = async (config: string, ...args: string[]) => {
    place.write('nightshift.config.ts', config);
    const service = await place.start({}, ...args);
    await service.end('SIGTERM');
    return service.log().includes('"level":20');
  };
  const wordy = calm.replace('supervision:', "log: { level: 'debug' }, supervision:");
  expect(await routine(calm)).toBe(false);
  expect(await routine(calm, '--log-level', 'debug')).toBe(true);
  expect(await routine(wordy)).toBe(true);
  expect(await routine(wordy, '--log-level', 'info')).toBe(false);
});

// Elsewhere the program that makes a terminal takes other arguments.
it.runIf(process.platform === 'linux')('logs for people in a terminal', async () => {
  place.write('nightshift.config.ts', calm);
  const { shown, pid, ended } = await place.startInTerminal();
  process.kill(pid, 'SIGTERM');
  await ended;
  expect(shown()).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] INFO: service\.ready \{"url":"http:/m);
  expect(shown()).not.toContain('"level":30');
});

it('lets no job end the process: it fails by name, wherever it tries', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { exit } from 'node:process';
import { defineConfig, engine } from 'nightshift';
const later = (work) => new Promise(() => setTimeout(work, 5));
export default defineConfig({
  builtIn: { health: false, resources: false },
  engines: [
    engine('in-a-step', { run: ({ step }) => step('quit', async () => process.exit(3)) }),
    engine('in-a-timer', { run: () => later(() => exit(4)) }),
  ],
});
`,
  );
  const service = await place.start();
  for (const [id, code] of Object.entries({ 'in-a-step': 3, 'in-a-timer': 4 })) {
    await place.run('trigger', id);
    const reason = `engine/${id}: found a call of process.exit(${code})`;
    await eventually(
      reason,
      async () => (await service.actors())[`engine/${id}`]?.reason?.startsWith(reason),
      service.log,
    );
  }
  expect(await service.end('SIGTERM')).toBe(0);
});

it('names who is in the store and in the config no more, and an emptied store', async () => {
  const named = calm.replaceAll("'hello'", "'gone'");
  place.write('nightshift.config.ts', named);
  await (await place.start()).end('SIGTERM');
  place.write('nightshift.config.ts', calm);
  const service = await place.start();
  await eventually(
    'word of it',
    () => /"count":1,"actors":\["engine\/gone"\].*"actors\.unconfigured"/.test(service.log()),
    service.log,
  );
  await service.end('SIGTERM');
  expect(service.log()).not.toContain('store.empty');
  for (const end of ['-wal', '-shm']) rmSync(join(place.data, `nightshift.db${end}`), { force: true });
  writeFileSync(join(place.data, 'nightshift.db'), '');
  const afresh = await place.start();
  expect(afresh.log()).toContain('store.empty: everything begins afresh');
  await afresh.end('SIGTERM');
});

it('puts what is no text at all in the store into quarantine as well, and starts the others', async () => {
  place.write('nightshift.config.ts', calm);
  await (await place.start()).end('SIGTERM');
  const database = new DatabaseSync(join(place.data, 'nightshift.db'));
  database.prepare("UPDATE keyv SET value = NULL WHERE key = 'actor:engine/hello'").run();
  database.close();
  const service = await place.start();
  expect(service.log()).toMatch(
    /"actor":"engine\/hello","reason":"found nothing, expected JSON\.".*record\.quarantined/,
  );
  expect((await service.actors())['engine/slow']?.state).toBe('idle');
  await service.end('SIGTERM');
});

it('answers in JSON what goes wrong before an answer, when JSON is asked for', async () => {
  place.write('nightshift.config.ts', calm);
  const { code, out, err } = await place.run('trigger', 'hello', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ code: 'SERVICE_DOWN', error: expect.stringContaining('nightshift start') });
  expect(err).toBe('');
});

it('puts back a token that its service had rejected, and the run goes on', async () => {
  let answer = 401;
  const server = createServer((_, response) => response.writeHead(answer).end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  place.write(
    'nightshift.config.ts',
    `
import { bearer, defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  tokens: { shop: bearer('a-token') },
  services: { shop: { url: 'http://127.0.0.1:${(server.address() as AddressInfo).port}', token: 'shop' } },
  engines: [engine('job', { run: async ({ service }) => (await service('shop').fetch('/')).status })],
});
`,
  );
  const service = await place.start();
  await place.run('trigger', 'job');
  await eventually('a revoked token', async () => (await service.actors())['token/shop']?.state === 'revoked');
  const { out } = await place.run('status');
  expect(out).toMatch(/token\/shop +revoked .* -> put a valid grant .* nightshift reset token\/shop$/m);
  answer = 200;
  expect(await place.run('reset', 'token/shop')).toMatchObject({ code: 0, out: 'token/shop: lasting\n' });
  await eventually('a success', async () => (await service.actors())['engine/job']?.lastRun?.result === 'success');
  server.close();
});
