/**
 * What an engine remembers, and how its context changes: the decisions behind the chart's named actions.
 */
import type { Json } from '../json.ts';
import { backoffMs } from './backoff.ts';
import { formatDuration } from './duration.ts';
import { type Failure, failureOf, type Obstacle } from './failure.ts';
import { instant } from './instant.ts';
import {
  coalesced,
  type Due,
  type DuesSettled,
  dueAfter,
  passedOver,
  type Run,
  runEnded,
  runReplaced,
  type Served,
  type Settled,
  servedDue,
} from './run.ts';
import type { EngineSettings } from './settings.ts';
import { nextOpening } from './window.ts';

export interface EngineContext {
  id: string;
  settings: EngineSettings;
  /** When the engine first existed, epoch ms: an `every` counts from here. */
  anchorAt: number;
  due: Due | null;
  run: Run | null;
  /** What the run waits for while it is held. */
  hold: Hold | null;
  /** End of the present backoff, epoch ms. */
  retryAt: number;
  /** Length of the present backoff: decorrelated jitter goes on from it. */
  backoffMs: number;
  /** What went wrong last; null once a run has succeeded. */
  failure: Failure | null;
  /** Failed runs in a row. */
  failures: number;
  /** What the last successful run returned. */
  lastGood: Json;
  last: { run: string; result: 'success' | 'failure'; endedAt: number } | null;
}

/** Why a run that is due does not run: until an instant (epoch ms), or until an actor has a tag. */
export type Hold =
  | { kind: 'window' | 'trouble'; reason: string; until: number }
  | ({ kind: 'actor'; reason: string } & Awaited);

/** The actor that is waited for, until it has the tag; or one of several, whichever comes first. */
export type Awaited = { address: string; tag: string; or?: { address: string; tag: string }[] };

/** How long a trouble that everybody has is given before the run looks again. */
const sharedTroubleMs = 30_000;

type AnyEvent = { type: string };

export function timedOut({ id, settings }: EngineContext): Failure {
  const message = `${id}: the run took longer than ${formatDuration(settings.timeoutMs)} and was stopped.`;
  return { class: 'recoverable', code: 'RUN_TIMEOUT', message };
}

/** The step that an event is about. */
export function stepOf(event: AnyEvent): string {
  return (event as { step?: string }).step ?? '';
}

export function isWaitable(failure: Failure): boolean {
  return failure.class === 'degraded' || failure.class === 'shared';
}

/** The actor that stands between the run and its service. */
export function actorOf({ token, service, quota }: Obstacle): Awaited | null {
  if (quota !== undefined) return { address: `quota/${quota}`, tag: 'available' };
  if (token !== undefined) return { address: `token/${token}`, tag: 'usable' };
  if (service !== undefined) return { address: `breaker/${service}`, tag: 'admitting' };
  return null;
}

export function actorHold(failure: Failure): Hold | null {
  const actor = actorOf(failure);
  const or = (failure.instead ?? []).map(actorOf).filter((other) => other !== null);
  return actor && { kind: 'actor', reason: failure.message, ...actor, ...(or.length > 0 && { or }) };
}

export function awaited({ hold }: EngineContext): Awaited {
  if (hold?.kind !== 'actor') return { address: '', tag: '' };
  const { kind: _, reason: __, ...actor } = hold;
  return actor;
}

export function timeHold(event: AnyEvent): Hold {
  const { message, until = instant(event) + sharedTroubleMs } = failureOf(event);
  return { kind: 'trouble', reason: message, until };
}

export function windowHold({ window, windowName }: EngineSettings, at: number): Hold {
  const until = window ? nextOpening(window, at) : at;
  return { kind: 'window', reason: `the window '${windowName}' is closed`, until };
}

export function hasTriesLeft({ run, settings }: EngineContext): boolean {
  return run !== null && run.attempt < settings.retry.tries;
}

export function runId({ id }: EngineContext, event: AnyEvent): string {
  const { chance = 0 } = event as { chance?: number };
  return `${id}.${instant(event).toString(36)}.${Math.floor(chance * 2 ** 32).toString(36)}`;
}

/** The due time that a run beginning now serves: the latest that has passed, or, where each has its own, the earliest. */
export function served({ due, anchorAt, settings }: EngineContext, event: AnyEvent): number {
  if (!due) return instant(event);
  return settings.catchUp === 'all' ? due.at : servedDue(due, anchorAt, instant(event));
}

/** The due times that a run beginning now serves besides its own. */
export function servedAsWell(context: EngineContext, event: AnyEvent): Settled[] {
  const { due, anchorAt } = context;
  return due ? coalesced(due, anchorAt, served(context, event), runId(context, event)) : [];
}

/** The first due time that is still to be decided about, once that run has begun. */
export function dueNext({ due, anchorAt, settings }: EngineContext, event: AnyEvent): Due | null {
  const upTo = settings.catchUp === 'all' && due ? due.at : instant(event);
  return dueAfter(settings.schedule, anchorAt, upTo);
}

export function newRun(context: EngineContext, event: AnyEvent, trigger: Run['trigger']): Run {
  const at = instant(event);
  return {
    id: runId(context, event),
    trigger,
    dueAt: trigger === 'schedule' ? served(context, event) : at,
    startedAt: null,
    attemptAt: at,
    attempt: 1,
    refreshed: false,
    steps: {},
    begun: [],
    skipped: [],
  };
}

export function withRun({ run }: EngineContext, change: (run: Run) => Partial<Run>): Run | null {
  return run && { ...run, ...change(run) };
}

/** A finished step: its result is kept, and how far it had come is of no more use. */
export function finished(run: Run, event: AnyEvent): Partial<Run> {
  const step = stepOf(event);
  const { [step]: _, ...progress } = run.progress ?? {};
  const { output = null, served } = event as { output?: Json; served?: Served };
  return {
    steps: { ...run.steps, [step]: output },
    ...(run.progress && { progress }),
    ...(served && { served }),
    begun: run.begun.filter((begun) => begun !== step),
    refreshed: false,
  };
}

export function begun(context: EngineContext, event: AnyEvent, more: 0 | 1): Run | null {
  const at = instant(event);
  return withRun(context, (run) => ({
    attemptAt: at,
    startedAt: run.startedAt ?? at,
    attempt: run.attempt + more,
  }));
}

export function backedOff(context: EngineContext, event: AnyEvent, failure: Failure) {
  const { chance = 0 } = event as { chance?: number };
  const wait = backoffMs(context.settings.retry, context.run?.attempt ?? 1, chance, {
    floorMs: failure.retryAfterMs ?? 0,
    previousMs: context.backoffMs,
  });
  return { failure, backoffMs: wait, retryAt: instant(event) + wait };
}

export function ended(context: EngineContext, event: AnyEvent, result: 'success' | 'failure') {
  const endedAt = instant(event);
  return {
    run: null,
    hold: null,
    backoffMs: 0,
    last: { run: context.run?.id ?? '', result, endedAt },
    // What came meanwhile and is not skipped has its turn now.
    due: skipsOverlap(context) ? nextUndecided(context, endedAt) : context.due,
  };
}

export function nextUndecided({ due, settings, anchorAt }: EngineContext, at: number): Due | null {
  return due && due.at > at ? due : dueAfter(settings.schedule, anchorAt, at);
}

export function newSettings(context: EngineContext, event: AnyEvent): Partial<EngineContext> {
  const { settings } = event as unknown as { settings: EngineSettings };
  const at = instant(event);
  // A due time that has passed was promised under the old schedule, and is kept.
  const due = context.due && context.due.at <= at ? context.due : dueAfter(settings.schedule, context.anchorAt, at);
  const hold = context.hold?.kind === 'window' ? windowHold(settings, at) : context.hold;
  return { settings, due, hold };
}

export function settled(entries: Settled[]): DuesSettled {
  return { type: 'dues.settled', entries };
}

/** The run, and the due times that came while it was under way. */
export function settledRun(context: EngineContext, event: AnyEvent, failure: Failure | null): Settled[] {
  const { run } = context;
  if (!run) return [];
  const skipped = skipsOverlap(context) ? passed(context, event, `the run ${run.id} had not ended yet`) : [];
  return [runEnded(run, context.settings.graceMs, failure), ...skipped];
}

/** What was due before somebody triggered the run did not come during it, and has its own run yet. */
function skipsOverlap({ due, run, settings }: EngineContext): boolean {
  return settings.overlap === 'skip' && !(due && run && due.at <= run.dueAt);
}

/** A run that gives way to the next, and the due times that the next one serves. */
export function settledReplaced(context: EngineContext, event: AnyEvent): Settled[] {
  const { run } = context;
  if (!run) return [];
  const next = new Date(served(context, event)).toISOString();
  return [runReplaced(run, `the run due at ${next} began before it had ended`), ...servedAsWell(context, event)];
}

/** Whether a due time has come for which the run under way has to give way. */
export function isReplaced({ due, settings }: EngineContext, event: AnyEvent): boolean {
  return settings.overlap === 'cancel' && due !== null && due.at <= instant(event);
}

/** When the present attempt is out of time, or has to give way: epoch ms. */
export function interruptedAt({ run, due, settings }: EngineContext): number {
  const timeoutAt = (run?.attemptAt ?? Number.NaN) + settings.timeoutMs;
  return settings.overlap === 'cancel' && due ? Math.min(timeoutAt, due.at) : timeoutAt;
}

/** Whether even the latest due time has been left too long to be made up for. */
export function isTooLate(context: EngineContext, event: AnyEvent): boolean {
  const { catchUpWithinMs } = context.settings;
  return catchUpWithinMs !== null && instant(event) - served(context, event) > catchUpWithinMs;
}

export function missed(context: EngineContext, event: AnyEvent): Settled[] {
  const { due, anchorAt, settings } = context;
  const reason = `nobody was there for more than ${formatDuration(settings.catchUpWithinMs ?? 0)} after it`;
  return passedOver(due, anchorAt, missedUpTo(context, event), 'missed', reason);
}

/** The first due time that is not too late. */
export function dueAfterMissed(context: EngineContext, event: AnyEvent): Due | null {
  return nextUndecided(context, missedUpTo(context, event));
}

/** Where each due time has a run of its own, those within the limit are still made up for. */
function missedUpTo({ settings }: EngineContext, event: AnyEvent): number {
  const at = instant(event);
  return settings.catchUp === 'all' ? at - (settings.catchUpWithinMs ?? 0) - 1 : at;
}

export function passed({ due, anchorAt }: EngineContext, event: AnyEvent, reason: string): Settled[] {
  return passedOver(due, anchorAt, instant(event), 'skipped', reason);
}
