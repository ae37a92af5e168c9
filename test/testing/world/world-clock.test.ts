import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import { WorldClock } from '../../../src/testing/world/world-clock.ts';

const startAt = Date.UTC(2026, 0, 5);
let world: WorldClock;
let clock: Clock;
let isAlive: boolean;
let rung: string[];

beforeEach(() => {
  world = new WorldClock(startAt);
  isAlive = true;
  clock = world.forProcess(() => isAlive);
  rung = [];
});

const note = (name: string) => () => rung.push(`${name} at ${world.trueNow - startAt}`);

/** Rings all that comes within so many milliseconds. */
function live(ms: number) {
  const end = world.trueNow + ms;
  while ((world.next ?? Number.POSITIVE_INFINITY) <= end) world.ring();
  world.goTo(end);
}

describe('alarms', () => {
  it('ring in the order of their instants, and then of their setting', () => {
    clock.after(20, note('late'));
    clock.after(10, note('first'));
    clock.at(startAt + 10, note('second'));
    live(100);
    expect(rung).toEqual(['first at 10', 'second at 10', 'late at 20']);
  });

  it('are taken back, also by one that rings before', () => {
    const cancel = clock.after(20, note('cancelled'));
    clock.after(10, cancel);
    live(100);
    expect(rung).toEqual([]);
  });

  it('do not ring for a dead process', () => {
    clock.after(10, note('of the dead'));
    world.atTrue(startAt + 20, note('of the world'));
    isAlive = false;
    live(100);
    expect(rung).toEqual(['of the world at 20']);
  });

  it('of a dead process are nothing to wait for once they are swept away', () => {
    clock.at(startAt + 10, note('of the dead'));
    world.atTrue(startAt + 20, note('of the world'));
    isAlive = false;
    world.sweep();
    expect(world.next).toBe(startAt + 20);
  });

  it('come in whole milliseconds', () => {
    clock.after(0.5, note('half'));
    live(10);
    expect(rung).toEqual(['half at 1']);
  });

  it('ring twice when they are told to, once', () => {
    world.ringTwice();
    clock.after(10, note('one'));
    clock.after(20, note('other'));
    live(100);
    expect(rung).toEqual(['one at 10', 'one at 10', 'other at 20']);
  });

  it('keep their order among a thousand others', () => {
    const instants = Array.from({ length: 1_000 }, (_, n) => (n * 7_919) % 1_009);
    for (const ms of instants) clock.after(ms, () => rung.push(String(ms)));
    live(2_000);
    expect(rung).toEqual(instants.toSorted((one, other) => one - other).map(String));
  });
});

describe('a wall clock that is set', () => {
  it('ahead, is seen at the next look, within 30 s', () => {
    clock.at(startAt + 3_600_000, note('due'));
    live(10_000);
    world.setWall(3_600_000);
    live(60_000);
    expect(rung).toEqual(['due at 30000']);
    expect(clock.now()).toBe(startAt + 3_670_000);
  });

  it('back, makes an instant come later', () => {
    clock.at(startAt + 60_000, note('due'));
    world.setWall(-30_000);
    live(200_000);
    expect(rung).toEqual(['due at 90000']);
  });

  it('moves no length of time', () => {
    clock.after(60_000, note('over'));
    world.setWall(3_600_000);
    live(200_000);
    expect(rung).toEqual(['over at 60000']);
  });
});

describe('a machine that sleeps', () => {
  it('has a wall clock that goes on, and a monotonic one that does not', () => {
    clock.after(60_000, note('over'));
    clock.at(startAt + 600_000, note('due'));
    live(10_000);
    world.sleep(3_600_000);
    expect(clock.monotonic()).toBe(10_000);
    expect(clock.now()).toBe(startAt + 3_610_000);
    live(60_000);
    expect(rung).toEqual(['due at 3630000', 'over at 3660000']);
  });

  it('finds the world outside to have gone on: what came meanwhile comes first, in its order, and says when it was', () => {
    const came = (name: string) => (at: number) =>
      rung.push(`${name}, of ${at - startAt}, at ${world.trueNow - startAt}`);
    clock.after(1, note('over'));
    world.atTrue(startAt + 3_600_000, came('tomorrow'));
    world.atTrue(startAt + 600_000, came('later'));
    world.atTrue(startAt + 60_000, came('soon'));
    world.sleep(3_000_000);
    live(1_000_000);
    expect(rung).toEqual([
      'soon, of 60000, at 3000000',
      'later, of 600000, at 3000000',
      'over at 3000001',
      'tomorrow, of 3600000, at 3600000',
    ]);
  });
});
