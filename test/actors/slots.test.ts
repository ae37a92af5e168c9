import { describe, expect, it } from 'vitest';
import { Slots } from '../../src/actors/slots.ts';
import type { Address } from '../../src/stream.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { fc } from '../property.ts';

const clock = new VirtualClock();
const forever = new AbortController().signal;
const slotsOf = (limits: Record<string, number>) => new Slots(new Map(Object.entries(limits)), clock);
const engine = (name: string): Address => `engine/${name}`;

describe('slots', () => {
  it('are given out up to the limit, and again when they are given back', () => {
    const slots = slotsOf({ '*': 2 });
    expect(['a', 'b', 'c'].map((name) => slots.take(engine(name), ['*']))).toEqual([null, null, '*']);
    slots.release(engine('a'));
    expect(slots.take(engine('c'), ['*'])).toBeNull();
  });

  it('of several limits are taken together or not at all', () => {
    const slots = slotsOf({ '*': 3, browser: 1 });
    expect(slots.take(engine('a'), ['*', 'browser'])).toBeNull();
    expect(slots.take(engine('b'), ['*', 'browser'])).toBe('browser');
    expect(slots.take(engine('c'), ['*'])).toBeNull();
    expect(slots.take(engine('d'), ['*'])).toBeNull();
    expect(slots.take(engine('e'), ['*'])).toBe('*');
  });

  it('go to the more important first, then to whoever came first, and are kept for them', async () => {
    const slots = slotsOf({ '*': 1 });
    const order: string[] = [];
    slots.take(engine('a'), ['*']);
    const come = (name: string, importance: number) =>
      slots.turn(engine(name), ['*'], importance, forever).then(() => order.push(name));
    const all = Promise.all([come('late', 1), come('later', 1), come('important', 0)]);
    for (const name of ['a', 'important', 'late']) {
      slots.release(engine(name));
      await new Promise(setImmediate);
      expect(slots.take(engine('stranger'), ['*'])).toBe('*');
      slots.take(engine(order.at(-1) ?? ''), ['*']);
    }
    await all;
    expect(order).toEqual(['important', 'late', 'later']);
  });

  it('do not wait for somebody in front who needs another one', async () => {
    const slots = slotsOf({ '*': 2, browser: 1 });
    slots.take(engine('a'), ['*', 'browser']);
    slots.take(engine('b'), ['*']);
    const order: string[] = [];
    void slots.turn(engine('browsing'), ['*', 'browser'], 0, forever).then(() => order.push('browsing'));
    void slots.turn(engine('plain'), ['*'], 1, forever).then(() => order.push('plain'));
    slots.release(engine('b'));
    await new Promise(setImmediate);
    expect(order).toEqual(['plain']);
  });

  it('are not kept for somebody who went away', async () => {
    const slots = slotsOf({ '*': 1 });
    slots.take(engine('a'), ['*']);
    const leaving = new AbortController();
    const left = slots.turn(engine('b'), ['*'], 0, leaving.signal).catch((error) => error.message);
    leaving.abort(new Error('paused'));
    expect(await left).toBe('paused');
    slots.release(engine('a'));
    expect(slots.take(engine('c'), ['*'])).toBeNull();
  });

  it('are kept for half a minute for somebody who does not come', async () => {
    const slots = slotsOf({ '*': 1 });
    slots.take(engine('a'), ['*']);
    const granted = slots.turn(engine('b'), ['*'], 0, forever);
    slots.release(engine('a'));
    await granted;
    await clock.advance(29_999);
    expect(slots.take(engine('c'), ['*'])).toBe('*');
    await clock.advance(1);
    expect(slots.take(engine('c'), ['*'])).toBeNull();
  });

  it('are not taken away from somebody who came in time', async () => {
    const slots = slotsOf({ '*': 1 });
    slots.take(engine('a'), ['*']);
    const granted = slots.turn(engine('b'), ['*'], 0, forever);
    slots.release(engine('a'));
    await granted;
    expect(slots.take(engine('b'), ['*'])).toBeNull();
    await clock.advance(60_000);
    expect(slots.take(engine('c'), ['*'])).toBe('*');
  });

  it('are never given out beyond a limit, and never withheld from somebody who could have them', async () => {
    const limits = { '*': 3, browser: 1, mail: 2 };
    const names = fc.subarray(['*', 'browser', 'mail'], { minLength: 1 });
    const acts = fc.array(fc.record({ who: fc.nat(7), names, leaves: fc.boolean() }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(acts, async (acts) => {
        const slots = slotsOf(limits);
        const holding = new Map<number, string[]>();
        const waiting = new Map<number, string[]>();
        const count = (name: string) => [...holding.values()].filter((held) => held.includes(name)).length;
        const hasRoom = (wanted: string[]) => wanted.every((name) => count(name) < limits[name as keyof typeof limits]);
        for (const { who, names, leaves } of acts) {
          if (leaves && holding.has(who)) {
            holding.delete(who);
            slots.release(engine(String(who)));
          } else if (!holding.has(who) && !waiting.has(who)) {
            const full = slots.take(engine(String(who)), names);
            expect(full === null).toBe(hasRoom(names));
            if (full === null) holding.set(who, names);
            else {
              waiting.set(who, names);
              void slots.turn(engine(String(who)), names, 0, forever).then(() => {
                waiting.delete(who);
                holding.set(who, names);
              });
            }
          }
          await new Promise(setImmediate);
          for (const [name, limit] of Object.entries(limits)) expect(count(name)).toBeLessThanOrEqual(limit);
          for (const wanted of waiting.values()) expect(hasRoom(wanted)).toBe(false);
        }
      }),
    );
  });
});
