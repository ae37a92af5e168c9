/**
 * The watchdogs of a real service: an address outside that expects to hear of it, and systemd.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpServer, silence } from '../actors/effects/http-server.ts';
import { eventually } from '../eventually.ts';
import { NotifySocket } from '../watchdog/notify-socket.ts';
import { nodeFlags } from './command-process.ts';
import { Workplace } from './nightshift.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.dispose());

const config = (more: string) => `
  import { defineConfig, engine, env } from 'nightshift';
  export default defineConfig({
    builtIn: { health: false, resources: false },
    ${more}
    engines: [engine('tick', { every: '100ms', run: () => 1 })],
  });`;

describe('the address outside', () => {
  let outside: HttpServer;
  beforeEach(async () => {
    outside = await HttpServer.open();
    place.write('nightshift.config.ts', config("watchdog: { url: env('WATCHDOG_URL'), every: '200ms' },"));
  });
  afterEach(() => outside.close());

  const start = () => place.start({ WATCHDOG_URL: `${outside.url}/ping/s3cret-id` });
  const paths = () => outside.arrivals.map(({ path }) => path.replace('/ping/s3cret-id', ''));

  it('hears of the start and that all is well, of no failure at an orderly end, and of nothing after a kill', async () => {
    const service = await start();
    await outside.arrival(4);
    expect(paths().slice(0, 4)).toEqual(['/start', '', '', '']);
    expect(await service.end('SIGTERM')).toBe(0);
    expect(paths()).not.toContain('/fail');
    expect(service.log()).not.toContain('s3cret-id');

    const before = outside.arrivals.length;
    const again = await start();
    await outside.arrival(before + 3);
    await again.end('SIGKILL');
    const last = outside.arrivals.length;
    await wait(600);
    expect(outside.arrivals.length).toBe(last);
  });

  it('hears of an end by an error, and why', async () => {
    const crash = "setInterval(() => { if (existsSync('crash')) throw new Error('broken beyond repair'); }, 50);";
    place.write(
      'nightshift.config.ts',
      `import { existsSync } from 'node:fs';\n${crash}\n${config("watchdog: { url: env('WATCHDOG_URL'), every: '200ms' },")}`,
    );
    const service = await start();
    const ended = once(service.child, 'exit');
    place.write('crash', '');
    expect((await ended)[0]).toBe(1);
    const { path, body } = outside.arrivals.at(-1) ?? {};
    expect([path, body]).toEqual(['/ping/s3cret-id/fail', expect.stringContaining('broken beyond repair')]);
  });

  it('that never answers disturbs no job', async () => {
    outside.answer = silence;
    const service = await start();
    const ran = async () => (await service.actors())['engine/tick']?.lastRun?.run;
    const first = await eventually('a run', ran);
    await eventually('another run', async () => (await ran()) !== first);
    expect(await service.end('SIGTERM')).toBe(0);
  });
});

describe.runIf(process.platform === 'linux')('systemd', () => {
  let socket: NotifySocket;
  const messages = () => socket.messages.map(({ text }) => text);

  beforeEach(async () => {
    socket = await NotifySocket.open(join(place.folder, 'notify.sock'));
    socket.listens();
  });
  afterEach(() => socket.close());

  it('hears that the service is up, that it gets on, that it reloads, and that it stops', async () => {
    place.write('nightshift.config.ts', config(''));
    const service = await place.start({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '400000' });
    await eventually(
      'some food',
      () => messages().filter((line) => line.includes('WATCHDOG=1')).length > 2,
      () => service.log() + messages().join('\n'),
    );
    expect(messages()[0]).toContain('READY=1');

    // A reload: the same process is ready once more, and a refused one leaves everything as it is.
    service.child.kill('SIGHUP');
    const reloads = () => messages().findIndex((line) => /RELOADING=1 \| MONOTONIC_USEC=\d+ \| WATCHDOG=1/.test(line));
    await eventually('word of the reload', () => reloads() > 0, service.log);
    const readyAgain = () =>
      messages()
        .slice(reloads())
        .filter((line) => line.includes('READY=1'));
    await eventually('the service to be ready again', () => readyAgain().length === 1, service.log);
    expect(messages().join()).not.toContain('STOPPING=1');
    place.write('nightshift.config.ts', 'export default { engins: [] };');
    service.child.kill('SIGHUP');
    await eventually('word that it stays', () => readyAgain().length === 2, service.log);
    expect(service.log()).toContain("Did you mean 'engines'");
    await service.end('SIGTERM');
    await eventually('word of the end', () => messages().at(-1)?.includes('STOPPING=1'));
    for (const { pid } of socket.messages) expect(pid).toBe(service.child.pid);
  });

  it('hears of a shadow as well that it is up, that it gets on, and that it stops', async () => {
    place.write('nightshift.config.ts', config(''));
    const env = { ...process.env, NODE_OPTIONS: '', NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '400000' };
    const main = join(import.meta.dirname, '../../src/main.ts');
    const shadow = spawn(process.execPath, [...nodeFlags, main, 'start', '--shadow'], {
      cwd: place.folder,
      env,
      stdio: 'ignore',
    });
    await eventually('some food', () => messages().includes('WATCHDOG=1 | STATUS=running'));
    expect(messages()[0]).toBe('READY=1 | STATUS=running');
    shadow.kill('SIGTERM');
    expect(await once(shadow, 'exit')).toEqual([0, null]);
    await eventually('word of the end', () => messages().at(-1)?.startsWith('STOPPING=1 | STATUS=stopping'));
  });

  it('is told by a program of its own where Node has no way to it', async () => {
    place.write('nightshift.config.ts', config(''));
    place.write(
      'without.mjs',
      "import { registerHooks } from 'node:module';\nregisterHooks({ resolve(what, context, next) { if (what === 'ffi-rs') throw new Error('not installed'); return next(what, context); } });",
    );
    const options = `--import ${join(place.folder, 'without.mjs')}`;
    const service = await place.start({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '400000', NODE_OPTIONS: options });
    await eventually('some food', () => messages().includes('WATCHDOG=1 | STATUS=running'), service.log);
    expect(messages()[0]).toBe('READY=1 | STATUS=running');
    // The program alone asks whether it was heard. Root's speaks in the name of its parent.
    expect(messages()).toContain('BARRIER=1');
    await service.end('SIGTERM');
  });

  it('is not fed while a job holds up everything', async () => {
    place.write(
      'nightshift.config.ts',
      config('').replace(
        "engine('tick', { every: '100ms', run: () => 1 })",
        "engine('loop', { run: () => { for (;;); } })",
      ),
    );
    const service = await place.start({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '400000' });
    await eventually('some food', () => messages().filter((line) => line.includes('WATCHDOG=1')).length > 1);
    void place.send(service.url, 'engine/loop', 'engine.trigger').catch(() => {});
    await wait(600);
    const fed = messages().length;
    await wait(1_500);
    expect(messages().length).toBe(fed);
    await service.end('SIGKILL');
  });
});
