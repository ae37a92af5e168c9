import { beforeEach, describe, expect, it } from 'vitest';
import { withinWindows } from '../../../src/testing/invariants/within-windows.ts';
import { FakeWorld, startAt } from './fake-world.ts';

const hourMs = 3_600_000;

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(withinWindows);
});

function begins(startedAt: number, trigger = 'schedule', engine = 'office', id = `${startedAt}`) {
  world.transition(`engine/${engine}`, { value: 'running', context: { run: { id, trigger, startedAt } } });
}

describe('within windows', () => {
  it('may begin what has none, what a person asked for, and whatever comes while it is open', () => {
    world.stepBegan();
    begins(startAt, 'schedule', 'job');
    begins(startAt, 'manual');
    begins(startAt + hourMs);
    world.at += hourMs;
    world.stepBegan({ window: 'day' });
    expect(world.found).toEqual([]);
  });

  it('no step begins while its window is closed on the wall', () => {
    world.at += hourMs;
    world.ahead = -hourMs;
    world.stepBegan({ window: 'day' });
    expect(world.found).toEqual(["the step 'load' of job.1 begins while its window 'day' is closed"]);
  });

  it('no run begins while that of its engine is closed, and that is said once', () => {
    begins(startAt, 'schedule', 'office', 'office.1');
    begins(startAt, 'schedule', 'office', 'office.1');
    expect(world.found).toEqual(['the run office.1 begins at 2026-01-05T08:00:00.000Z, while its window is closed']);
  });
});
