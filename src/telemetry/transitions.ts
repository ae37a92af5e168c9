/**
 * Committed transitions as log lines: one for each change of state, and everything that went wrong with what a
 * person needs to act on it.
 */
import type { Logger } from 'pino';
import type { CommittedTransition, Host } from '../actors/host.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { Failure } from '../policies/failure.ts';
import { stateName } from '../policies/state-name.ts';

/** Logs what the host tells from now on. Returns a function that ends it. */
export function logTransitions(host: Host, log: Logger): () => void {
  return host.inspect({
    transition: (transition) => logTransition(log, transition),
    crashed: ({ address, error, halted }) =>
      log.error({ actor: address, err: error, halted }, halted ? 'actor.halted' : 'actor.crashed'),
    quarantined: ({ address, reason, key }) => log.error({ actor: address, reason, key }, 'record.quarantined'),
    storeFailing: (error) => log.error({ err: error }, 'store.failing'),
    storeRecovered: () => log.warn('store.recovered'),
  });
}

function logTransition(log: Logger, { address, from, path, event, at, snapshot }: CommittedTransition) {
  const before = from === undefined ? undefined : stateName(from);
  const after = stateName(path.at(-1) ?? snapshot.value);
  const failure = (event as { error?: Failure }).error;
  const facts = {
    actor: address,
    from: before,
    to: after,
    ...(path.length > 1 && { via: path.slice(0, -1).map(stateName) }),
    event: event.type,
    at,
    ...runFacts(snapshot.context as unknown as Partial<EngineContext>),
    ...(failure && { failure }),
    ...wakeFacts(snapshot),
  };
  if (before === after && !failure) return log.debug(facts, 'state.kept');
  const level = failure ? (['fatal', 'bug', 'shared'].includes(failure.class) ? 'error' : 'warn') : levelOf(address);
  log[level](facts, 'state.changed');
}

function levelOf(address: string) {
  return address.startsWith('engine/') || address.startsWith('breaker/') ? 'info' : 'debug';
}

function runFacts({ run, last, hold, failure }: Partial<EngineContext>) {
  return {
    ...(run ? { run: run.id, attempt: run.attempt } : last ? { run: last.run, result: last.result } : {}),
    ...(hold && { reason: hold.reason }),
    ...(!hold && failure && { reason: failure.message }),
  };
}

/** What happens next by itself. */
function wakeFacts({ timers }: CommittedTransition['snapshot']) {
  const next = Math.min(...Object.values(timers).map(({ dueAt }) => dueAt));
  return Number.isFinite(next) ? { next: new Date(next).toISOString() } : {};
}
