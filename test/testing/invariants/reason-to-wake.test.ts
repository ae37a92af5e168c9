import { beforeEach, describe, expect, it } from 'vitest';
import { reasonToWake } from '../../../src/testing/invariants/reason-to-wake.ts';
import { FakeWorld, startAt } from './fake-world.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(reasonToWake);
  world.begin();
});

const timers = (dueAt: number, ticket = 't1') => ({ wake: { ticket, dueAt, event: { type: 'x' } } });
const effects = { run: { ticket: 'r1', src: 'runEngine', input: null, starts: 0 } };

describe('a reason to wake', () => {
  it('is a timer, an effect, a rest, or a person who is waited for', () => {
    world.transition('engine/job', { value: 'idle', timers: timers(startAt) });
    world.transition('engine/job', { value: 'running', effects });
    world.transition('breaker/shop', { value: 'closed' }, { tags: ['rest'] });
    world.transition('token/shop', { value: 'revoked' }, { tags: ['waitsForHuman'] });
    expect(world.found).toEqual([]);
  });

  it('is missed where there is none', () => {
    world.transition('engine/job', { value: 'idle' });
    expect(world.found).toEqual([expect.stringContaining('engine/job is idle, and has neither a timer nor an effect')]);
  });

  it.each([
    ['engine/job', { held: 'forTime' }, { hold: null }],
    ['engine/job', 'backoff', { failure: null }],
    ['breaker/shop', 'open', { reason: null }],
    ['quota/shop', 'exhausted', { reason: '' }],
  ] as const)('is missed where %s is %j and does not say why', (address, value, context) => {
    world.transition(address, { value, context, timers: timers(startAt) });
    expect(world.found).toEqual([expect.stringContaining('does not say')]);
  });

  it('comes true: a timer that stays overdue is found', () => {
    world.stands.set('engine/job', { value: 'idle', timers: timers(startAt + 1_000) });
    world.pass(30 * 60_000);
    expect(world.found[0]).toContain("engine/job: its timer 'wake' was due at 2026-01-05T08:00:01.000Z");
  });

  it('is not missed where a timer is late for a moment, as after a start', () => {
    world.stands.set('engine/job', { value: 'idle', timers: timers(startAt - 1_000) });
    world.pass(5_000);
    world.stands.set('engine/job', { value: 'idle', timers: timers(startAt + 3_600_000, 't2') });
    world.pass(20 * 60_000);
    expect(world.found).toEqual([]);
  });

  it('is not missed while nobody could wake, or when the host has given the actor up', () => {
    world.stands.set('engine/job', { value: 'idle', timers: timers(startAt), halted: true });
    world.pass(30 * 60_000);
    world.stands.set('engine/job', { value: 'idle', timers: timers(startAt) });
    world.works = false;
    world.pass(30 * 60_000);
    world.works = true;
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.pass(30 * 60_000);
    expect(world.found).toEqual([]);
  });

  it('comes true: a run that is at work in the record alone is found', () => {
    world.stands.set('engine/job', { value: 'running', effects });
    world.runBegan({ ticket: 'r1' });
    world.pass(30 * 60_000);
    expect(world.found).toEqual([]);
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.begin(2);
    world.pass(30 * 60_000);
    expect(world.found[0]).toBe('engine/job: its record says that a run is at work, and nobody is');
  });

  it('is still there: an engine that goes on waiting for a breaker that has closed is found', () => {
    const hold = { kind: 'actor', reason: 'down', address: 'breaker/shop', tag: 'admitting' };
    const waiting = { clearance: { ticket: 'c1', src: 'awaitActor', input: null, starts: 0 } };
    world.stands.set('engine/job', { value: { held: 'forActor' }, context: { hold }, effects: waiting });
    world.stands.set('breaker/shop', { value: 'open' });
    world.pass(30 * 60_000);
    expect(world.found).toEqual([]);
    world.stands.set('breaker/shop', { value: 'closed' });
    world.pass(30 * 60_000);
    expect(world.found[0]).toBe('engine/job: it waits for breaker/shop, which it need not wait for any more');
  });
});
