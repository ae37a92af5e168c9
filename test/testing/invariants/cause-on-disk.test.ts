import { beforeEach, expect, it } from 'vitest';
import { causeOnDisk } from '../../../src/testing/invariants/cause-on-disk.ts';
import { FakeWorld } from './fake-world.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(causeOnDisk);
});

const onDisk = (ticket: string, run: object) =>
  world.rows.set('actor:engine/job', {
    state: { value: 'running', effects: { run: { ticket } }, context: { run: { id: 'job.1', skipped: [], ...run } } },
  });
const kept = (name = 'load') =>
  world.tell({ type: 'step.kept', life: 1, step: { engine: 'job', run: 'job.1', name, key: 'k1', attempt: 1 } });

it('lets a run begin once it is on disk, and a result be used once that is', () => {
  onDisk('t1', { steps: { load: 1 }, skipped: ['tell'] });
  world.runBegan();
  kept();
  kept('tell');
  expect(world.found).toEqual([]);
});

it('finds a run that begins before it is on disk', () => {
  world.runBegan();
  onDisk('t0', { steps: {} });
  world.runBegan();
  expect(world.found).toEqual([
    'the run job.1 begins, and on disk is none',
    'the run job.1 begins, and on disk is another start',
  ]);
});

it('finds a result that is used before it is on disk', () => {
  onDisk('t1', { steps: {} });
  kept();
  onDisk('t1', { id: 'job.0', steps: { load: 1 } });
  kept();
  const what = "the result of the step 'load' of job.1 is used, and is not on disk";
  expect(world.found).toEqual([what, what]);
});

it('finds a token that is sent before it is on disk', () => {
  const headers = { authorization: 'Bearer access-shop-2' };
  world.stored.set('shop', 1);
  world.callSent({ headers });
  world.stored.set('shop', 2);
  world.callSent({ headers });
  expect(world.found).toEqual(["call 1 carries version 2 of 'shop', and that is not on disk"]);
});
