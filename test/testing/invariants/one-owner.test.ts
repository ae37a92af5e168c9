import { beforeEach, describe, expect, it } from 'vitest';
import { oneOwner } from '../../../src/testing/invariants/one-owner.ts';
import { FakeWorld } from './fake-world.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(oneOwner);
});

describe('a run has one owner', () => {
  it('lets it begin again once it has ended, was told to end, or died with its process', () => {
    const work = world.runBegan();
    world.tell({ type: 'run.ended', life: 1, work });
    const abort = new AbortController();
    world.runBegan({ signal: abort.signal });
    abort.abort();
    world.runBegan();
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.runBegan({}, 2);
    world.runBegan({ engine: 'office', run: 'office.1' }, 2);
    expect(world.found).toEqual([]);
  });

  it('says that it begins twice', () => {
    world.runBegan();
    world.runBegan({ ticket: 't2' });
    expect(world.found).toEqual([expect.stringContaining('begins in process 1, while job.1 is under way')]);
  });

  it('says so of two processes that live at once', () => {
    world.runBegan();
    world.runBegan({}, 2);
    expect(world.found).toEqual([
      expect.stringContaining('begins in process 2, while job.1 is under way in process 1'),
    ]);
  });

  it('says that another run of the engine begins beside it', () => {
    world.runBegan();
    world.runBegan({ run: 'job.2' });
    expect(world.found).toHaveLength(1);
  });
});
