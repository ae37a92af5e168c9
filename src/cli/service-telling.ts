/**
 * How an action that changes something says what it does: line by line as it goes on, or for machines in one object at its end.
 */
import { type Step, type StepTold, stepFacts, stepLine } from '../background/steps.ts';
import type { ServiceCommand } from './service-command.ts';

export interface Telling extends StepTold {
  /** Nothing more comes. */
  end(): void;
}

export function tellingOf({ options, manager, name, scope }: ServiceCommand): Telling {
  if (!options.json) {
    const would = options.dryRun ? 'would: ' : '';
    return {
      step: (step) => console.log(`${would}${stepLine(step)}`),
      note: (line) => console.log(line),
      end: () => {},
    };
  }
  const steps: object[] = [];
  const notes: string[] = [];
  return {
    step: (step) => void steps.push(stepFacts(step)),
    note: (line) => void notes.push(line.trim()),
    end: () => {
      const { name: keeper, file } = manager;
      console.log(JSON.stringify({ name, scope, manager: keeper, file, done: !options.dryRun, steps, notes }));
    },
  };
}

/** Says what would be done. @returns the exit code */
export function foretell(steps: readonly Step[], tell: Telling): number {
  for (const step of steps) tell.step(step);
  tell.end();
  return 0;
}
