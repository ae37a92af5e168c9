/**
 * What an engine remembers, and how its context changes: the decisions behind the chart's named actions.
 */
import type { Json } from '../json.ts';
import { backoffMs } from './backoff.ts';
import { formatDuration } from './duration.ts';
import type { Failure } from './failure.ts';
import { endBy, givesWayAt, type Hold, isEngineOpen, windowHold } from './hold.ts';
import { instant } from './instant.ts';
import { odditiesOf, type Success, withSuccess } from './oddity.ts';
import { outputSize } from './output-size.ts';
import {
  coalesced,
  type Due,
  type DuesSettled,
  dueAfter,
  passedOver,
  type Run,
  runEnded,
  runReplaced,
  runUnbegun,
  type Served,
  type Settled,
  servedDue,
} from './run.ts';
import type { Schedule } from './schedule.ts';
import { setRight } from './set-right.ts';
import type { EngineSettings } from './settings.ts';

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
  /** Runs since the last success that failed by the engine's own fault: see {@link failuresWith}. */
  failures: number;
  /** What the last successful run returned. */
  lastGood: Json;
  last: LastRun | null;
  /** Lengths and sizes of the latest successes: see `policies/oddity`. */
  usual?: string;
  /** The success of another engine that made this one due last. */
  followed?: Followed;
}

export type LastRun = {
  run: string;
  result: 'success' | 'failure';
  endedAt: number;
  /** Steps that were left out because their service was down. */
  degraded?: string[];
  /** In what it was far from usual. */
  odd?: string[];
  /** What of it was told to stop and went on, as in `the step 'render'`. */
  abandoned?: string[];
};

/** A run of another engine that ended well, at an instant (epoch ms); without a run: since when successes count. */
export type Followed = { run: string | null; at: number };

/**
 * The engine that another one runs after has succeeded; `earlier` when that is told at a start, and may have been before the two had
 * anything to do with each other.
 */
export type PredecessorSucceeded = {
  type: 'predecessor.succeeded';
  engine: string;
  run: string;
  endedAt: number;
  earlier?: true;
};

/** Something of a run was told to stop, and goes on. */
export type WorkAbandoned = { type: 'work.abandoned'; run: string; what: string };

/** Of one run, so much is named. */
const abandonedMax = 20;

/** Due times after another engine that may wait to be decided about. */
const timesMax = 100;

type AnyEvent = { type: string };

export function timedOut({ id, settings }: EngineContext): Failure {
  const message = `${id}: the run took longer than ${formatDuration(settings.timeoutMs)} and was stopped.`;
  return { class: 'recoverable', code: 'RUN_TIMEOUT', message };
}

/** The step that an event is about. */
export function stepOf(event: AnyEvent): string {
  return (event as { step?: string }).step ?? '';
}

export function hasTriesLeft({ run, settings }: EngineContext): boolean {
  return run !== null && run.attempt < settings.retry.tries;
}

/** The id of the run that begins: its own for one that has waited and serves a later due time now. */
export function runId({ id, run }: EngineContext, event: AnyEvent): string {
  if (run?.startedAt === null) return run.id;
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
  return dueAfter(scheduleOf({ due, settings }), anchorAt, upTo);
}

/** What is due after another engine is known from the due time alone. */
function scheduleOf({ due, settings }: Pick<EngineContext, 'due' | 'settings'>): Schedule | null {
  return due?.schedule.kind === 'after' && settings.after !== undefined ? due.schedule : settings.schedule;
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

/** What answered, as far as the run does not have it yet; what answered before is named again. */
interface ServiceNews {
  served?: Served;
  services?: string[];
}

interface StepCompleted extends ServiceNews {
  output?: Json;
  durationMs?: number;
}

/** What an event says of the services that have answered the run. */
export function answered(event: AnyEvent): Partial<Run> {
  const { served, services } = event as ServiceNews;
  return { ...(served && { served }), ...(services && { services }) };
}

/** A finished step: its result is kept, and how far it had come is of no more use. */
export function finished(run: Run, event: AnyEvent): Partial<Run> {
  const step = stepOf(event);
  const { [step]: _, ...progress } = run.progress ?? {};
  const { output = null, durationMs } = event as StepCompleted;
  return {
    steps: { ...run.steps, [step]: output },
    ...(run.progress && { progress }),
    ...answered(event),
    ...(durationMs !== undefined && { took: { ...run.took, [step]: Math.round(durationMs) } }),
    begun: run.begun.filter((begun) => begun !== step),
    refreshed: false,
  };
}

/** A run as it goes on now: what has waited for a step's hours goes by them, and no longer by those of its engine. */
export function begun(context: EngineContext, event: AnyEvent): Run | null {
  const at = instant(event);
  return withRun(context, (run) => ({
    attemptAt: at,
    startedAt: run.startedAt ?? at,
    ...(!isEngineOpen(context.settings, at) && { atAnyTime: true }),
  }));
}

/** A run that somebody wants now: where its window is closed, it is not held by it. */
export function triggered(run: Run, { settings }: EngineContext, at: number): Run {
  return isEngineOpen(settings, at) ? run : { ...run, atAnyTime: true };
}

/** The run as it was before its first attempt, which was turned away at the door; a later attempt has begun before. */
export function notBegun({ run }: EngineContext): Run | null {
  return run && { ...run, startedAt: run.startedAt === run.attemptAt ? null : run.startedAt };
}

/** Notes it with the run, be that under way still or over. */
export function withAbandoned({ run, last }: EngineContext, { run: id, what }: WorkAbandoned): Partial<EngineContext> {
  const more = ({ abandoned = [] }: { abandoned?: string[] }) =>
    [...new Set([...abandoned, what])].slice(0, abandonedMax);
  if (run?.id === id) return { run: { ...run, abandoned: more(run) } };
  if (last?.run === id) return { last: { ...last, abandoned: more(last) } };
  return {};
}

export function backedOff(context: EngineContext, event: AnyEvent, failure: Failure) {
  const { chance = 0 } = event as { chance?: number };
  const wait = backoffMs(context.settings.retry, context.run?.attempt ?? 1, chance, {
    floorMs: failure.retryAfterMs ?? 0,
    previousMs: context.backoffMs,
  });
  return { failure, backoffMs: wait, retryAt: instant(event) + wait };
}

/** What the engine remembers of a run that ended well. */
export function succeeded(context: EngineContext, event: AnyEvent): Partial<EngineContext> {
  const { run, usual } = context;
  const { output: lastGood = null } = event as { output?: Json };
  const odd = odditiesOf(usual, successOf(context, event));
  const noted = {
    ...(run && run.skipped.length > 0 && { degraded: run.skipped }),
    ...(odd.length > 0 && { odd }),
  };
  return {
    ...ended(context, event, 'success', noted),
    failure: null,
    failures: 0,
    lastGood,
    usual: withSuccess(usual, successOf(context, event)),
  };
}

function successOf({ run }: EngineContext, event: AnyEvent): Success {
  const { output } = event as { output?: Json };
  const startedAt = run?.startedAt ?? null;
  const isUndisturbed = startedAt !== null && run?.attemptAt === startedAt;
  return { durationMs: isUndisturbed ? instant(event) - startedAt : null, size: outputSize(output) };
}

export function ended(
  context: EngineContext,
  event: AnyEvent,
  result: 'success' | 'failure',
  noted: Pick<LastRun, 'degraded' | 'odd'> = {},
) {
  const endedAt = instant(event);
  const abandoned = context.run?.abandoned;
  return {
    run: null,
    hold: null,
    backoffMs: 0,
    last: { run: context.run?.id ?? '', result, endedAt, ...noted, ...(abandoned && { abandoned }) },
    // What came meanwhile and is not skipped has its turn now.
    due: skipsOverlap(context) ? nextUndecided(context, endedAt) : context.due,
  };
}

/**
 * The count that halts an engine, with one more run that failed so. Only what a person has to mend counts: what passes by itself, as an
 * outage, a time limit or a token that is not taken, says nothing against the job, however often it comes.
 */
export function failuresWith({ failures }: EngineContext, { class: name, token }: Failure): number {
  const isItsOwn = name === 'bug' || name === 'fatal' || (name === 'critical' && token === undefined);
  return isItsOwn ? failures + 1 : failures;
}

export function nextUndecided({ due, settings, anchorAt }: EngineContext, at: number): Due | null {
  return due && due.at > at ? due : dueAfter(scheduleOf({ due, settings }), anchorAt, at);
}

export function newSettings(before: EngineContext, event: AnyEvent): Partial<EngineContext> {
  const { settings, setBackMs } = event as unknown as { settings: EngineSettings; setBackMs?: number };
  const at = instant(event);
  const context = setBackMs === undefined ? before : setRight(before, setBackMs, at);
  // A due time that has passed was promised under the old schedule, and is kept.
  const due = context.due && context.due.at <= at ? context.due : dueAfter(settings.schedule, context.anchorAt, at);
  const hold = context.hold?.kind === 'window' ? windowHold({ ...context, settings }, at) : context.hold;
  const follows = settings.after !== context.settings.after && { followed: { run: null, at } };
  return { ...(setBackMs !== undefined && context), settings, due, hold, ...follows };
}

/**
 * Whether the success of another engine is one that this engine follows, and has not been told of. The run says so, and not its end:
 * the clock may have been set back since the one before.
 */
export function isFollowed({ settings, followed, anchorAt }: EngineContext, event: PredecessorSucceeded): boolean {
  const { at, run } = followed ?? { at: anchorAt - 1, run: null };
  const isNews = run === null ? !event.earlier || event.endedAt > at : event.run !== run;
  return settings.after === event.engine && isNews;
}

/** Due since that success, beside what has been due and is not decided about yet. */
export function dueAfterAnother(context: EngineContext, event: PredecessorSucceeded): Partial<EngineContext> {
  const { run, endedAt } = event;
  const schedule: Schedule = { kind: 'after', times: waited(context, event).slice(-timesMax), offsetMs: 0 };
  return { followed: { run, at: endedAt }, due: { at: schedule.times[0] ?? endedAt, schedule } };
}

/** What was due longest and has no place any more among what may wait. */
export function crowdedOut(context: EngineContext, event: PredecessorSucceeded): Settled[] {
  const reason = `more than ${timesMax} successes of ${context.settings.after} were waited for already`;
  return waited(context, event)
    .slice(0, -timesMax)
    .map((at) => ({ outcome: 'skipped', due: { from: at, to: at }, reason }));
}

/** The successes that nobody has decided about, with the latest one, in the order of the clock. */
function waited({ due }: EngineContext, { endedAt }: PredecessorSucceeded): number[] {
  const times = due?.schedule.kind === 'after' ? due.schedule.times.filter((time) => time >= due.at) : [];
  return [...times, endedAt].sort((one, other) => one - other);
}

export function settled(entries: Settled[]): DuesSettled {
  return { type: 'dues.settled', entries };
}

/** The run, and the due times that came while it was under way. */
export function settledRun(context: EngineContext, event: AnyEvent, failure: Failure | null): Settled[] {
  const { run } = context;
  if (!run) return [];
  const skipped = skipsOverlap(context) ? passed(context, event, `the run ${run.id} had not ended yet`) : [];
  const odd = failure ? [] : odditiesOf(context.usual, successOf(context, event));
  return [runEnded(run, context.settings.graceMs, failure, odd), ...skipped];
}

/** What was due before somebody triggered the run did not come during it, and has its own run yet. */
function skipsOverlap({ due, run, settings }: EngineContext): boolean {
  return settings.overlap === 'skip' && !(due && run && due.at <= run.dueAt);
}

/** A run that gives way to the next, and the due times that the next one serves: its own as well, when it has not begun. */
export function settledReplaced(context: EngineContext, event: AnyEvent): Settled[] {
  const { run } = context;
  if (!run) return [];
  if (run.startedAt === null) return [runUnbegun(run, runId(context, event)), ...servedAsWell(context, event)];
  const next = new Date(served(context, event)).toISOString();
  return [runReplaced(run, `the run due at ${next} began before it had ended`), ...servedAsWell(context, event)];
}

/** Whether a due time has come for which the run has to give way. */
export function isReplaced({ due, settings }: EngineContext, event: AnyEvent): boolean {
  return settings.overlap === 'cancel' && due !== null && due.at <= instant(event);
}

/** When the present attempt is out of time, or has to give way: epoch ms. */
export function interruptedAt(context: EngineContext): number {
  const { run, settings } = context;
  return Math.min((run?.attemptAt ?? Number.NaN) + settings.timeoutMs, endBy(context), givesWayAt(context));
}

/** Whether even the latest due time has been left too long to be made up for. */
export function isTooLate(context: EngineContext, event: AnyEvent): boolean {
  const { catchUpWithinMs } = context.settings;
  return catchUpWithinMs !== null && instant(event) - servableSince(context, event) > catchUpWithinMs;
}

/** What was due while another run was under way, or its engine rested after it, could not begin before that. */
function servableSince(context: EngineContext, event: AnyEvent): number {
  const { last, settings } = context;
  const dueAt = served(context, event);
  return last ? Math.max(dueAt, last.endedAt + settings.cooldownMs) : dueAt;
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
