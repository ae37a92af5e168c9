/**
 * Leaving out a step: one with `whenDown: 'skip'` is, when a service that it calls is down.
 */
import type { EventObject } from 'xstate';
import { type EngineContext, hasTriesLeft } from '../../policies/engine.ts';
import type { Failure } from '../../policies/failure.ts';
import { closedCode } from '../../policies/hold.ts';
import { contextOf, engineOf, type Grounds, type Stand, type Work } from './stand.ts';
import { told } from './telling.ts';
import { unfinished } from './work.ts';

/** Goes on without the step that has failed; undefined when it may not be left out for that. */
export function leftOut(stand: Stand, grounds: Grounds, failure: Failure, step: string | undefined): Stand | undefined {
  const work = stand.work as Work;
  if (step === undefined || !work.skippable.has(step) || !isDown(stand, failure)) return undefined;
  const skipped = told(stand, grounds, engineOf, { type: 'step.skipped', step } as EventObject);
  const end = endOf(work.acts, step, work.next);
  if (end >= 0) return { ...skipped, work: { ...work, next: end + 1, at: stand.now } };
  // What was rehearsed ended with that failure: what comes after the step is as when nothing goes wrong.
  const { acts = [] } = grounds.learnt.attempt([]) ?? {};
  const rest = unfinished(skipped, acts.slice(endOf(acts, step, 0) + 1));
  return { ...skipped, work: { ...work, mishaps: [], acts: rest, next: 0, at: stand.now } };
}

/** As a run sees it: a token that waits for a person counts, and so does what passes, once there is no try left. */
function isDown(stand: Stand, { class: name, code, service, token }: Failure): boolean {
  if (name === 'degraded') return code !== closedCode;
  if (name === 'shared') return token !== undefined;
  return name === 'recoverable' && service !== undefined && !hasTriesLeft(contextOf<EngineContext>(stand, engineOf));
}

function endOf(acts: Work['acts'], step: string, from: number): number {
  return acts.findIndex((act, n) => n >= from && act.kind === 'kept' && act.step === step);
}
