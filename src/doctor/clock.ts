/**
 * Whether the machine's clock can be believed: schedules go by it.
 */
import { existsSync } from 'node:fs';
import { formatDuration } from '../policies/duration.ts';
import { type Finding, findings } from './finding.ts';

const clock = findings('clock');
const setNtp = 'timedatectl set-ntp true';

/** What is known of the clock from outside of it. */
export interface ClockFacts {
  /** The last moment that the store knows of, epoch ms; null when it knows none. */
  lastKnownAt: number | null;
  /** Whether somebody keeps the clock right; null when nobody says. */
  isSynchronised: boolean | null;
}

/** A second or two is what a clock may be set back by in passing. */
const setBackMsMax = 60_000;

export function checkClock({ lastKnownAt, isSynchronised }: ClockFacts, now: number): Finding[] {
  const time = new Date(now).toISOString();
  const behindMs = lastKnownAt === null ? 0 : lastKnownAt - now;
  return [
    behindMs > setBackMsMax
      ? clock.problem(
          `it is ${time} by the clock, and the service has been at work ${formatDuration(behindMs)} after that: nothing is due until then`,
          setNtp,
        )
      : clock.ok(`it is ${time}`),
    isSynchronised === false
      ? clock.warning('nobody keeps the clock right: it drifts by some seconds a day', setNtp)
      : clock.ok(
          isSynchronised ? 'it is kept right over the network' : 'whether somebody keeps it right is not known here',
        ),
  ];
}

/** As systemd-timesyncd(8) says it; null where systemd is not at work, or another program sees to the clock. */
export function isSynchronised(run = '/run/systemd'): boolean | null {
  if (existsSync(`${run}/timesync/synchronized`)) return true;
  return existsSync(`${run}/timesync`) ? false : null;
}
