import { beforeEach, describe, expect, it } from 'vitest';
import type { Address } from '../../../src/stream.ts';
import { healingBoundMs, heals } from '../../../src/testing/invariants/heals.ts';
import { FakeWorld, fakeConfig, startAt } from './fake-world.ts';

const minuteMs = 60_000;

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(heals);
  world.begin();
  for (const [address, stand] of Object.entries({
    'engine/job': { value: { idle: 'scheduled' }, context: { due: { at: 1 } } },
    'engine/office': { value: { held: 'forTime' }, context: { hold: { kind: 'window', reason: 'closed' } } },
    'engine/next': { value: { idle: 'onDemand' }, context: { due: null } },
    'breaker/shop': { value: { halfOpen: 'ready' } },
    'token/shop': { value: 'fresh' },
    'incident/breaker:shop': { value: 'resolved' },
  })) {
    world.stands.set(address as Address, stand);
  }
});

const succeeds = (engine = 'job') =>
  world.tell({
    type: 'ledger',
    address: `engine/${engine}`,
    entry: { at: world.at, outcome: 'ran', due: null, result: 'success' },
  });

/** Faults stop; so much later everything is looked at. */
function isJudged({ afterMs = healingBoundMs(world.config), engine = 'job' as string | null } = {}) {
  world.tell({ type: 'calm' });
  if (engine !== null) succeeds(engine);
  world.at += afterMs;
  world.end();
  return world.found;
}

const alert = (cause: string, todo: string | null, kind = 'opened') =>
  world.tell({ type: 'alert', channel: 'person', key: 'k', kind, cause, severity: 'now', todo });

describe('the bound within which a world heals', () => {
  it('grows with the slowest breaker, the rarest engine and the longest retries', () => {
    const bound = (change: object) => healingBoundMs(new FakeWorld(heals, { ...fakeConfig, ...change }).config);
    const shop = { url: 'https://shop.world', token: 'shop' };
    const plain = bound({});
    expect(bound({ services: { shop: { ...shop, breaker: { cooldownMax: '3h' } } } })).toBe(plain + 150 * minuteMs);
    const [job] = fakeConfig.engines ?? [];
    expect(bound({ engines: [{ ...job, every: '70m' }] })).toBe(plain + 60 * minuteMs);
    expect(bound({ engines: [{ ...job, every: undefined, schedule: '0 4 * * 1' }] })).toBe(
      plain + (7 * 24 * 60 - 10) * minuteMs,
    );
    expect(bound({ engines: [{ ...job, retry: { tries: 1 } }] })).toBeLessThan(plain);
  });
});

describe('a world that heals', () => {
  it('has engines that have succeeded since, or are held as their settings ask for', () => {
    expect(isJudged()).toEqual([]);
  });

  it('is not judged before its time, or while faults go on', () => {
    expect(isJudged({ afterMs: healingBoundMs(world.config) - 1, engine: null })).toEqual([]);
    world.tell({ type: 'fault', injection: {} as never });
    world.at += 2;
    world.end();
    expect(world.found).toEqual([]);
  });

  it('is given longer when the clock was set back, by as much', () => {
    world.ahead = minuteMs;
    world.tell({ type: 'calm' });
    world.ahead = 0;
    expect(isJudged({ engine: null })).toEqual([]);
    world.at += minuteMs;
    world.end();
    expect(world.found).toHaveLength(1);
  });

  it('has no engine that has not succeeded since, were it but in the same instant', () => {
    succeeds();
    expect(isJudged({ engine: null })).toEqual(['job: it has not succeeded since, and is idle.scheduled']);
  });

  it('has no engine that is still held by what is over', () => {
    const hold = { kind: 'actor', reason: 'shop is down', address: 'breaker/shop', tag: 'admitting' };
    world.stands.set('engine/job', { value: { held: 'forActor' }, context: { hold } });
    expect(isJudged({ engine: null })).toEqual(['job: it is still held.forActor: shop is down']);
  });

  it('has engines that wait for a person, if they have called one', () => {
    world.stands.set('engine/job', { value: 'halted', context: {} });
    const hold = { kind: 'actor', reason: 'revoked', address: 'token/shop', tag: 'usable' };
    world.stands.set('engine/office', { value: { held: 'forActor' }, context: { hold } });
    world.stands.set('token/shop', { value: 'revoked' });
    alert('engine:job', 'resume it');
    alert('token:shop', 'log in again');
    expect(isJudged({ engine: null })).toEqual([]);
    alert('engine:job', null, 'resolved');
    world.end();
    expect(world.found).toEqual(['job: it is halted, and nobody was told what to do about it']);
  });

  it('has no engine that has halted again once a person has done what they were told', () => {
    const failure = { message: 'out of paper' };
    world.stands.set('engine/job', { value: 'halted', context: { failure } });
    alert('engine:job', 'resume it');
    world.tell({ type: 'calm' });
    world.tell({ type: 'person', did: 'resumed job', cause: 'engine:job' });
    world.at += healingBoundMs(world.config);
    world.end();
    expect(world.found).toEqual(['job: it is halted again, though a person has resumed it: out of paper']);
  });

  it.each([
    ['the breaker of shop is still open', 'breaker/shop', { value: 'open' }],
    ['the token shop is still expired', 'token/shop', { value: 'expired' }],
    ['the token shop is revoked, and nobody was told what to do about it', 'token/shop', { value: 'revoked' }],
    [
      'breaker:shop: shop is down still, though nobody need do anything about it',
      'incident/breaker:shop',
      { value: { open: 'told' }, context: { id: 'breaker:shop', trouble: { title: 'shop is down', todo: null } } },
    ],
  ] as const)('does not end with this: %s', (what, address, stand) => {
    world.stands.set(address, stand);
    expect(isJudged()).toEqual([what]);
  });

  it('has a process, and a disk that takes writes', () => {
    world.works = false;
    expect(isJudged()).toEqual([expect.stringContaining('the disk takes no writes')]);
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.end();
    expect(world.found).toEqual([expect.anything(), expect.stringContaining('no process is there')]);
    expect(world.at).toBeGreaterThan(startAt);
  });
});
