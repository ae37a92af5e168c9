/**
 * Expected beats: when a job that does well would show it next, and how long it is waited for.
 *
 * @see Healthchecks, "Configuring Checks": period, grace time, cron expressions
 */
import { nextDue, type Schedule } from './schedule.ts';
import type { HeartbeatSettings } from './settings.ts';
import { nextOpening } from './window.ts';

const hourMs = 3_600_000;

/** When the first beat after an instant is due: with a window, when that is open. @returns epoch ms; null for never */
export function expectedAfter({ schedule, window }: HeartbeatSettings, anchorAt: number, at: number): number | null {
  const due = nextDue(schedule, anchorAt, at);
  return due === null || !window ? due : nextOpening(window, due);
}

/**
 * How long a late beat is waited for unless somebody says otherwise: one more interval for jobs that run hourly or more often,
 * so that they are missing after twice their interval, and an hour for rarer ones.
 *
 * @param at from where the interval of a cron expression is taken, epoch ms
 */
export function defaultGraceMs(schedule: Schedule, at: number): number {
  if (schedule.kind === 'every') return Math.min(schedule.everyMs, hourMs);
  const first = nextDue(schedule, at, at);
  const second = first === null ? null : nextDue(schedule, at, first);
  return first === null || second === null ? hourMs : Math.min(second - first, hourMs);
}
