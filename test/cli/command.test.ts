import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ActorView } from '../../src/dashboard/actor-view.ts';
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

async function actors(): Promise<Record<string, ActorView>> {
  const { out } = await place.run('status', '--json');
  const { actors } = JSON.parse(out) as { actors: ActorView[] };
  return Object.fromEntries(actors.map((actor) => [`${actor.kind}/${actor.id}`, actor]));
}

it('writes a config and an engine that run at once, and overwrites nothing', async () => {
  expect(await place.run('init')).toMatchObject({
    code: 0,
    out: expect.stringContaining('nightshift.config.ts: written'),
  });
  const service = await place.start();
  await place.until(async () => (await actors())['engine/hello']?.lastRun?.result === 'success');
  expect(readFileSync(join(place.folder, 'hello.txt'), 'utf8')).toContain('Hello!');
  expect(await service.end('SIGTERM')).toBe(0);
  const config = place.write('nightshift.config.ts', 'mine');
  expect(await place.run('init')).toMatchObject({ code: 0, out: expect.stringContaining('left as it is') });
  expect(readFileSync(config, 'utf8')).toBe('mine');
});

it('triggers, pauses, resumes and resets', async () => {
  place.write('nightshift.config.ts', calm);
  await place.start();
  expect(await place.run('trigger', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: running\n' });
  await place.until(async () => (await actors())['engine/hello']?.lastRun?.result === 'success');
  expect(await place.run('pause', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: paused\n' });
  expect(await place.run('trigger', 'hello')).toMatchObject({
    code: 1,
    err: 'engine/hello: found it paused, where it takes no engine.trigger.\n',
  });
  expect(await place.run('resume', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: idle\n' });
  await place.run('trigger', 'broken');
  await place.until(async () => (await actors())['engine/broken']?.state === 'halted');
  expect((await actors())['engine/broken']?.reason).toBe('out of paper');
  expect(await place.run('resume', 'broken')).toMatchObject({ code: 0, out: 'engine/broken: idle\n' });
  expect(await place.run('reset', 'shop')).toMatchObject({ code: 1, err: expect.stringContaining('found it closed') });
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
  expect((await actors())['engine/slow']?.state).toBe('running');
  expect(await again.end('SIGTERM')).toBe(0);
});

it('refuses a second service on the same data folder, naming the first', async () => {
  place.write('nightshift.config.ts', calm);
  const { child } = await place.start();
  const second = await place.run('start', '--port', '0');
  expect(second).toMatchObject({ code: 1, err: expect.stringContaining(`in use by process ${child.pid}`) });
});

it('leaves a damaged database as it is, and says how to put a copy in its place', async () => {
  place.write('nightshift.config.ts', calm);
  await (await place.start()).end('SIGTERM');
  const file = place.write('.nightshift/nightshift.db', 'this is no database at all, by any means');
  const { code, err } = await place.run('start', '--port', '0');
  expect(code).toBe(1);
  expect(err).toMatch(/found a damaged database .* left untouched.* cp YOUR-COPY /s);
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
  await place.until(async () => Object.values(await actors()).every(({ lastRun }) => lastRun !== null));
  const { 'engine/thrower': thrower, 'engine/floater': floater, 'engine/other': other } = await actors();
  expect([thrower?.reason, floater?.reason, other?.lastRun?.result]).toEqual(['late', 'afloat', 'success']);
  expect(await service.end('SIGTERM')).toBe(0);
});

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

it('ends a job that loops for ever, by name, and starts afresh for the others', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  engines: [
    engine('looper', { run: () => { for (;;); } }),
    engine('patient', { run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }),
  ],
});
`,
  );
  const service = await place.start();
  await place.run('trigger', 'patient');
  const ended = once(service.child, 'exit');
  void place.run('trigger', 'looper');
  expect((await ended)[0]).toBe(1);
  expect(service.log()).toContain('loop.blocked');
  const { 'engine/looper': looper, 'engine/patient': patient } = await actors();
  expect(looper).toMatchObject({ state: 'idle', reason: expect.stringContaining('held up the event loop') });
  expect(patient?.state).toBe('running');
});
