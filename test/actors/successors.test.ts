/**
 * Engines that run after another one, on a real store: told once, whatever dies in between.
 */
import { type EngineOptions, engine } from 'nightshift';
import { afterEach, describe, expect, it } from 'vitest';
import { Workplace } from './effects/workplace.ts';

let place: Workplace;
afterEach(() => place[Symbol.asyncDispose]());

const first = (run: () => unknown = () => 1) => engine('first', { retry: { tries: 1 }, maxFailures: 99, run });
const following = (run: () => unknown, more: Omit<EngineOptions<undefined>, 'run'> = {}) =>
  engine('second', { after: 'first', ...more, run });

/** `count` answers how often it was called before. */
function counter() {
  let calls = 0;
  const count = () => {
    calls += 1;
    return calls - 1;
  };
  return { count, runs: () => calls };
}

/** Lets everything happen that is due. */
const settle = async () => {
  for (let n = 0; n < 3; n++) await place.clock.advance(1_000);
};

describe('an engine after another', () => {
  it('runs when that one has succeeded, and not when it has failed', async () => {
    const { count, runs } = counter();
    const outcomes = ['failure', 'success', 'success'];
    const work = () => {
      if (outcomes.shift() === 'failure') throw new Error('broken');
      return 1;
    };
    place = await Workplace.open({ engines: [first(work), following(count)] });
    for (const expected of [0, 1, 2]) {
      await place.run('first');
      await settle();
      expect(runs()).toBe(expected);
    }
    const entries = await place.ledger('engine/second');
    const { last } = place.at('engine/first').context;
    expect(entries).toMatchObject([{ outcome: 'ran' }, { outcome: 'ran', due: { from: last?.endedAt } }]);
  });

  it('runs once more when that one succeeded while it was at work, for all of those times', async () => {
    const letGo = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { count, runs } = counter();
    place = await Workplace.open({ engines: [first(), following(() => letGo[count()]?.promise)] });
    await place.run('first');
    await settle();
    for (let n = 0; n < 3; n++) {
      await place.run('first');
      await settle();
    }
    letGo[0]?.resolve();
    await place.reached('engine/second', ({ context }) => context.last !== null);
    await settle();
    letGo[1]?.resolve();
    await settle();
    expect(runs()).toBe(2);
    const entries = await place.ledger('engine/second');
    expect(entries.map(({ outcome }) => outcome)).toEqual(['ran', 'coalesced', 'ran']);
    const [, coalesced, last] = entries;
    expect(coalesced?.due?.from).toBeLessThan(coalesced?.due?.to ?? 0);
    expect(coalesced?.due?.to).toBeLessThan(last?.due?.from ?? 0);
  });

  it('says why it did not run when overlaps are skipped', async () => {
    const letGo = Promise.withResolvers<void>();
    place = await Workplace.open({ engines: [first(), following(() => letGo.promise, { overlap: 'skip' })] });
    await place.run('first');
    await settle();
    await place.run('first');
    await settle();
    letGo.resolve();
    await place.reached('engine/second', ({ context }) => context.last !== null);
    await settle();
    expect((await place.ledger('engine/second')).map(({ outcome }) => outcome)).toEqual(['ran', 'skipped']);
  });

  it('says why it did not run when it was paused', async () => {
    const { count, runs } = counter();
    place = await Workplace.open({ engines: [first(), following(count)] });
    await place.host.send('engine/second', { type: 'engine.pause' });
    await place.run('first');
    await settle();
    await place.host.send('engine/second', { type: 'engine.resume' });
    await settle();
    expect(runs()).toBe(0);
    expect(await place.ledger('engine/second')).toMatchObject([
      { outcome: 'skipped', reason: 'the engine was paused' },
    ]);
  });

  it('says of what is too much to be waited for that it was left out', async () => {
    place = await Workplace.open({ engines: [first(), following(() => 1)] });
    await place.host.send('engine/second', { type: 'engine.pause' });
    const ends: number[] = [];
    for (let n = 0; n < 103; n++) {
      await place.clock.advance(1_000);
      ends.push((await place.run('first')).last?.endedAt ?? 0);
    }
    await settle();
    await place.host.send('engine/second', { type: 'engine.resume' });
    await settle();
    const entries = await place.ledger('engine/second');
    const reason = 'more than 100 successes of first were waited for already';
    expect(entries.slice(0, 3)).toMatchObject(
      ends.slice(0, 3).map((at) => ({ outcome: 'skipped', due: { from: at, to: at }, reason })),
    );
    const unaccounted = ends.filter((at) => !entries.some(({ due }) => due && due.from <= at && at <= due.to));
    expect(unaccounted).toEqual([]);
  });

  it('is told after a crash of what it was not told before, and of nothing twice', async () => {
    const { count, runs } = counter();
    place = await Workplace.open({ engines: [first(), following(count)] });
    // The success of the first is written, and nothing after it.
    const written = place.afterWrite((keys) => keys.some((key) => key.startsWith('ledger:engine/first')));
    const over = place.inMemory('engine/first', ({ context }) => context.last !== null);
    await place.trigger('first');
    await over;
    const release = await written;
    const back = place.crash();
    release();
    await back;
    await settle();
    expect(runs()).toBe(1);
    await place.crash();
    await settle();
    expect(runs()).toBe(1);
  });

  it('does not run for what succeeded before it followed that one', async () => {
    const { count, runs } = counter();
    const second = (timing: object) => engine('second', { ...timing, run: count });
    place = await Workplace.open({ engines: [first(), second({})] });
    await place.run('first');
    await place.restart({ engines: [first(), second({ after: 'first' })] });
    await settle();
    expect(runs()).toBe(0);
    await place.run('first');
    await settle();
    expect(runs()).toBe(1);
  });

  it('runs for a success that came when the clock had been set back', async () => {
    const { count, runs } = counter();
    place = await Workplace.open({ engines: [first(), following(count)] });
    for (const expected of [1, 2]) {
      place.clock.jumpTo(place.clock.now() - 3_600_000);
      await place.run('first');
      await settle();
      expect(runs()).toBe(expected);
    }
  });

  it('runs for each of the successes that it waits for, whatever the clock showed', async () => {
    const letGo = Promise.withResolvers<void>();
    place = await Workplace.open({ engines: [first(), following(() => letGo.promise, { catchUp: 'all' })] });
    await place.run('first');
    await settle();
    const ends = [(await place.run('first')).last?.endedAt];
    place.clock.jumpTo(place.clock.now() - 60_000);
    ends.push((await place.run('first')).last?.endedAt);
    letGo.resolve();
    await place.clock.advance(120_000);
    const dues = (await place.ledger('engine/second')).map(({ due }) => due?.from);
    expect(dues.slice(1)).toEqual(ends.reverse());
  });
});
