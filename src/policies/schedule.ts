/**
 * Schedules: when something is due.
 *
 * A due time is always worked out from the schedule, never handed on from run to run, so that a missed tick
 * loses nothing. Both kinds are plain JSON and are stored with each due time.
 */
import { lastMatch, nextMatch } from './cron.ts';

/**
 * `offsetMs` moves every due time by the same length: see {@link stableOffsetMs}. `spread` moves each by a length of its own, at
 * most `spanMs` and never past the next one; a hash of the seed and the due time decides it, so that it needs no memory.
 */
export type Schedule = (
  | { kind: 'cron'; expression: string; timeZone: string; offsetMs: number }
  | { kind: 'every'; everyMs: number; offsetMs: number }
  /** Another engine succeeded at these instants (epoch ms, in order): when it will again, nobody knows. */
  | { kind: 'after'; times: number[]; offsetMs: number }
) & { spread?: { seed: string; spanMs: number } };

/** The schedule that is due once after each start of the machine. In its settings it stands for the engine that is run after. */
export const reboot = '@reboot';

/** The last instant that JavaScript can name, in epoch milliseconds. */
const lastInstant = 8.64e15;

/**
 * The first due time strictly after an instant.
 *
 * An interval is due at `anchorAt + offsetMs + n·everyMs`, with n from 0: for the first time at its anchor. A cron
 * expression needs no anchor; what it does when the clock changes is told in `cron.ts`.
 *
 * @param anchorAt when the engine came into being, epoch ms
 * @param after epoch ms
 * @returns epoch ms; null when it never comes again, which for cron is after the year 2999
 * @throws {CronError} on an expression or zone that {@link checkCron} refuses
 * @throws {RangeError} on an interval below a millisecond
 */
export function nextDue(schedule: Schedule, anchorAt: number, after: number): number | null {
  if (!schedule.spread) return nextPlain(schedule, anchorAt, after);
  // The latest one up to now may have been moved past it.
  const last = lastPlain(schedule, anchorAt, after);
  const moved = last === null ? null : movedDue(schedule, anchorAt, last);
  if (moved !== null && moved > after) return moved;
  const next = nextPlain(schedule, anchorAt, after);
  return next === null ? null : movedDue(schedule, anchorAt, next);
}

function nextPlain(schedule: Schedule, anchorAt: number, after: number): number | null {
  const { offsetMs } = schedule;
  switch (schedule.kind) {
    case 'cron': {
      const match = nextMatch(schedule.expression, schedule.timeZone, after - offsetMs);
      return match === null ? null : match + offsetMs;
    }
    case 'every': {
      const everyMs = interval(schedule.everyMs);
      const first = anchorAt + offsetMs;
      const due = first + Math.max(Math.floor((after - first) / everyMs) + 1, 0) * everyMs;
      return due <= lastInstant ? due : null;
    }
    case 'after':
      return schedule.times.find((time) => time > after) ?? null;
    default:
      return schedule satisfies never;
  }
}

/**
 * The latest due time in a range, found without counting through it.
 *
 * @param from epoch ms, included
 * @param to epoch ms, included
 * @returns epoch ms; null when nothing is due in the range
 * @throws as {@link nextDue}
 */
export function lastDue(schedule: Schedule, anchorAt: number, from: number, to: number): number | null {
  const due = lastUpTo(schedule, anchorAt, to);
  return due !== null && due >= from ? due : null;
}

function lastUpTo(schedule: Schedule, anchorAt: number, to: number): number | null {
  const last = lastPlain(schedule, anchorAt, to);
  if (last === null || !schedule.spread) return last;
  const moved = movedDue(schedule, anchorAt, last);
  if (moved <= to) return moved;
  const before = lastPlain(schedule, anchorAt, last - 1);
  return before === null ? null : movedDue(schedule, anchorAt, before);
}

/** @param due as the schedule has it, before it is moved */
function movedDue(schedule: Schedule, anchorAt: number, due: number): number {
  const { seed, spanMs } = schedule.spread ?? { seed: '', spanMs: 0 };
  const next = nextPlain(schedule, anchorAt, due) ?? lastInstant;
  return due + stableOffsetMs(`${seed} ${due}`, Math.min(spanMs, next - due));
}

/**
 * A share of the jitter that is the engine's own: a pure hash of its id, so that a restart moves no due time
 * and equal schedules do not start together.
 *
 * @param jitterMs 0 or less for none
 * @returns whole milliseconds in [0, jitterMs)
 * @see Glenn Fowler, Landon Curt Noll, Phong Vo, FNV-1a; Austin Appleby, the finalizer of MurmurHash3
 */
export function stableOffsetMs(id: string, jitterMs: number): number {
  if (!(jitterMs > 0)) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return Math.floor((((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * jitterMs);
}

function lastPlain(schedule: Schedule, anchorAt: number, to: number): number | null {
  const { offsetMs } = schedule;
  switch (schedule.kind) {
    case 'cron': {
      const match = lastMatch(schedule.expression, schedule.timeZone, to - offsetMs);
      return match === null ? null : match + offsetMs;
    }
    case 'every': {
      const everyMs = interval(schedule.everyMs);
      const first = anchorAt + offsetMs;
      return to < first ? null : first + Math.floor((to - first) / everyMs) * everyMs;
    }
    case 'after':
      return schedule.times.findLast((time) => time <= to) ?? null;
    default:
      return schedule satisfies never;
  }
}

function interval(everyMs: number): number {
  if (everyMs >= 1) return everyMs;
  throw new RangeError(`schedule: found an interval of ${everyMs} ms, expected at least 1. Write every: '30m'.`);
}
