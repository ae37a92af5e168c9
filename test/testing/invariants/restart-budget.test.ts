import { beforeEach, describe, expect, it } from 'vitest';
import { restartBudget } from '../../../src/testing/invariants/restart-budget.ts';
import { FakeWorld } from './fake-world.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(restartBudget);
});

let life = 0;
/** A process in which the run begins, and which is killed. */
function dies(meanwhile = () => {}, ticket = 't1') {
  life += 1;
  world.begin(life);
  world.tell({ type: 'committed', keys: ['actor:engine/job'] });
  world.runBegan({ ticket }, life);
  meanwhile();
  world.tell({ type: 'process.ended', life, how: 'killed' });
}

describe('the restart budget', () => {
  it('allows a run that gets nowhere one more start than restarts', () => {
    for (let n = 0; n < 4; n++) dies();
    expect(world.found).toEqual([]);
    dies();
    expect(world.found).toEqual(['the run job.1 of job begins for the 5th time without having got anywhere']);
  });

  it('counts anew once it has got somewhere', () => {
    for (let n = 0; n < 4; n++) dies();
    dies(() => world.transition('engine/job', { value: 'running' }, { event: { type: 'step.completed' } }), 't2');
    for (let n = 0; n < 4; n++) dies(undefined, 't2');
    expect(world.found).toEqual([]);
  });

  it('does not count what may have got somewhere without anybody having heard of it', () => {
    for (let n = 0; n < 3; n++) dies();
    dies(() => world.tell({ type: 'committed', keys: ['actor:engine/job'] }));
    for (let n = 0; n < 4; n++) dies();
    expect(world.found).toEqual([]);
  });

  it('finds an effect in a record that was cut off too often', () => {
    const effects = { run: { ticket: 't1', src: 'runEngine', input: null, starts: 5 } };
    world.transition('engine/job', { value: 'running', effects });
    expect(world.found).toEqual(["engine/job: its effect 'run' was cut off 5 times"]);
  });

  it('finds an actor that breaks too often and is not given up, across processes', () => {
    const crash = (halted = false) => {
      world.at += 1_000;
      world.tell({
        type: 'actor.crashed',
        crash: { address: 'engine/job', at: world.at, error: new Error('x'), halted },
      });
    };
    for (let n = 0; n < 3; n++) crash();
    crash(true);
    for (let n = 0; n < 3; n++) crash();
    expect(world.found).toEqual([]);
    dies();
    crash();
    expect(world.found).toEqual(['engine/job broke 4 times in 60 s, and was not given up']);
  });
});
