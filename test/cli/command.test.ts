/**
 * Orders to a running service, whose jobs do what jobs should not: one service for all of it, which is well at the end.
 */
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

const config = (tokenShop: string) => `
import { exit } from 'node:process';
import { bearer, defineConfig, engine } from 'nightshift';
const later = (work) => new Promise(() => setTimeout(work, 5));
export default defineConfig({
  builtIn: { health: { urls: ['http://127.0.0.1:9/down', 'http://127.0.0.1:9/too'] } },
  tokens: { shop: bearer('a-token') },
  services: { shop: { url: 'http://127.0.0.1:9' }, stall: { url: 'http://127.0.0.1:9' }, guarded: { url: '${tokenShop}', token: 'shop' } },
  engines: [
    engine('hello', { run: async ({ step }) => ({ said: await step('say', () => 'hello') }) }),
    engine('greeter', { run: () => 'well' }),
    engine('leaver', { run: () => { setInterval(() => {}, 1_000); return 'left'; } }),
    engine('broken', { maxFailures: 1, run: () => { throw new Error('out of paper'); } }),
    engine('garish', { maxFailures: 1, run: () => { throw new Error('out\\nof \\u001b[2Jink'); } }),
    engine('thrower', { run: () => { setTimeout(() => { throw new Error('late'); }, 1); return new Promise(() => {}); } }),
    engine('floater', { run: () => { void Promise.reject(new Error('afloat')); return new Promise(() => {}); } }),
    engine('listener', { run: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => { throw new Error('from the listener'); })) }),
    engine('in-a-step', { run: ({ step }) => step('quit', async () => process.exit(3)) }),
    engine('in-a-timer', { run: () => later(() => exit(4)) }),
    engine('buyer', { run: async ({ service }) => (await service('guarded').fetch('/')).status }),
  ],
});
`;

/** Where an error is made in the config, as in `/nightshift\.config\.ts:9:59\)$/`. */
function thrownAt(message: string): RegExp {
  const before = config('').split(`new Error('${message}')`)[0] as string;
  const lines = before.split('\n');
  return new RegExp(
    `^${message} \\(.*nightshift\\.config\\.ts:${lines.length}:${(lines.at(-1) as string).length + 1}\\)$`,
  );
}

let answer = 401;
const shop = createServer((_, response) => response.writeHead(answer).end('{}'));
const place = new Workplace();
let service: Running;
const actor = async (address: string) => (await service.actors())[address];
const succeeds = (id: string) =>
  eventually(
    `${id} succeeds`,
    async () => (await actor(`engine/${id}`))?.lastRun?.result === 'success',
    () => service.log(),
  );
const halts = (id: string) =>
  eventually(`${id} halts`, async () => (await actor(`engine/${id}`))?.state === 'halted', service.log);
const ran = (id: string) =>
  eventually(`a run of ${id}`, async () => (await actor(`engine/${id}`))?.lastRun, service.log);

beforeAll(async () => {
  shop.listen(0, '127.0.0.1');
  await once(shop, 'listening');
  place.write('nightshift.config.ts', config(`http://127.0.0.1:${(shop.address() as AddressInfo).port}`));
  service = await place.start();
});
afterAll(() => {
  place.dispose();
  shop.close();
});

describe('an order', () => {
  it('triggers, pauses, resumes and resets', async () => {
    expect(await place.run('trigger', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: running\n' });
    await succeeds('hello');
    expect(await place.run('pause', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: paused\n' });
    expect((await place.run('status')).out).toContain('\nPaused by hand: hello.\n');
    expect(await place.run('trigger', 'hello')).toMatchObject({
      code: 1,
      err: 'engine/hello: found it paused, where it takes no `nightshift trigger`. It takes `nightshift resume`.\n',
    });
    expect(await place.run('resume', 'hello')).toMatchObject({ code: 0, out: 'engine/hello: idle\n' });
    await place.run('trigger', 'broken');
    await halts('broken');
    expect((await actor('engine/broken'))?.reason).toMatch(thrownAt('out of paper'));
    expect(await place.run('resume', 'broken')).toMatchObject({ code: 0, out: 'engine/broken: idle\n' });
    expect(await place.run('reset', 'shop')).toMatchObject({
      code: 1,
      err: expect.stringContaining('found it closed'),
    });
    const isolated = await place.run('isolate', 'shop', '--reason', 'moving house');
    expect(isolated).toMatchObject({ code: 0, out: 'breaker/shop: isolated\n' });
    expect(await actor('breaker/shop')).toMatchObject({ state: 'isolated', reason: 'moving house' });
    expect(await place.run('isolate', 'engine/hello')).toMatchObject({
      code: 2,
      err: expect.stringContaining("expected a breaker's"),
    });
    expect(await place.run('reset', 'shop')).toMatchObject({ code: 0, out: 'breaker/shop: closed\n' });
    expect(JSON.parse((await place.run('pause', 'hello', '--json')).out)).toMatchObject({
      taken: true,
      state: 'paused',
    });
  });

  it('takes a whole address as status shows it, and does with it what the command says', async () => {
    await place.run('pause', 'engine/greeter');
    expect(await place.run('trigger', 'engine/greeter')).toMatchObject({
      code: 1,
      err: expect.stringContaining('paused'),
    });
    expect(await place.run('trigger', 'breaker/stall')).toMatchObject({
      code: 2,
      err: "breaker/stall: found a whole address, expected an engine's, as in engine/hello.\n",
    });
    await place.send(service.url, 'breaker/stall', 'breaker.isolate');
    expect(await place.run('reset', 'breaker/stall')).toMatchObject({ code: 0, out: 'breaker/stall: closed\n' });
    expect(await place.run('reset', 'engine/greeter')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing to reset'),
    });
  });

  it('to a misspelt engine gets the name that it stands for', async () => {
    const { code, err } = await place.run('trigger', 'helo');
    expect(code).toBe(2);
    expect(err).toContain("helo: there is no such engine. Did you mean 'hello'?");
  });

  it('puts back a token that its service had rejected, and the run goes on', async () => {
    await place.run('trigger', 'buyer');
    await eventually('a revoked token', async () => (await actor('token/shop'))?.state === 'revoked', service.log);
    const { out } = await place.run('status');
    expect(out).toMatch(/token\/shop +revoked .* -> put a valid grant .* nightshift reset token\/shop$/m);
    answer = 200;
    expect(await place.run('reset', 'token/shop')).toMatchObject({ code: 0, out: 'token/shop: lasting\n' });
    await succeeds('buyer');
  });

  it('does not send its token where a service that was killed has listened', async () => {
    const address = readFileSync(join(place.data, 'api.json'), 'utf8');
    place.write('.nightshift/api.json', JSON.stringify({ url: service.url, pid: 1 }));
    expect(await place.run('trigger', 'hello')).toMatchObject({
      code: 1,
      err: expect.stringContaining('a service is just starting or stopping there'),
    });
    place.write('.nightshift/api.json', address);
  });
});

describe('the service', () => {
  it('refuses a second one on the same data folder, naming the first', async () => {
    expect(await place.runAlone('start', '--port', '0')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`in use by process ${service.child.pid}`),
    });
  });

  it('keeps its secrets in files that only their owner can read', () => {
    for (const name of ['vault.key', 'api.token', 'api.json']) {
      expect(statSync(join(place.data, name)).mode & 0o777, name).toBe(0o600);
    }
    expect(statSync(place.data).mode & 0o777).toBe(0o700);
  });

  it('lets no error repaint the terminal', async () => {
    await place.run('trigger', 'garish');
    await halts('garish');
    const { out } = await place.run('status');
    expect(out).not.toContain('\u001b');
    expect(out).toContain('out of  [2Jink');
  });

  it('watches addresses through breakers, and names those that are down', async () => {
    await ran('api-health');
    await ran('resources');
    const { 'engine/api-health': health, 'engine/resources': resources, ...rest } = await service.actors();
    expect(health?.reason).toMatch(/2 of 2 addresses did not answer well\. .*:9\/down: .*:9\/too: /);
    expect(resources?.lastRun?.result).toBe('success');
    expect(Object.keys(rest).filter((address) => address.startsWith('breaker/api-health'))).toEqual([
      'breaker/api-health-1',
      'breaker/api-health-2',
    ]);
  });
});

describe('one engine alone fails', () => {
  it.each([
    ['thrower', 'late'],
    ['floater', 'afloat'],
  ])('when its job throws outside of every promise: %s', async (id, message) => {
    await place.run('trigger', id);
    await ran(id);
    expect((await actor(`engine/${id}`))?.reason).toMatch(thrownAt(message));
  });

  it('when its job throws in an abort listener', async () => {
    await place.send(service.url, 'engine/listener', 'engine.trigger');
    await place.send(service.url, 'engine/listener', 'engine.pause');
    await eventually(
      'word of it',
      () => /"actor":"engine\/listener".*effect\.uncaught/.test(service.log()),
      service.log,
    );
  });

  it.each([
    ['in-a-step', 3],
    ['in-a-timer', 4],
  ])('when its job tries to end the process, by name: %s', async (id, code) => {
    await place.run('trigger', id);
    await ran(id);
    expect((await actor(`engine/${id}`))?.reason).toMatch(
      new RegExp(`^engine/${id}: found a call of process\\.exit\\(${code}\\)`),
    );
  });

  it('and the service ends when it is told to, with whatever a job has left behind', async () => {
    await place.run('trigger', 'leaver');
    await succeeds('leaver');
    expect(await service.end('SIGTERM')).toBe(0);
    expect(service.log()).toContain('service.stopped');
    expect(service.log()).not.toContain('service.crashed');
  });
});
