/**
 * Plans: what is to go wrong on a path, and where.
 *
 * A point is a place that a run comes by: a call, a commit, a refresh of a token, the start of a program, or a moment in which
 * everything stands still. What is planned happens in its order, each at its point; `skip` says how often the point is passed before
 * that, counted from what happened before.
 */
import type { Fault, KillFault } from '../faults/fault.ts';

export interface Point {
  kind: 'call' | 'token' | 'commit' | 'program' | 'amid' | 'state';
  /** Tells points apart. */
  key: string;
  /** As in `upload`, for whoever reads a path. */
  label: string;
  /** The service that is called there. */
  service?: string;
}

export interface Disturbance {
  point: Point;
  skip: number;
  fault: Fault;
}

/** How long nobody is there after a crash. */
const downMs = 2_000;

/** The process is gone, at a moment in which everything stands still. */
export const crash: KillFault = {
  kind: 'kill',
  name: 'crash',
  when: 'before',
  downMs,
  afterwards: 'After the restart everything is in the state it was in, and no finished step is done again.',
};

/** The nth call to a service within one start of a step, from 1, or outside of every step. */
export function callPoint(step: string | null, service: string, nth: number): Point {
  return { kind: 'call', key: `call ${step ?? ''}|${service}|${nth}`, label: callLabel(step, service, nth), service };
}

/** While that call is under way. */
export function amidPoint(point: Point): Point {
  return { ...point, kind: 'amid', key: `amid ${point.key}` };
}

export function tokenPoint(token: string): Point {
  return { kind: 'token', key: `token ${token}`, label: `token ${token}` };
}

/** The commit with which a run begins or ends. */
export function edgePoint(which: 'begin' | 'end'): Point {
  return { kind: 'commit', key: which, label: which === 'begin' ? 'beginning' : 'ending' };
}

/** The commit that keeps what a step returned. */
export function keepPoint(step: string): Point {
  return { kind: 'commit', key: `keep ${step}`, label: `keeping ${step}` };
}

export function programPoint(): Point {
  return { kind: 'program', key: 'program', label: 'program' };
}

/** The engine has come into the state, and everything stands still. */
export function statePoint(state: string): Point {
  return { kind: 'state', key: `state ${state}`, label: state };
}

function callLabel(step: string | null, service: string, nth: number): string {
  const which = nth === 1 ? '' : ` (call ${nth})`;
  return step === null ? `${service}${which}` : `${step}${which}`;
}
