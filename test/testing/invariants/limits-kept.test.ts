import { beforeEach, expect, it } from 'vitest';
import { limitsKept } from '../../../src/testing/invariants/limits-kept.ts';
import { FakeWorld } from './fake-world.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(limitsKept);
});

function offends(): void {
  const request = world.callSent();
  world.tell({ type: 'offence', offence: 'past quota', request, detail: '3 per second' });
}

it('a call past a quota is found', () => {
  offends();
  expect(world.found).toEqual(['call 1 to shop: past quota (3 per second)']);
});

it('nobody can keep a quota by a clock that is wrong, or was within a day', () => {
  world.ahead = 600_000;
  world.runBegan();
  offends();
  world.ahead = 0;
  world.runBegan();
  world.pass(80_000_000);
  offends();
  expect(world.found).toEqual([]);
  world.pass(10_000_000);
  offends();
  expect(world.found).toEqual(['call 3 to shop: past quota (3 per second)']);
});
