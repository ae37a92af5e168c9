/**
 * Mishaps: what something that goes wrong makes of where a forecast stands.
 */
import { stateName } from '../../policies/state-name.ts';
import type { DurableSnapshot } from '../../stream.ts';
import type { DiskFault, KillFault, MachineFault } from '../faults/fault.ts';
import { acted } from './course.ts';
import type { Point } from './plan.ts';
import { engineOf, type Grounds, type Stand, type Work } from './stand.ts';
import { withStates } from './states.ts';
import { ended } from './telling.ts';
import { unfinished, working } from './work.ts';

/** How late a wait may find out that the clock has jumped. */
const noticeMs = 30_000;

/** What a fault does to the clocks, in milliseconds. */
export interface Jump {
  /** By how much the wall clock is set. */
  setMs: number;
  /** How long the machine sleeps. */
  sleptMs: number;
}

/** The attempt goes on as it was seen to when that went wrong. */
export function mishap(stand: Stand, grounds: Grounds, point: Point, fault: string, jump?: Jump): Stand {
  const work = stand.work as Work;
  const mishaps = [...work.mishaps, `${point.key}=${fault}`];
  const attempt = grounds.learnt.attempt(mishaps);
  if (!attempt) return { ...stand, missing: { mishaps } };
  const acts = unfinished(stand, attempt.acts);
  const key = point.key.replace(/^amid /, '');
  const place = acts.findIndex((act) => (act.kind === 'call' || act.kind === 'program') && act.point.key === key);
  const act = acts[place];
  if (!act) return { ...stand, missing: null, isOver: true };
  const { skippable, windows } = attempt;
  const begun: Stand = { ...stand, work: { ...work, mishaps, acts, skippable, windows, next: place } };
  const on = acted(begun, grounds, act);
  if (point.kind !== 'amid' || !on.work) return on;
  const now = on.now + (jump?.setMs ?? 0);
  // An attempt whose time was over by then did nothing more.
  const sleptMs = acts[place + 1]?.after ?? jump?.sleptMs ?? 0;
  return { ...on, now, noticesAt: now + sleptMs + noticeMs, work: { ...on.work, at: now } };
}

/** A refresh of a token ends as it was seen to when that went wrong. */
export function refused(stand: Stand, grounds: Grounds, token: string, fault: string): Stand {
  const error = grounds.learnt.refusal(token, fault);
  return error
    ? ended(stand, grounds, `token/${token}`, 'refresh', { error })
    : { ...stand, missing: { token, fault } };
}

/**
 * The process is gone for a while; what was under way begins anew from what is on disk.
 *
 * @param heard the states that somebody has heard of: of what was committed with the last breath, only where it led to is seen
 */
export function killed(stand: Stand, { learnt }: Grounds, { downMs }: KillFault, heard: Stand['states']): Stand {
  const now = stand.now + downMs;
  const noticesAt = Math.min(stand.noticesAt, now);
  const states = withStates(heard, [stateName((stand.actors[engineOf] as DurableSnapshot).value)]);
  const back: Stand = { ...stand, now, bornAt: now, noticesAt, entered: null, states };
  return stand.work && !stand.isOver ? working(back, learnt) : back;
}

/** The disk takes a write later. */
export function delayed(stand: Stand, { lastsMs }: DiskFault): Stand {
  const now = stand.now + lastsMs;
  return { ...stand, now, ...(stand.work && { work: { ...stand.work, at: now } }) };
}

export function jumped(stand: Stand, fault: MachineFault): Stand {
  const { setMs, sleptMs } = jumpOf(fault, stand.now);
  const sleeps = sleptMs > 0 ? [...stand.sleeps, { at: stand.now, ms: sleptMs }] : stand.sleeps;
  return { ...stand, now: stand.now + setMs + sleptMs, sleeps };
}

export function jumpOf({ happen }: MachineFault, now: number): Jump {
  const jump = { setMs: 0, sleptMs: 0 };
  void happen({
    now: () => now,
    setWall: (byMs) => {
      jump.setMs += byMs;
    },
    sleep: (ms) => {
      jump.sleptMs += ms;
    },
    startSecond: () => undefined,
    ringTwice: () => {},
    rejectToken: () => {},
    revokeGrant: () => {},
  });
  return jump;
}
