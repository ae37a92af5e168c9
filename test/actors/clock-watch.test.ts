import { beforeEach, describe, expect, it } from 'vitest';
import { ClockWatch } from '../../src/actors/clock-watch.ts';
import type { Upset } from '../../src/policies/clock-upset.ts';
import { WorldClock } from '../../src/testing/world/world-clock.ts';

const start = Date.UTC(2026, 0, 5);
const hour = 3_600_000;

let world: WorldClock;
let upsets: Upset[];
let watch: ClockWatch;
const on = (ms: number) => {
  const until = world.trueNow + ms;
  while ((world.next ?? Number.POSITIVE_INFINITY) <= until) world.ring();
  world.goTo(until);
};
const watching = (everyMs?: number) => {
  watch = new ClockWatch({
    clock: world.forProcess(() => true),
    ...(everyMs !== undefined && { everyMs }),
    upset: (upset) => upsets.push(upset),
  });
};
beforeEach(() => {
  world = new WorldClock(start);
  upsets = [];
});

describe('the watch over the clocks', () => {
  it('tells of a sleep by itself, once, at its next beat', () => {
    watching(5_000);
    on(hour);
    world.sleep(4 * hour);
    on(5_000);
    expect(upsets).toEqual([{ kind: 'slept', from: start + hour + 5_000, to: start + 5 * hour + 5_000 }]);
    expect(watch.awakeSince).toBe(start + 5 * hour + 5_000);
    on(hour);
    watch.look();
    expect(upsets).toHaveLength(1);
  });

  it('tells before its next beat when somebody asks', () => {
    watching(5_000);
    on(1_000);
    world.sleep(hour);
    watch.look();
    expect(upsets).toEqual([{ kind: 'slept', from: start + 1_000, to: start + hour + 1_000 }]);
  });

  it('tells of a clock that was set, and not of one that is set a little all the time', () => {
    watching(5_000);
    for (let n = 0; n < 100; n++) {
      world.setWall(900);
      on(5_000);
    }
    expect(upsets).toEqual([]);
    world.setWall(-hour);
    on(5_000);
    expect(upsets).toMatchObject([{ kind: 'set' }]);
  });

  it('without beats tells what it sees when it is asked, and knows since when somebody has been there', () => {
    watching();
    on(30 * hour);
    world.sleep(hour);
    expect(watch.awakeSince).toBe(start + 31 * hour);
    expect(upsets).toEqual([{ kind: 'slept', from: start + 30 * hour, to: start + 31 * hour }]);
  });

  it('that has been stopped beats no more', () => {
    watching(5_000);
    watch.stop();
    world.sleep(hour);
    on(hour);
    expect(upsets).toEqual([]);
  });
});
