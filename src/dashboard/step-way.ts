/**
 * How far an engine has come through its steps, by the names that their states have in its diagram.
 */
import type { EngineConfig } from '../config/config.ts';
import { stepsOf } from '../diagrams/engine-diagram.ts';
import { presentStep, type StepsOfRun, stepsOver } from '../diagrams/present-step.ts';
import type { LedgerEntry } from '../persistence/ledger.ts';

export interface StepWay {
  /** As in `running.render`: those that are over, in the order of the job's text. */
  passed: string[];
  /** The one that is under way; null while none is. */
  present: string | null;
}

/**
 * Of the run under way; without one, what became of the last.
 *
 * @param engine undefined for one that the config does not have
 * @param state as in `held.forActor`
 * @param ledger of its latest runs, the oldest first
 */
export function stepWay(
  engine: EngineConfig | undefined,
  { run }: { run?: StepsOfRun | null },
  state: string,
  ledger: readonly LedgerEntry[],
): StepWay {
  const steps = engine ? stepsOf(engine) : [];
  const last = ledger.findLast(({ result }) => result !== undefined);
  const over = run ?? { steps: last?.steps ?? {}, skipped: last?.skipped ?? [] };
  const present = run && state === 'running' ? presentStep(steps, run) : undefined;
  return {
    passed: stepsOver(steps, [...Object.keys(over.steps), ...over.skipped]).map(stateOf),
    present: present ? stateOf(present) : null,
  };
}

function stateOf({ key }: { key: string }): string {
  return `running.${key}`;
}
