/**
 * How a service tells systemd of itself.
 *
 * Node has no socket for it. The library of systemd itself has, which is called by way of ffi-rs. Where one of the two is not there, the program
 * `systemd-notify` does it, a process of its own, which is heard only where the unit has `NotifyAccess=all`.
 *
 * @see sd_notify(3); systemd.service(5), `NotifyAccess=`
 */
import { getSystemErrorName } from 'node:util';
import type { Clock } from '../clock.ts';

const patienceMs = 5_000;
const library = 'systemd';

/** Whether this very process can be heard, so that no other need be. */
export async function speaksForItself(): Promise<boolean> {
  return (await caller()) !== null;
}

/**
 * Tells it some `NAME=value`. Where to, the environment of the process says: `NOTIFY_SOCKET`.
 *
 * @throws when nobody is there, and when nobody listens for five seconds
 */
export async function sdNotify(
  { NOTIFY_SOCKET = '', PATH }: NodeJS.ProcessEnv,
  assignments: readonly string[],
  clock: Clock,
): Promise<void> {
  const call = await caller();
  if (call) return within(patienceMs, call(assignments.join('\n')), NOTIFY_SOCKET, clock);
  const { execa } = await import('execa');
  await execa('systemd-notify', assignments, { env: { NOTIFY_SOCKET, PATH }, extendEnv: false, timeout: patienceMs });
}

/** Calls the function of the library in a thread of its own, for it waits where systemd does not read. Null where it cannot be called. */
async function caller(): Promise<((state: string) => Promise<number>) | null> {
  try {
    const { open, load, DataType } = await import('ffi-rs');
    open({ library, path: 'libsystemd.so.0' });
    return (state) =>
      load({
        ...{ library, funcName: 'sd_notify', retType: DataType.I32, runInNewThread: true },
        paramsType: [DataType.I32, DataType.String],
        paramsValue: [0, state],
      });
  } catch {
    return null;
  }
}

/** @param told the function's own answer: positive for sent, else an error's number */
async function within(ms: number, told: Promise<number>, socket: string, clock: Clock): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const failed = (why: string) => new Error(`${socket}: found ${why}, expected systemd to hear of the service.`);
  const cancel = clock.after(ms, () => reject(failed(`nobody who reads for ${ms / 1_000} s`)));
  try {
    const answer = await Promise.race([told, promise]);
    if (answer <= 0) throw failed(answer < 0 ? getSystemErrorName(answer) : 'no NOTIFY_SOCKET');
  } finally {
    cancel();
  }
}
