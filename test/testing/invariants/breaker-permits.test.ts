import { beforeEach, describe, expect, it } from 'vitest';
import { breakerPermits } from '../../../src/testing/invariants/breaker-permits.ts';
import { FakeWorld, startAt } from './fake-world.ts';

const key = (letter: string) => letter.repeat(32);
const headers = (letter: string) => ({ 'Idempotency-Key': key(letter) });

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(breakerPermits);
});

function breaker(value: unknown, probe?: string, service = 'shop') {
  const context = {
    openedAt: startAt - 1_000,
    probe: probe === undefined ? null : { id: key(probe), startedAt: startAt },
  };
  world.stands.set(`breaker/${service}`, { value, context });
}

describe('the permits of a breaker', () => {
  it('let calls through while it is closed, and its one probe', () => {
    breaker('closed');
    world.callSent({ headers: headers('a') });
    breaker({ halfOpen: 'probing' }, 'b');
    world.callEnded(world.callSent({ headers: headers('b') }));
    world.callSent({ headers: headers('b') });
    expect(world.found).toEqual([]);
  });

  it.each(['open', 'isolated'])('let no call through while it is %s, be it of an alert', (state) => {
    breaker(state);
    breaker(state, undefined, 'alert-person');
    world.callSent({ headers: headers('a') });
    world.callSent({ headers: { 'Idempotency-Key': 'a key of the job itself' } });
    world.callSent({ headers: headers('a'), service: 'alert-person' });
    expect(world.found).toHaveLength(3);
    expect(world.found[0]).toBe(`call 1 to shop goes out while its breaker is ${state}`);
  });

  it('let nobody through but the probe', () => {
    breaker({ halfOpen: 'ready' });
    world.callSent({ headers: headers('a') });
    breaker({ halfOpen: 'probing' }, 'b');
    world.callSent({ headers: headers('a') });
    expect(world.found).toEqual([
      'call 1 to shop goes out without being its probe',
      'call 2 to shop goes out beside its probe',
    ]);
  });

  it('let no second probe through while one is out, unless its process is dead', () => {
    breaker({ halfOpen: 'probing' }, 'b');
    world.callSent({ headers: headers('b') });
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.callSent({ headers: headers('b') });
    expect(world.found).toEqual([]);
    world.callSent({ headers: headers('b') });
    expect(world.found).toEqual(['call 3 to shop goes out as a probe while call 2 is out as one']);
  });

  it('count a call that was redirected once', () => {
    breaker('closed');
    const first = world.callSent({ headers: headers('a') });
    world.callEnded(first, { status: 302 });
    breaker('open');
    world.callSent({ headers: headers('a') });
    expect(world.found).toEqual([]);
    world.callSent({ headers: headers('a') });
    expect(world.found).toHaveLength(1);
  });

  it('do not tell what happens in one instant apart', () => {
    world.stands.set('breaker/shop', { value: 'open', context: { openedAt: startAt, probe: null } });
    world.callSent({ headers: headers('a') });
    expect(world.found).toEqual([]);
  });

  it('are given out by a breaker that has opened: one that stays closed after its failures in a row is found', () => {
    breaker('closed');
    for (const status of [503, 500, 502]) world.callEnded(world.callSent({ headers: headers('a') }), { status });
    expect(world.found).toEqual([]);
    world.callEnded(world.callSent({ headers: headers('a') }), { status: 200 });
    expect(world.found).toEqual(['call 4 to shop goes out after 3 failures in a row, and its breaker is closed']);
    world.callSent({ headers: headers('a') });
    expect(world.found).toHaveLength(1);
  });
});
