/**
 * A clock that was hours ahead, and has been set right.
 *
 * What is due goes by the clock on the wall, and what was done at instants that come a second time is not done again. A clock that was
 * wrong by a year for a minute would leave every engine without a run for a year by that. So who has been set back by more than three
 * hours counts as set right: the instants that only the wrong clock has shown are forgotten, and the schedule goes on from the present
 * one. Cron has the same bound.
 *
 * @see cron(8) of Debian, "NOTES"
 */
import type { EngineContext } from './engine.ts';
import type { Due } from './run.ts';
import { nextDue } from './schedule.ts';

/** A clock that is set back by less leaves what comes a second time as it was done. */
export const correctionMsMin = 3 * 3_600_000;

/** Whether an event tells an engine so: what the clock has shown counts for nothing from then on. */
export function isSetRight(event: { type: string }): boolean {
  return event.type === 'settings.changed' && 'setBackMs' in event;
}

/** Whether an engine waits for a due time although its schedule has an earlier one. */
export function waitsPast({ due, anchorAt }: Pick<EngineContext, 'due' | 'anchorAt'>, now: number): boolean {
  if (due === null || due.at <= now) return false;
  // A success is nothing that is still to come.
  if (due.schedule.kind === 'after') return true;
  const next = nextDue(due.schedule, Math.min(anchorAt, now), now);
  return next !== null && next < due.at;
}

/** The latest instant that an engine knows to have been, epoch ms. */
export function lastKnownAt({ last, run, anchorAt }: Pick<EngineContext, 'last' | 'run' | 'anchorAt'>): number {
  return Math.max(anchorAt, last?.endedAt ?? anchorAt, run?.attemptAt ?? anchorAt);
}

/**
 * What an engine remembers, by the clock as it is now. What it has done was before now; what it waits for is as far away as it was.
 *
 * @param setBackMs how far the clock was ahead
 */
export function setRight(context: EngineContext, setBackMs: number, now: number): EngineContext {
  const { anchorAt, retryAt, last, run, hold, due } = context;
  const past = (at: number) => Math.min(at, now);
  const toCome = (at: number) => (at > now ? Math.max(at - setBackMs, now) : at);
  return {
    ...context,
    anchorAt: past(anchorAt),
    retryAt: toCome(retryAt),
    last: last && { ...last, endedAt: past(last.endedAt) },
    run: run && {
      ...run,
      attemptAt: past(run.attemptAt),
      startedAt: run.startedAt === null ? null : past(run.startedAt),
    },
    hold: hold && 'until' in hold ? { ...hold, until: toCome(hold.until) } : hold,
    due: due && followedBy(due, now),
  };
}

/** Due since a success: that has been, whatever the clock says. */
function followedBy(due: Due, now: number): Due {
  if (due.schedule.kind !== 'after') return due;
  const times = due.schedule.times.map((time) => Math.min(time, now));
  return { at: Math.min(due.at, now), schedule: { ...due.schedule, times } };
}
