/**
 * What systemd hears, on a real datagram socket.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  /** The library of systemd looks into the environment of the process by itself. */
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

  it('that does not read is waited for five seconds, and the service goes on', async () => {
    const dog = told(socket.path);
    const queue = Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8'));
    for (let n = 0; n < queue; n += 1) await dog.feed();
    const fed = [1, 2, 3].map(() => dog.feed().catch(({ message }: Error) => message));
    await clock.advance(5_000);
    expect(await Promise.all(fed)).toContain(
      `${socket.path}: found nobody who reads for 5 s, expected systemd to hear of the service.`,
    );
  });
});
