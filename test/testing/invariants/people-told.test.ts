import { beforeEach, describe, expect, it } from 'vitest';
import { peopleTold } from '../../../src/testing/invariants/people-told.ts';
import { FakeWorld } from './fake-world.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(peopleTold);
  world.begin();
});

const halts = () => world.transition('engine/job', { value: 'halted' });
const opens = (cause = 'engine:job') => world.stands.set(`incident/${cause}`, { value: { open: 'sending' } });

describe('people are told', () => {
  it('of an engine that has halted, within a minute', () => {
    halts();
    world.pass(60_000);
    opens();
    world.pass(600_000);
    expect(world.found).toEqual([]);
  });

  it('and where they are not, that is found, once', () => {
    halts();
    opens('engine:office');
    world.pass(600_000);
    expect(world.found).toEqual(['engine/job stands still until a person acts, and nobody is told']);
  });

  it('of a token that was revoked, and of an actor that was given up', () => {
    world.transition('token/shop', { value: 'revoked' });
    world.stands.set('breaker/shop', { value: 'closed', halted: true });
    world.tell({
      type: 'actor.crashed',
      crash: { address: 'breaker/shop', at: world.at, error: new Error('odd'), halted: true },
    });
    world.pass(600_000);
    expect(world.found).toEqual([
      expect.stringContaining('token/shop stands still'),
      expect.stringContaining('breaker/shop stands still'),
    ]);
  });

  it('later when nobody could tell them: with the process gone, or the disk full', () => {
    halts();
    world.works = false;
    world.pass(600_000);
    world.works = true;
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.pass(600_000);
    world.begin(2);
    world.pass(60_000);
    expect(world.found).toEqual([]);
    world.pass(60_000);
    expect(world.found).toHaveLength(1);
  });

  it('of nothing that goes on before that, and of an incident that is over only if it goes on', () => {
    halts();
    world.pass(30_000);
    world.transition('engine/job', { value: 'idle' });
    world.pass(600_000);
    expect(world.found).toEqual([]);
    halts();
    world.stands.set('incident/engine:job', { value: 'resolved' });
    world.pass(600_000);
    expect(world.found).toHaveLength(1);
  });
});
