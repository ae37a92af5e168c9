/**
 * What of all that happens is worth a person's attention.
 *
 * The routine stays at `debug`: a run begins, a token is refreshed in time, a probe goes out. At `info` is what one
 * wants to find in the morning, at `warn` what went wrong and mends itself, at `error` what needs a person or
 * cost a run.
 */

import type { IncidentContext } from '../machines/incident.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { Failure } from '../policies/failure.ts';
import { isClosed } from '../policies/hold.ts';
import { stateName } from '../policies/state-name.ts';
import type { CommittedTransition } from '../stream.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** What a person does; its effect is never an error. */
const byHand = new Set([
  'engine.trigger',
  'engine.pause',
  'engine.resume',
  'breaker.isolate',
  'breaker.reset',
  'token.provided',
  'quota.reset',
  'incident.acknowledge',
]);
const trouble = /^(backoff|expired|failure|halted|held\.forActor|retrying)$/;
const standstill = /^(held\..*|paused|halted|isolated|exhausted)$/;

/**
 * What went wrong in this transition; undefined when nothing did. A time limit brings no error along: what the
 * chart makes of it stands in its context.
 */
export function failureIn({ event, path, snapshot, from }: CommittedTransition): Failure | undefined {
  const { error, failure } = event as { error?: Failure; failure?: Failure };
  if (error) return error;
  if (failure) return stateName(from) === stateName(snapshot.value) ? undefined : failure;
  if (!event.type.startsWith('xstate.after.') || !path.some((value) => trouble.test(stateName(value))))
    return undefined;
  return (snapshot.context as unknown as EngineContext).failure ?? undefined;
}

/** How much a change of state matters. */
export function levelOf({ event, from, snapshot }: CommittedTransition, failure: Failure | undefined): Level {
  if (from === undefined) return 'debug';
  const [before, after] = [stateName(from), stateName(snapshot.value)];
  if (before === after && !failure) return 'debug';
  if (byHand.has(event.type)) return 'info';
  if (event.type === 'incident.opened') return isUrgent(snapshot) ? 'error' : 'warn';
  if (event.type === 'incident.resolved') return 'info';
  if (snapshot.hasTag('waitsForHuman' as never)) return 'error';
  // Hours that have not come are no trouble.
  if (failure && !isClosed(failure)) return ['fatal', 'bug', 'shared'].includes(failure.class) ? 'error' : 'warn';
  if (after === 'open') return 'warn';
  return standstill.test(before) || standstill.test(after) ? 'info' : 'debug';
}

function isUrgent({ context }: CommittedTransition['snapshot']): boolean {
  return (context as unknown as IncidentContext).trouble?.severity === 'now';
}

/** Whether an actor that was in trouble is out of it. An engine is when a run succeeds, which has a line of its own. */
export function isWell({ snapshot }: CommittedTransition): boolean {
  return snapshot.hasTag('usable' as never) || snapshot.value === 'closed';
}
