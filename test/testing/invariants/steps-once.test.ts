import { beforeEach, describe, expect, it } from 'vitest';
import { stepsOnce } from '../../../src/testing/invariants/steps-once.ts';
import { FakeWorld } from './fake-world.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(stepsOnce);
  world.runBegan();
});

function completes(step: string, run = 'job.1') {
  const event = { type: 'step.completed', step } as { type: string };
  world.transition('engine/job', { value: 'running', context: { run: { id: run, steps: { [step]: 1 } } } }, { event });
}

describe('steps', () => {
  it('may begin again until they are finished, under their own key', () => {
    world.stepBegan();
    world.stepBegan({ attempt: 2 });
    completes('load');
    world.stepBegan({ name: 'save', key: 'k2' });
    world.runBegan({ run: 'job.2' });
    world.stepBegan({ run: 'job.2', key: 'k3' });
    expect(world.found).toEqual([]);
  });

  it('do not begin once they are finished', () => {
    world.stepBegan();
    completes('load');
    world.stepBegan({ attempt: 2 });
    expect(world.found).toEqual(["the step 'load' of job.1 begins, and is finished on disk"]);
  });

  it('do not begin in another process either, though nobody heard that they were finished', () => {
    world.rows.set('actor:engine/job', { state: { context: { run: { id: 'job.1', steps: { load: 1 } } } } });
    world.runBegan({}, 2);
    world.stepBegan({}, 2);
    expect(world.found).toEqual(["the step 'load' of job.1 begins, and is finished on disk"]);
  });

  it('keep their key', () => {
    world.stepBegan();
    world.stepBegan({ key: 'k2', attempt: 2 });
    expect(world.found).toEqual(["the step 'load' of job.1 begins with the key k2, and had k1 before"]);
  });

  it('share no key, within a run or across engines', () => {
    world.stepBegan();
    world.stepBegan({ name: 'save' });
    world.runBegan({ engine: 'office', run: 'office.1' });
    world.stepBegan({ engine: 'office', run: 'office.1' });
    expect(world.found).toEqual([
      "the step 'save' of job.1 has the key of the step 'load' of job.1",
      expect.stringContaining("the step 'load' of office.1 has the key of the step"),
    ]);
  });
});
