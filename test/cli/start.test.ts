/**
 * The service's own start and end: what it says, where, and how signals end it.
 */
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { selfSigned } from '../dashboard/self-signed.ts';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

const calm = `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { drain: '200ms' },
  engines: [
    engine('hello', { run: () => 'hello' }),
    engine('slow', { run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }),
  ],
});
`;

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.dispose());

it('says once that it made a key, and shows the routine at debug alone, whether the config or the command says so', async () => {
  const wordy = calm.replace('supervision:', "log: { level: 'debug' }, supervision:");
  const said = async (config: string, environment: Record<string, string>, ...args: string[]) => {
    place.write('nightshift.config.ts', config);
    const service = await place.start(environment, ...args);
    await service.end('SIGTERM');
    return {
      keys: service.log().split('vault.key.created').length - 1,
      routine: service.log().includes('"level":20'),
    };
  };
  expect(await said(calm, {})).toEqual({ keys: 1, routine: false });
  expect(await said(calm, {}, '--log-level', 'debug')).toEqual({ keys: 0, routine: true });
  const given = { NIGHTSHIFT_KEY: Buffer.alloc(32, 7).toString('base64') };
  expect(await said(wordy, given)).toEqual({ keys: 0, routine: true });
  expect(await said(wordy, given, '--log-level', 'info')).toEqual({ keys: 0, routine: false });
});

// Elsewhere the program that makes a terminal takes other arguments.
it.runIf(process.platform === 'linux')('in a terminal logs for people, and ends when that is closed', async () => {
  place.write('nightshift.config.ts', calm);
  const { shown, pid, ended } = await place.startInTerminal();
  process.kill(pid, 'SIGHUP');
  await ended;
  expect(shown()).toContain('service.draining signal=SIGHUP');
  expect(shown()).not.toContain('service.reloading');
  expect(shown()).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] INFO: service\.ready url=http:/m);
  expect(shown()).not.toContain('"level":30');
});

it.each(['--port', 'listen.port'])('makes no data folder where the port of %s is taken', async (option) => {
  await using other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { certFile: cert, keyFile: key } = selfSigned(place.folder, 'DNS:night.example');
  const listen = { host: '127.0.0.1', port, tls: { cert, key } };
  const isElsewhere = option === 'listen.port';
  const config = isElsewhere ? calm.replace('engines: [', `listen: ${JSON.stringify(listen)}, engines: [`) : calm;
  place.write('nightshift.config.ts', config);
  expect(await place.run('start', '--port', isElsewhere ? '0' : String(port))).toMatchObject({
    code: 1,
    err: expect.stringContaining(
      `127.0.0.1:${port}: found the port taken, expected a free one. Choose another with ${option}`,
    ),
  });
  expect(existsSync(place.data)).toBe(false);
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
  await place.runOnce(service, 'hello');
  expect((await service.actors())['engine/hello']?.lastRun?.result).toBe('success');
  expect(await service.end('SIGTERM')).toBe(0);
});

it('leaves a damaged database as it is, and says how to put a copy in its place', async () => {
  place.write('nightshift.config.ts', calm);
  mkdirSync(place.data, { mode: 0o700 });
  const file = place.write('.nightshift/nightshift.db', 'this is no database at all, by any means');
  const { code, err } = await place.runAlone('start', '--port', '0');
  expect(code).toBe(1);
  expect(err).toMatch(/found a damaged database .* left untouched.* nightshift recover/s);
  expect(err).not.toMatch(/^ +at /m);
  expect(readFileSync(file, 'utf8')).toBe('this is no database at all, by any means');
});
