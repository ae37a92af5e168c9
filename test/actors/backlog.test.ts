import { describe, expect, it } from 'vitest';
import { Backlog } from '../../src/actors/backlog.ts';
import type { LiveActor } from '../../src/actors/live-actor.ts';
import { seededRandom } from '../../src/random.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

function setUp() {
  const clock = new VirtualClock(0);
  const fired: { name: string; at: number }[] = [];
  const backlog = new Backlog(clock, seededRandom(1), (actor) => {
    fired.push({ name: actor.address, at: clock.now() });
  });
  const actors = new Map<string, LiveActor>();
  const add = (name: string, importance: number, dueAt: number) => {
    const actor = { address: name } as unknown as LiveActor;
    actors.set(name, actor);
    backlog.add(actor, importance, dueAt);
    return actor;
  };
  return { clock, fired, backlog, add, names: () => fired.map(({ name }) => name) };
}

describe('the backlog', () => {
  it('fires by importance, then by age', async () => {
    const { clock, backlog, add, names } = setUp();
    add('low, old', 30, 1);
    add('high, young', 10, 9);
    add('normal', 20, 5);
    add('high, old', 10, 2);
    backlog.start();
    await clock.advance(0);
    expect(names()).toEqual(['high, old', 'high, young', 'normal', 'low, old']);
  });

  it('fires nothing in the turn in which it starts', () => {
    const { backlog, add, names } = setUp();
    add('one', 0, 1);
    backlog.start();
    expect(names()).toEqual([]);
  });

  it('fires twenty at a time, unevenly, with 50 to 100 ms between', async () => {
    const { clock, fired, backlog, add } = setUp();
    for (let n = 0; n < 110; n++) add(`${n}`, 0, n);
    backlog.start();
    await clock.advance(10_000);
    expect(fired.map(({ name }) => Number(name))).toEqual(Array.from({ length: 110 }, (_, n) => n));
    const groups = [...Map.groupBy(fired, ({ at }) => at)];
    expect(groups.map(([, group]) => group.length)).toEqual([20, 20, 20, 20, 20, 10]);
    const gaps = groups.slice(1).map(([at], n) => at - (groups[n]?.[0] ?? 0));
    for (const gap of gaps) expect(gap).toSatisfy((ms: number) => ms >= 50 && ms <= 100);
    expect(new Set(gaps).size).toBeGreaterThan(1);
  });

  it('has who waits, and nobody else', async () => {
    const { clock, backlog, add } = setUp();
    const one = add('one', 0, 1);
    expect(backlog.has(one)).toBe(true);
    backlog.start();
    await clock.advance(0);
    expect(backlog.has(one)).toBe(false);
  });

  it('gives whoever comes while it is at work a place in the next group', async () => {
    const { clock, backlog, add, names } = setUp();
    for (let n = 0; n < 25; n++) add(`${n}`, 5, n);
    backlog.start();
    await clock.advance(0);
    add('important', 1, 99);
    backlog.start();
    await clock.advance(0);
    expect(names()).toHaveLength(20);
    await clock.advance(100);
    expect(names().slice(20)).toEqual(['important', '20', '21', '22', '23', '24']);
    await clock.advance(10_000);
    expect(names()).toHaveLength(26);
  });

  it('fires nobody after it was stopped', async () => {
    const { clock, backlog, add, names } = setUp();
    for (let n = 0; n < 25; n++) add(`${n}`, 0, n);
    backlog.start();
    await clock.advance(0);
    backlog.stop();
    await clock.advance(10_000);
    expect(names()).toHaveLength(20);
    expect(clock.next()).toBeUndefined();
  });

  it('with nobody in it sets no alarm', () => {
    const { clock, backlog } = setUp();
    backlog.start();
    expect(clock.next()).toBeUndefined();
  });
});
