/**
 * What systemd hears, on a real datagram socket.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { speaksForItself } from '../../src/watchdog/sd-notify.ts';
import { systemd } from '../../src/watchdog/systemd.ts';
import { mustHave } from '../demo/programs.ts';
import { eventually } from '../eventually.ts';
import { NotifySocket } from './notify-socket.ts';

describe.runIf((await speaksForItself()) || mustHave)('systemd', () => {
  let folder: string;
  let socket: NotifySocket;
  const clock = new VirtualClock();
  const told = (path: string) => {
    vi.stubEnv('NOTIFY_SOCKET', path);
    const dog = systemd(process.env, 10_000, clock, () => 12n);
    if (!dog) throw new Error('nobody listens');
    return dog;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nightshift-systemd-'));
    socket = await NotifySocket.open(join(folder, 'notify'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await socket.close();
    rmSync(folder, { recursive: true });
  });

  it('hears each thing from the service itself', async () => {
    vi.stubEnv('WATCHDOG_USEC', '60000000');
    const dog = told(socket.listens().path);
    expect(dog.everyMs).toBe(30_000);
    await dog.started();
    await dog.feed();
    await dog.endures?.();
    await dog.reloading?.();
    await dog.stopping(null);
    await eventually('all of it', () => socket.messages.length === 5);
    expect(socket.messages.map(({ text }) => text)).toEqual([
      'READY=1 | STATUS=running',
      'WATCHDOG=1 | STATUS=running',
      'WATCHDOG=1',
      'RELOADING=1 | MONOTONIC_USEC=12 | WATCHDOG=1 | STATUS=looking at the new config',
      'STOPPING=1 | STATUS=stopping | EXTEND_TIMEOUT_USEC=25000000',
    ]);
    for (const { pid } of socket.messages) expect(pid).toBe(process.pid);
  });

  it('takes no word for more than a word: a line break in it begins nothing', async () => {
    await told(socket.listens().path).failed('the store says:\r\n  MAINPID=1');
    await eventually('it', () => socket.messages.length === 1);
    expect(socket.messages[0]?.text).toBe('STATUS=the store says: MAINPID=1');
  });

  it('that is not there is an error that says so', async () => {
    const path = join(folder, 'nobody');
    await expect(told(path).feed()).rejects.toThrow(`${path}: found ENOENT, expected systemd to hear of the service.`);
  });

  it('that does not read is waited for five seconds, and files are read and written meanwhile', async () => {
    const dog = told(socket.path);
    const queue = Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8'));
    // The first of a queue that is full waits, too.
    for (let n = 0; n <= queue; n += 1) await dog.feed();
    const fed = Array.from({ length: 12 }, () => dog.feed().catch(({ message }: Error) => message));
    await clock.advance(4_900);
    expect((await readFile('/proc/self/stat')).length).toBeGreaterThan(0);
    await clock.advance(100);
    const silent = `${socket.path}: found nobody who reads for 5 s, expected systemd to hear of the service.`;
    expect(await Promise.all(fed)).toEqual(fed.map(() => silent));

    const late = dog.stopping(null);
    socket.listens();
    await eventually('what it had not read', () => socket.messages.length > queue);
    await clock.advance(100);
    await late;
    await eventually('what has waited', () => socket.messages.at(-1)?.text.startsWith('STOPPING=1'));
  });

  it('hears it once there is a handle again, when there was none at the first word', async () => {
    const script = `
import { closeSync, openSync } from 'node:fs';
const { sdNotify, speaksForItself } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/watchdog/sd-notify.ts'))});
await speaksForItself();
const say = (what) => sdNotify(process.env, [what], undefined).then(() => 'heard', ({ message }) => message);
const taken = [];
try { for (;;) taken.push(openSync('/dev/null')); } catch {}
const first = await say('STATUS=first');
for (const each of taken) closeSync(each);
console.log(first, '/', await say('STATUS=second'));`;
    const run = 'ulimit -n 200 && exec "$0" --input-type=module --eval "$1"';
    const env = { ...process.env, NOTIFY_SOCKET: socket.listens().path };
    const said = execFileSync('sh', ['-c', run, process.execPath, script], { encoding: 'utf8', env });
    expect(said).toBe(`${socket.path}: found EMFILE, expected systemd to hear of the service. / heard\n`);
    await eventually('it', () => socket.messages.length === 1);
  });

  it('costs no question for the name of a host, when the service is connected with some', () => {
    const script = `
const { report } = process;
const { getReport } = report;
report.getReport = (...args) => {
  console.log('without the network:', report.excludeNetwork);
  return Reflect.apply(getReport, report, args);
};
const { speaksForItself } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/watchdog/sd-notify.ts'))});
console.log('speaks:', await speaksForItself());
console.log('afterwards:', report.excludeNetwork);`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect(said).toBe('without the network: true\nspeaks: true\nafterwards: false\n');
  });
});
