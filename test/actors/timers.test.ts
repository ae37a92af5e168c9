import { beforeEach, describe, expect, it } from 'vitest';
import type { LiveActor } from '../../src/actors/live-actor.ts';
import { Timers } from '../../src/actors/timers.ts';
import { seededRandom } from '../../src/random.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

const hour = 3_600_000;

let clock: VirtualClock;
let fired: { name: string; at: number }[];
let back: Promise<void> | undefined;
let timers: Timers;
const names = () => fired.map(({ name }) => name);
/** An actor whose timer is done once it has fired. */
const armed = (name: string, inMs: number, importance = 20) => {
  const actor = { address: name, dueAt: clock.now() + inMs, importance } as { dueAt: number | undefined };
  timers.arm(actor as unknown as LiveActor);
};
beforeEach(() => {
  clock = new VirtualClock();
  fired = [];
  back = undefined;
  timers = new Timers({
    clock,
    random: seededRandom(1),
    mayFire: () => true,
    fire(actor) {
      fired.push({ name: actor.address, at: clock.now() });
      (actor as { dueAt: number | undefined }).dueAt = undefined;
      timers.arm(actor);
    },
    comeBack: () => back,
  });
});

describe('timers that ring', () => {
  it('in time fire at once, however many there are', async () => {
    for (let n = 0; n < 100; n++) armed(`${n}`, hour);
    const due = clock.now() + hour;
    await clock.advance(hour);
    expect(fired).toHaveLength(100);
    expect(fired.every(({ at }) => at === due)).toBe(true);
  });

  it('after a sleep of the machine fire in order of importance, twenty at a time', async () => {
    for (let n = 0; n < 50; n++) armed(`${n}`, hour + n);
    armed('important', 2 * hour, 10);
    clock.jumpTo(clock.now() + 8 * hour);
    const woke = clock.now();
    await clock.advance(0);
    expect(names()).toEqual(['important', ...Array.from({ length: 19 }, (_, n) => `${n}`)]);
    await clock.advance(200);
    expect(names().slice(20)).toEqual(Array.from({ length: 31 }, (_, n) => `${n + 19}`));
    const groups = Map.groupBy(fired, ({ at }) => at - woke);
    expect([...groups.values()].map(({ length }) => length)).toEqual([20, 20, 11]);
  });

  it('after a sleep wait until whoever is waited for is back, and those that are due in time do not', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    back = promise;
    armed('late', hour);
    armed('in time', 8 * hour);
    clock.jumpTo(clock.now() + 8 * hour);
    await clock.advance(30_000);
    expect(names()).toEqual(['in time']);
    armed('older', -9 * hour);
    await clock.advance(1_000);
    resolve();
    await clock.advance(0);
    expect(names()).toEqual(['in time', 'older', 'late']);
  });

  it('do not fire any more once they were stopped, whoever comes back', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    back = promise;
    armed('late', hour);
    clock.jumpTo(clock.now() + 8 * hour);
    await clock.advance(0);
    timers.stop();
    resolve();
    await clock.advance(hour);
    expect(fired).toEqual([]);
  });
});

it('a clock that has gone on without anybody is seen at once by whoever is told to look again', async () => {
  armed('late', hour);
  const looks: number[] = [];
  const at = clock.at.bind(clock);
  clock.at = (instant, callback) => {
    looks.push(instant);
    return at(instant, callback);
  };
  timers.lookAgain();
  expect(looks).toEqual([clock.now() + hour]);
});
