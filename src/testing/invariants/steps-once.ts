/**
 * A finished step is not done again, each attempt of a step has the same idempotency key, and no two steps share one.
 *
 * What is finished is known from the disk, so that a run which has forgotten it after a crash is found out.
 */
import { type ActorRecord, recordKey } from '../../persistence/record.ts';
import type { EngineContext } from '../../policies/engine.ts';
import type { Invariant, StepWork } from './invariant.ts';

interface Steps {
  run: string;
  /** The process in which the disk was looked at last. */
  life: number;
  finished: Set<string>;
  /** Keys by step. */
  keys: Map<string, string>;
}

export const stepsOnce: Invariant = {
  name: 'steps once',
  claim: 'no finished step is done again, and each attempt of a step has the same idempotency key, which no other has',
  watch(world, broken) {
    /** The latest run of each engine. */
    const runs = new Map<string, Steps>();
    /** Whose key it is: those of the latest runs. */
    const owners = new Map<string, string>();

    const stepsOf = (engine: string, run: string, life: number): Steps => {
      let steps = runs.get(engine);
      if (steps?.run !== run) {
        for (const key of steps?.keys.values() ?? []) owners.delete(key);
        // What a run finishes in a process that is known already is told.
        steps = { run, life: steps?.life ?? 0, finished: new Set(), keys: new Map() };
        runs.set(engine, steps);
      }
      if (steps.life !== life) {
        steps.life = life;
        const record = world.onDisk(recordKey(`engine/${engine}`)) as ActorRecord | undefined;
        const kept = (record?.state as { context?: EngineContext } | undefined)?.context?.run;
        if (kept?.id === run) for (const name of Object.keys(kept.steps)) steps.finished.add(name);
      }
      return steps;
    };

    const begin = ({ engine, run, name, key }: StepWork, life: number) => {
      const { finished, keys } = stepsOf(engine, run, life);
      if (finished.has(name)) broken(`the step '${name}' of ${run} begins, and is finished on disk`);
      const before = keys.get(name);
      if (before !== undefined && before !== key)
        broken(`the step '${name}' of ${run} begins with the key ${key}, and had ${before} before`);
      const owner = owners.get(key);
      const self = `'${name}' of ${run}`;
      if (owner !== undefined && owner !== self) broken(`the step ${self} has the key of the step ${owner}`);
      owners.set(key, self);
      keys.set(name, key);
    };

    return {
      seen(event) {
        switch (event.type) {
          case 'run.began':
            stepsOf(event.work.engine, event.work.run, event.life);
            return;
          case 'step.began':
            return begin(event.step, event.life);
          case 'transition': {
            const { address, event: cause, snapshot } = event.transition;
            if (cause.type !== 'step.completed') return;
            const { run } = snapshot.context as unknown as EngineContext;
            const steps = runs.get(address.slice('engine/'.length));
            if (run && steps?.run === run.id) steps.finished.add((cause as unknown as { step: string }).step);
            return;
          }
          default:
        }
      },
    };
  },
};
