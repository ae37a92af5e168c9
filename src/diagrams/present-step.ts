/**
 * Where a run is in its engine's diagram.
 *
 * The running engine has the plain chart: its state is `running` all the while, and its run knows which steps are finished. The
 * diagram has a state for each step that is written in the job's text, so the run is shown at the one after the last that is over.
 */
import type { Run } from '../policies/run.ts';
import type { WrittenStep } from './written-steps.ts';

/** @returns undefined for an engine without steps */
export function presentStep<Step extends WrittenStep>(
  steps: readonly Step[],
  { steps: finished, skipped }: Pick<Run, 'steps' | 'skipped'>,
): Step | undefined {
  const over = [...Object.keys(finished), ...skipped].map((name) => placeOf(steps, name));
  const last = Math.max(-1, ...over);
  // Of a step that is many, there may be more to come.
  return steps[last]?.isMany ? steps[last] : (steps[last + 1] ?? steps.at(-1));
}

/** -1 for a step that is not in the text. */
function placeOf(steps: readonly WrittenStep[], name: string): number {
  const own = steps.findIndex((step) => !step.isMany && step.name === name);
  return own >= 0 ? own : steps.findIndex((step) => step.isMany && isOneOf(step, name));
}

function isOneOf({ name: written }: WrittenStep, name: string): boolean {
  const parts = written.split('…');
  return name.startsWith(parts[0] ?? '') && name.endsWith(parts.at(-1) ?? '');
}
