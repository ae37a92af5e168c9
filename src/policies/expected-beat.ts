/**
 * Expected beats: when a job that does well would show it next, and how long it is waited for.
 *
 * @see Healthchecks, "Configuring Checks": period, grace time, cron expressions
 */
import { nextDue, type Schedule } from './schedule.ts';
import type { HeartbeatSettings } from './settings.ts';
import { nextOpening } from './window.ts';

const hourMs = 3_600_000;
/** A timer that fires later than this after its time was not watched by anybody: the machine was off, or asleep. */
const unseenMs = 60_000;

/** When the first beat after an instant is due: with a window, when that is open. @returns epoch ms; null for never */
export function expectedAfter({ schedule, window }: HeartbeatSettings, anchorAt: number, at: number): number | null {
  const due = nextDue(schedule, anchorAt, at);
  return due === null || !window ? due : nextOpening(window, due);
}

/**
 * How long a late beat is waited for unless somebody says otherwise: one more interval for jobs that run hourly or more often,
 * so that they are missing after twice their interval; for rarer ones an hour, or as long as a run may take.
 *
 * @param timeoutMs longest that an attempt of a run may take
 * @param at from where the interval of a cron expression is taken, epoch ms
 */
export function defaultGraceMs(schedule: Schedule, timeoutMs: number, at: number): number {
  const intervalMs = intervalOf(schedule, at);
  return intervalMs !== null && intervalMs <= hourMs ? intervalMs : Math.max(hourMs, timeoutMs);
}

function intervalOf(schedule: Schedule, at: number): number | null {
  if (schedule.kind === 'every') return schedule.everyMs;
  const first = nextDue(schedule, at, at);
  const second = first === null ? null : nextDue(schedule, at, first);
  return first === null || second === null ? null : second - first;
}

/** Whether nobody was there when this instant passed. Both epoch ms. */
export function isLongPast(instant: number, at: number): boolean {
  return at - instant > unseenMs;
}

/**
 * From when the grace of a beat counts that has not come: from when it was due, unless nobody was there then.
 *
 * @param at when it turned out to be late, epoch ms
 */
export function graceFrom(expectedAt: number | null, at: number): number {
  return expectedAt === null || isLongPast(expectedAt, at) ? at : expectedAt;
}
