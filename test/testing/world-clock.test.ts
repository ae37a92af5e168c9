import { expect, it } from 'vitest';
import { WorldClock } from '../../src/testing/world/world-clock.ts';

it('knows no parts of a millisecond, whatever is waited for', () => {
  const world = new WorldClock(1_000);
  const clock = world.forProcess(() => true);
  const rung: number[] = [];
  clock.after(0.3, () => rung.push(clock.now()));
  clock.at(1_002.5, () => rung.push(clock.now()));
  world.atTrue(1_004.25, () => rung.push(world.trueNow));
  for (let ring = 0; ring < 3; ring++) world.ring();
  expect(rung).toEqual([1_001, 1_003, 1_005]);
});
