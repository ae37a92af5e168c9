/**
 * Log lines of the service, one JSON object each, and what the judge learns from them.
 */
import type { Failure } from '../../src/policies/failure.ts';
import type { Fact } from '../hostile-world/judge.ts';

/** As far as the demo reads it. Instants are epoch milliseconds. */
export interface Line {
  msg: string;
  /** When it was written: what it tells of is on disk. */
  time: number;
  level: number;
  actor?: string;
  from?: string;
  to?: string;
  event?: string;
  step?: string;
  /** The instant of the event, before it was on disk. */
  at?: number;
  run?: string;
  attempt?: number;
  reason?: string;
  waitsFor?: string;
  next?: string;
  failure?: Failure;
  skipped?: string[];
  served?: Record<string, string[]>;
  [more: string]: unknown;
}

/** Undefined for a text that is no line of the log. */
export function lineIn(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    // The last one of a process that was killed.
    return undefined;
  }
}

export function factIn({ actor = '', to, event = '', time, at = time, run, step }: Line): Fact | undefined {
  if (actor.startsWith('breaker/') && to !== undefined) {
    return { kind: 'breaker', service: actor.slice('breaker/'.length), state: to, at: time, event, eventAt: at };
  }
  if (event === 'step.completed' && run !== undefined && step !== undefined)
    return { kind: 'step', run, step, at: time };
  return undefined;
}
