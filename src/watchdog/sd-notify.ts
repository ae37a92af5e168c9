/**
 * How a service tells systemd of itself: by a datagram to the socket that `NOTIFY_SOCKET` names.
 *
 * Node has no such socket. The C library of its process has, which is called by way of ffi-rs. Where that is not there, the program
 * `systemd-notify` does it, a process of its own, which is heard only where the unit has `NotifyAccess=all`.
 *
 * No call waits for systemd to read. One that did would hold up the event loop, or one of the few threads that Node has for files, and the
 * end of the process with it.
 *
 * @see sd_notify(3), "Notes", for what is sent where; unix(7); systemd.service(5), `NotifyAccess=`
 */
import { constants, endianness } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Clock } from '../clock.ts';

const patienceMs = 5_000;
const pauseMs = 100;

/** Of Linux, as in its `socket.h`. */
const unix = 1;
const datagramsUntilExec = 0x80002;
const withoutWaitOrSignal = 0x4040;

/** Sends once. @returns what the system says to it: 0, or an error's number, below 0 */
type Send = (socket: string, text: string) => number;

let made: Promise<Send | null> | undefined;

/** Whether this very process can be heard, so that no other need be. */
export async function speaksForItself(): Promise<boolean> {
  return (await sender()) !== null;
}

/**
 * Tells it some `NAME=value`.
 *
 * @param env `NOTIFY_SOCKET` says where to
 * @throws when nobody is there, and when nobody reads for five seconds
 */
export async function sdNotify(
  { NOTIFY_SOCKET = '', PATH }: NodeJS.ProcessEnv,
  assignments: readonly string[],
  clock: Clock,
): Promise<void> {
  const send = await sender();
  if (send) return untilRead(NOTIFY_SOCKET, () => send(NOTIFY_SOCKET, assignments.join('\n')), clock);
  const { execa } = await import('execa');
  await execa('systemd-notify', assignments, { env: { NOTIFY_SOCKET, PATH }, extendEnv: false, timeout: patienceMs });
}

async function untilRead(socket: string, send: () => number, clock: Clock): Promise<void> {
  const failed = (why: string) => new Error(`${socket}: found ${why}, expected systemd to hear of the service.`);
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const answer = send();
    if (answer === 0) return;
    if (answer !== -constants.errno.EAGAIN) throw failed(getSystemErrorName(answer));
    if (waitedMs >= patienceMs) throw failed(`nobody who reads for ${patienceMs / 1_000} s`);
    await new Promise<void>((next) => clock.after(pauseMs, next));
  }
}

/** Null where the C library cannot be called. One socket does for as long as the process lives. */
function sender(): Promise<Send | null> {
  made ??= makeSender().catch(() => null);
  return made;
}

async function makeSender(): Promise<Send> {
  const { open, load, DataType } = await ffi();
  const library = 'process';
  // All that is loaded already.
  open({ library, path: '' });
  const { I32, U64, U8Array } = DataType;
  const call = (funcName: string, paramsType: (typeof I32 | typeof U64 | typeof U8Array)[], paramsValue: unknown[]) => {
    const told = load({ library, funcName, retType: I32, paramsType, paramsValue, errno: true });
    // Types that name a constant cannot tell one case from the other.
    const { value, errnoCode } = told as Exclude<typeof told, number>;
    return value < 0 ? -errnoCode : value;
  };
  // What the system refuses once, it may give the next time: a process that has no handle left may have one again.
  let socket = -1;
  return (path, text) => {
    if (socket < 0) socket = call('socket', [I32, I32, I32], [unix, datagramsUntilExec, 0]);
    if (socket < 0) return socket;
    const to = address(path);
    const what = Buffer.from(text);
    const answer = call(
      'sendto',
      [I32, U8Array, U64, I32, U8Array, I32],
      [socket, what, what.length, withoutWaitOrSignal, to, to.length],
    );
    return Math.min(answer, 0);
  };
}

/** It looks which C library there is by way of a diagnostic report, in which Node asks for the name of each host that it is connected with. */
async function ffi(): Promise<typeof import('ffi-rs')> {
  // Not in the types yet.
  const report = process.report as { excludeNetwork?: boolean };
  const { excludeNetwork = false } = report;
  report.excludeNetwork = true;
  try {
    return await import('ffi-rs');
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}

/** A `sockaddr_un`. An `@` in front stands for the 0 of an abstract one. */
function address(path: string): Buffer {
  const family = Buffer.alloc(2);
  if (endianness() === 'LE') family.writeUInt16LE(unix);
  else family.writeUInt16BE(unix);
  return Buffer.concat([family, Buffer.from(path.replace(/^@/, '\0'))]);
}
