/**
 * systemd: told that the service is up, that it gets on, that it reloads, and that it stops. It ends and restarts one that falls silent.
 *
 * @see sd_notify(3), sd_watchdog_enabled(3), systemd.service(5)
 */
import { type Clock, machineMicroseconds } from '../clock.ts';
import { stopMsMax } from '../policies/stop-length.ts';
import { sdNotify } from './sd-notify.ts';
import type { Watchdog } from './watchdog.ts';

/** How systemd wants to be told; undefined when nobody there listens. */
export function systemd(
  env: NodeJS.ProcessEnv,
  drainMs: number,
  clock: Clock,
  now = machineMicroseconds,
): Watchdog | undefined {
  const { NOTIFY_SOCKET, WATCHDOG_USEC } = env;
  if (!NOTIFY_SOCKET) return undefined;
  const notify = (...assignments: string[]) => sdNotify(env, assignments, clock);
  const limitMs = Number(WATCHDOG_USEC) / 1_000;
  const isWatched = Number.isFinite(limitMs) && limitMs > 0;
  return {
    // Twice in the time that systemd allows; without a limit, only what it shows is kept fresh.
    everyMs: isWatched ? limitMs / 2 : 60_000,
    started: () => notify('READY=1', status('running')),
    feed: () => notify(...(isWatched ? ['WATCHDOG=1'] : []), status('running')),
    failed: (reason) => notify(status(reason)),
    endures: async () => {
      if (isWatched) await notify('WATCHDOG=1');
    },
    // What was fed last counts from here: the drain takes its time.
    reloading: () =>
      notify(
        'RELOADING=1',
        `MONOTONIC_USEC=${now()}`,
        ...(isWatched ? ['WATCHDOG=1'] : []),
        status('looking at the new config'),
      ),
    // However long the drain is, the unit need not say so too.
    stopping: () =>
      notify('STOPPING=1', status('stopping'), `EXTEND_TIMEOUT_USEC=${Math.round(stopMsMax(drainMs) * 1_000)}`),
  };
}

/** What it shows beside the service. A line break would begin another assignment. */
function status(text: string): string {
  return `STATUS=${text.replace(/\s*[\r\n]\s*/g, ' ')}`;
}
