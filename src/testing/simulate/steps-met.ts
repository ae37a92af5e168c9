/**
 * Doubles of steps against the steps that runs came to. Which steps a job has, only its runs say: so a name that is misspelt is
 * found out once they have had their days.
 */
import { nearest } from '../../config/nearest.ts';
import { type Invariant, invariant } from '../invariants/invariant.ts';
import type { Doubles } from './doubles.ts';

export interface UnusedDouble {
  engine: string;
  step: string;
  /** The steps that the engine's runs came to. */
  cameTo: string[];
  /** The one of them that was most likely meant: it has a name that is near, and no double. */
  meant: string | undefined;
}

export class StepsMet {
  readonly #steps: NonNullable<Doubles['steps']>;
  readonly #cameTo = new Map<string, Set<string>>();
  /** To be among those of the world. It finds nothing wrong. */
  readonly watching: Invariant;

  constructor(steps: Doubles['steps'] = {}) {
    this.#steps = steps;
    this.watching = invariant('steps are noted', () => (event) => {
      if (event.type === 'step.began') this.#stepsOf(event.step.engine).add(event.step.name);
    });
  }

  /** Of engines whose runs came to any step at all. */
  unused(): UnusedDouble[] {
    return Object.entries(this.#steps).flatMap(([engine, doubles]) => {
      const cameTo = [...this.#stepsOf(engine)];
      if (cameTo.length === 0) return [];
      return Object.keys(doubles)
        .filter((step) => !cameTo.includes(step))
        .map((step) => ({ engine, step, cameTo, meant: this.meant(engine, step) }));
    });
  }

  /** The step that a name stands for that is none. */
  meant(engine: string, step: string): string | undefined {
    const without = [...this.#stepsOf(engine)].filter((name) => !Object.hasOwn(this.#steps[engine] ?? {}, name));
    return nearest(step, without);
  }

  #stepsOf(engine: string): Set<string> {
    const steps = this.#cameTo.get(engine) ?? new Set();
    this.#cameTo.set(engine, steps);
    return steps;
  }
}
