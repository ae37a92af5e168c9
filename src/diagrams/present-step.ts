/**
 * Where a run is in its engine's diagram.
 *
 * The running engine has the plain chart: its state is `running` all the while. The diagram has a state for each step that is written in
 * the job's text. What the run's record says of its steps decides where it is: one that has begun and must not happen twice, or has come
 * some way, is under way; of others nothing is kept before they are over, so that is the one after the last that is.
 */
import type { Run } from '../policies/run.ts';
import type { WrittenStep } from './written-steps.ts';

/** How far a run has come, as its record has it. */
export type StepsOfRun = Pick<Run, 'steps' | 'skipped'> & Partial<Pick<Run, 'begun' | 'progress'>>;

/** The step that is under way. @returns undefined for an engine without steps */
export function presentStep<Step extends WrittenStep>(
  steps: readonly Step[],
  { steps: finished, skipped, begun = [], progress = {} }: StepsOfRun,
): Step | undefined {
  const over = [...Object.keys(finished), ...skipped];
  const underWay = [...begun, ...Object.keys(progress)].filter((name) => !over.includes(name));
  const known = furthest(steps, underWay);
  if (known >= 0) return steps[known];
  const last = furthest(steps, over);
  // Of a step that is many, there may be more to come.
  return steps[last]?.isMany ? steps[last] : (steps[last + 1] ?? steps.at(-1));
}

/** Those that the names stand for, in the order of the text, each once. @param names of steps that are over */
export function stepsOver<Step extends WrittenStep>(steps: readonly Step[], names: readonly string[]): Step[] {
  const places = new Set(names.map((name) => placeOf(steps, name)));
  return steps.filter((_, place) => places.has(place));
}

/** -1 when none of them is in the text. */
function furthest(steps: readonly WrittenStep[], names: readonly string[]): number {
  return Math.max(-1, ...names.map((name) => placeOf(steps, name)));
}

/** -1 for a step that is not in the text. */
function placeOf(steps: readonly WrittenStep[], name: string): number {
  const own = steps.findIndex((step) => !step.isMany && step.name === name);
  return own >= 0 ? own : steps.findIndex((step) => step.isMany && isOneOf(step, name));
}

/** What is written around the dots, one after the other, with anything in between. */
function isOneOf({ name: written }: WrittenStep, name: string): boolean {
  const [first = '', ...rest] = written.split('…');
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
