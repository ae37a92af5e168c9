/**
 * Holds: why a run that is due does not run, who or what it waits for, and for how long at most.
 */
import { formatDuration } from './duration.ts';
import type { EngineContext } from './engine.ts';
import { type Failure, failureOf, type Obstacle, plainFailure } from './failure.ts';
import { instant } from './instant.ts';
import { runMissed, type Settled } from './run.ts';
import type { EngineSettings } from './settings.ts';
import { isOpen, nextOpening, type Window } from './window.ts';

/** Why a run that is due does not run: until an instant (epoch ms), or until an actor has a tag. */
export type Hold = { kind: 'trouble'; reason: string; until: number } | WindowHold | ActorHold;

/** With the instant since when it is waited for, epoch ms; records of an older version do not have it. */
type ActorHold = { kind: 'actor'; reason: string; since?: number } & Awaited;

/** With the name of the window when a step asked for it. */
type WindowHold = { kind: 'window'; reason: string; until: number; window?: string };

/** The actor that is waited for, until it has the tag; or one of several, whichever comes first. */
export type Awaited = { address: string; tag: string; or?: { address: string; tag: string }[] };

/** How long what a run waits for, and nobody knows of, is given before it looks again. */
const unknownMs = 30_000;
/** What a run fails with whose window is closed, or that of a step which comes next. */
export const closedCode = 'WINDOW_CLOSED';
type AnyEvent = { type: string };

export function isWaitable(failure: Failure): boolean {
  return failure.class === 'degraded' || failure.class === 'shared';
}

const networkCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'ENONET', 'EAI_AGAIN']);

/**
 * The name of a trouble that has no actor which would say when it is over: no network, a full disk. A service's breaker takes
 * no notice of it, and whoever waited for that would be let go at once.
 *
 * @returns null for any other failure
 */
export function everybodysTrouble({ class: name, code, token }: Failure): string | null {
  if (name !== 'shared' || token !== undefined) return null;
  return networkCodes.has(code) ? 'network' : code.replaceAll(/[^\w.-]/g, '-');
}

/** Whether a failure has something that is waited for. */
export function hasObstacle(failure: Failure): boolean {
  return everybodysTrouble(failure) !== null || actorOf(failure) !== null;
}

/** Whether it only says that somebody waits: for a service that is left alone, for a quota, a limit, or the hours of a step. */
export function onlyWaits(failure: Failure): boolean {
  return failure.class === 'degraded' && (hasObstacle(failure) || failure.window !== undefined);
}

/** The actor that stands between the run and its service. */
function actorOf({ token, service, quota, limit }: Obstacle): Awaited | null {
  if (limit !== undefined) return { address: `limit/${limit}`, tag: 'free' };
  if (quota !== undefined) return { address: `quota/${quota}`, tag: 'available' };
  if (token !== undefined) return { address: `token/${token}`, tag: 'usable' };
  if (service !== undefined) return { address: `breaker/${service}`, tag: 'admitting' };
  return null;
}

/**
 * @param since when the wait begins, epoch ms
 * @returns null when the failure names nothing that could be waited for
 */
export function actorHold(failure: Failure, since: number): ActorHold | null {
  const why = { kind: 'actor', reason: failure.message, since } as const;
  const trouble = everybodysTrouble(failure);
  if (trouble !== null) return { ...why, address: `trouble/${trouble}`, tag: 'over' };
  const actor = actorOf(failure);
  const or = (failure.instead ?? []).map(actorOf).filter((other) => other !== null);
  return actor && { ...why, ...actor, ...(or.length > 0 && { or }) };
}

/**
 * What the run waits for, since it was held: changed settings begin the wait anew, and not the time that has been waited.
 *
 * @param at epoch ms; taken for the beginning where the record has none
 */
export function awaited(context: EngineContext, at: number): Awaited & { heldAt: number; until?: number } {
  const { hold } = context;
  if (hold?.kind !== 'actor') return { address: '', tag: '', heldAt: at };
  const { kind: _, reason: __, since = at, ...actor } = hold;
  const until = waitedForUntil(context);
  return { ...actor, heldAt: since, ...(Number.isFinite(until) && { until }) };
}

/** When the run has to have begun, epoch ms; Infinity when there is no such limit, or when it has. */
function startBy({ run, settings: { startWithinMs } }: EngineContext): number {
  if (!run || run.startedAt !== null || startWithinMs === undefined) return Number.POSITIVE_INFINITY;
  return run.dueAt + startWithinMs;
}

/** When the run has to be over, epoch ms; Infinity when there is no such limit, or when it has not begun. */
export function endBy({ run, settings: { endWithinMs } }: EngineContext): number {
  if (!run || run.startedAt === null || endWithinMs === undefined) return Number.POSITIVE_INFINITY;
  return run.startedAt + endWithinMs;
}

/**
 * When a run that has begun has to make room for the next, where it does, epoch ms; Infinity otherwise. One that waits to begin
 * makes room when it could: until then the next would wait just as well.
 */
export function givesWayAt({ run, due, settings: { overlap } }: EngineContext): number {
  if (overlap !== 'cancel' || !due || !run || run.startedAt === null) return Number.POSITIVE_INFINITY;
  return due.at;
}

/** When nothing is waited for any more, epoch ms: the run is given up, or has to give way. */
export function waitedForUntil(context: EngineContext): number {
  return Math.min(startBy(context), endBy(context), givesWayAt(context));
}

/** Whether the run has waited too long to begin. */
export function isUnstarted(context: EngineContext, event: AnyEvent): boolean {
  return startBy(context) <= instant(event);
}

/** Whether the run has taken too long, its waits included. */
export function isOverdue(context: EngineContext, event: AnyEvent): boolean {
  return endBy(context) <= instant(event);
}

export function overdue({ id, settings, failure }: EngineContext): Failure {
  const before = failure ? ` What went wrong last: ${failure.message}` : '';
  const message = `${id}: the run was not over within ${formatDuration(settings.endWithinMs ?? 0)}.${before}`;
  return plainFailure({ class: 'recoverable', code: 'RUN_OVERDUE', message });
}

/** A run that could not begin in time. */
export function settledUnstarted({ run, hold, settings }: EngineContext): Settled[] {
  if (!run) return [];
  const limit = formatDuration(settings.startWithinMs ?? 0);
  return [runMissed(run, `it could not begin within ${limit}: ${hold?.reason ?? 'nobody was there'}`)];
}

export function timeHold(event: AnyEvent): Hold {
  const { message, until = instant(event) + unknownMs } = failureOf(event);
  return { kind: 'trouble', reason: message, until };
}

/** Whether the run was kept back by hours that have not come: those of its engine, or of a step that came next. */
export function isClosed({ class: name, code }: Failure): boolean {
  return name === 'degraded' && code === closedCode;
}

/** Until the opening that the failure has, and with the name of the window where it is a step's. @param at epoch ms */
export function closedHold({ message, window, until }: Failure, at: number): WindowHold {
  return { kind: 'window', reason: message, until: until ?? at + unknownMs, ...(window !== undefined && { window }) };
}

export function isEngineOpen({ window }: EngineSettings, at: number): boolean {
  return window === null || isOpen(window, at);
}

/**
 * Whether the run may not go on at this instant (epoch ms): the step that it waits before has hours of its own and they have not
 * come, or its engine's window is closed. Where both have a say, the step's is the last word.
 */
export function isShut({ run, hold, settings }: EngineContext, at: number): boolean {
  const own = stepWindow(hold, settings);
  if (own) return !isOpen(own, at);
  return run !== null && !run.atAnyTime && !isEngineOpen(settings, at);
}

/** Until the window opens that is closed: that of the step which is waited before, else the engine's. @param at epoch ms */
export function windowHold({ hold, settings }: EngineContext, at: number): WindowHold {
  const own = stepWindow(hold, settings);
  if (own && hold?.kind === 'window') return { ...hold, until: nextOpening(own, at) };
  const until = settings.window ? nextOpening(settings.window, at) : at;
  return { kind: 'window', reason: `the window '${settings.windowName}' is closed`, until };
}

/** The hours that a run waits for before one of its steps; undefined for any other hold, and when there is no such window any more. */
function stepWindow(hold: Hold | null, { windows = {} }: EngineSettings): Window | undefined {
  const name = hold?.kind === 'window' ? hold.window : undefined;
  return name !== undefined && Object.hasOwn(windows, name) ? windows[name] : undefined;
}
