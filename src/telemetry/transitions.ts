/**
 * Committed transitions as log lines: how each run ended, each change of state that matters, each due time that
 * no run served, and everything that went wrong with what a person needs to act on it.
 */
import type { Logger } from 'pino';
import type { IncidentContext } from '../machines/incident.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { Failure } from '../policies/failure.ts';
import type { Settled } from '../policies/run.ts';
import { stateName } from '../policies/state-name.ts';
import { todoOf } from '../policies/todo.ts';
import type { Address, CommittedTransition, Resumed, Stream } from '../stream.ts';
import { failureIn, isWell, type Level, levelOf } from './notable.ts';

/** Whether a line about this actor is to be written. */
export type Wants = (actor: Address, level: Level) => boolean;

/** What a logger knows of the actors from before. */
interface Known {
  troubled: Set<Address>;
  /** Since when each has been in its state, epoch ms; of those that have changed it meanwhile. */
  since: Map<Address, number>;
}

/**
 * Logs what happens from now on. Returns a function that ends it.
 *
 * @param wants default: by the logger's own level
 */
export function logTransitions(
  stream: Stream,
  log: Logger,
  wants: Wants = (_, level) => log.isLevelEnabled(level),
): () => void {
  const known: Known = { troubled: new Set(), since: new Map() };
  let storeTrouble: string | undefined;
  return stream.inspect({
    transition(transition) {
      logDues(log, transition);
      logChange(log, transition, known, wants);
    },
    crashed: ({ address, error, halted }) =>
      log.error(
        { actor: address, err: error, halted, ...(halted && { todo: todoOf(address, '', true) }) },
        halted ? 'actor.halted' : 'actor.crashed',
      ),
    resumed: (resumed) => logResumed(log, resumed),
    quarantined: ({ address, reason, key }) => log.error({ actor: address, reason, key }, 'record.quarantined'),
    storeFailing(error) {
      // It is told on every try; the same trouble again is routine.
      log[error.message === storeTrouble ? 'debug' : 'error']({ err: error }, 'store.failing');
      storeTrouble = error.message;
    },
    storeRecovered() {
      storeTrouble = undefined;
      log.warn('store.recovered');
    },
  });
}

/** A run that goes on where it was. What else comes back goes on without a word. */
function logResumed(log: Logger, { address, stand }: Resumed) {
  const { run } = stand.context as unknown as Partial<EngineContext>;
  if (!run || !stand.effects.run) return;
  const { id, attempt, steps } = run;
  log.info({ actor: address, run: id, attempt, finished: Object.keys(steps) }, 'run.resumed');
}

/** Due times that were decided about without a run of their own. */
function logDues(log: Logger, { address, facts }: CommittedTransition) {
  for (const { outcome, due, run, result, reason } of facts as Settled[]) {
    if (result !== undefined || !due) continue;
    const line = { actor: address, dueFrom: iso(due.from), dueTo: iso(due.to), run, reason };
    log[outcome === 'missed' ? 'warn' : 'info'](line, `due.${outcome}`);
  }
}

function logChange(log: Logger, transition: CommittedTransition, known: Known, wants: Wants) {
  const { address, from, at, facts, snapshot } = transition;
  const failure = failureIn(transition);
  const hasChanged = from === undefined || stateName(from) !== stateName(snapshot.value);
  const since = known.since.get(address);
  if (hasChanged) known.since.set(address, at);
  const end = (facts as Settled[]).find(({ result }) => result !== undefined);
  const [level, message] = end ? ofEnd(end) : ofChange(transition, failure, hasChanged, known.troubled);
  // Most of what happens is written nowhere, and costs no line then.
  if (wants(address, level)) log[level](lineOf(transition, failure, hasChanged ? since : undefined, end), message);
}

function ofEnd({ result }: Settled): [Level, string] {
  return result === 'success' ? ['info', 'run.succeeded'] : ['error', 'run.failed'];
}

function ofChange(
  transition: CommittedTransition,
  failure: Failure | undefined,
  hasChanged: boolean,
  troubled: Set<Address>,
): [Level, string] {
  const level = levelOf(transition, failure);
  if (level === 'warn' || level === 'error') troubled.add(transition.address);
  if (isWell(transition) && troubled.delete(transition.address)) return ['info', 'state.changed'];
  if (transition.from === undefined) return ['debug', 'actor.created'];
  return [level, hasChanged || failure ? 'state.changed' : 'state.kept'];
}

/** @param since when the state that has been left had begun, where that is known */
function lineOf(
  transition: CommittedTransition,
  failure: Failure | undefined,
  since: number | undefined,
  end: Settled | undefined,
) {
  const { address, from, event, at, path, snapshot } = transition;
  return {
    actor: address,
    from: from === undefined ? undefined : stateName(from),
    to: stateName(snapshot.value),
    ...(path.length > 1 && { via: path.slice(0, -1).map(stateName) }),
    event: event.type,
    ...stepFacts(event),
    at,
    ...(since !== undefined && { durationMs: at - since }),
    ...(end ? endFacts(end, at) : runFacts(snapshot.context as unknown as Partial<EngineContext>)),
    ...(failure && { failure }),
    ...(event.type === 'incident.opened' && (snapshot.context as unknown as IncidentContext).trouble),
    ...nextFacts(transition),
  };
}

/** Which step an event tells of. */
function stepFacts(event: object) {
  return 'step' in event && { step: event.step, ...('durationMs' in event && { durationMs: event.durationMs }) };
}

function endFacts(end: Settled, at: number) {
  const { run, outcome, attempts, startedAt, steps, skipped, services, served, abandoned, odd } = end;
  return {
    run,
    attempt: attempts,
    durationMs: at - (startedAt ?? at),
    ...(outcome === 'late' && { late: true }),
    ...(steps && { steps }),
    ...(skipped && { skipped }),
    ...(services && { services }),
    ...(served && { served }),
    ...(abandoned && { abandoned }),
    ...(odd && { odd }),
  };
}

function runFacts({ run, hold, reason }: Partial<EngineContext> & { reason?: string | null }) {
  const why = hold?.reason ?? reason;
  return { ...(run && { run: run.id, attempt: run.attempt }), ...(why && { reason: why }) };
}

/** What happens next: by itself, when somebody else comes round, or by a person's hand. */
function nextFacts({ address, snapshot }: CommittedTransition) {
  const { hold } = snapshot.context as unknown as Partial<EngineContext>;
  const todo = todoOf(address, stateName(snapshot.value));
  const next = Math.min(...Object.values(snapshot.timers).map(({ dueAt }) => dueAt));
  return {
    ...(Number.isFinite(next) && { next: iso(next) }),
    ...(hold?.kind === 'actor' && {
      waitsFor: [hold, ...(hold.or ?? [])].map(({ address }) => address).join(', '),
    }),
    ...(todo && { todo }),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
