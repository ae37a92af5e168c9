/**
 * What there is to do in an attempt, as rehearsals have shown it, less what is done already.
 */
import type { EngineContext } from '../../policies/engine.ts';
import type { Act, Attempt } from './attempt.ts';
import { contextOf, engineOf, type Learnt, type Stand } from './stand.ts';

/** An attempt begins from its finished steps. */
export function working(stand: Stand, learnt: Learnt): Stand {
  const attempt = learnt.attempt([]);
  if (!attempt) return { ...stand, missing: { mishaps: [] } };
  const acts = unfinished(stand, attempt.acts);
  const { skippable, windows } = attempt;
  return { ...stand, work: { mishaps: [], acts, skippable, windows, next: 0, at: stand.now, waitsFor: null } };
}

/** What is left of an attempt once the finished steps are not done again. */
export function unfinished(stand: Stand, acts: Attempt['acts']): Act[] {
  const { run } = contextOf<EngineContext>(stand, engineOf);
  const isFinished = (step: string) => Object.hasOwn(run?.steps ?? {}, step) || run?.skipped.includes(step) === true;
  return acts.filter(
    (act) => act.kind === 'done' || act.kind === 'failed' || act.step === null || !isFinished(act.step),
  );
}
