import { describe, expect, it } from 'vitest';
import { incidentViews, type Seen } from '../../src/dashboard/incident-view.ts';

const day = 86_400_000;
const now = 100 * day;
const trouble = { severity: 'canWait', title: 'down', what: 'it is down', tried: null, todo: null };

function incident(cause: string, value: unknown, context: object = {}, timers: Seen['stand']['timers'] = {}): Seen {
  const whole = {
    trouble,
    occurrence: 1,
    since: now - 1_000,
    endedAt: null,
    informed: [],
    reminders: 0,
    failure: null,
  };
  return {
    address: `incident/${cause}`,
    stand: { value, context: { ...whole, ...context }, timers, effects: {} },
    halted: null,
  };
}

function engine(id: string, context: object): Seen {
  return {
    address: `engine/${id}`,
    stand: { value: { held: 'forTime' }, context, timers: { untilAllowed: { dueAt: now } }, effects: {} },
    halted: null,
  };
}

const causes = (actors: Seen[]) => incidentViews(actors, now).map(({ cause }) => cause);

describe('the list of incidents', () => {
  it('has the one that cannot be read as that, and is as it was for all others', () => {
    const unreadable = {
      address: 'incident/token:a',
      stand: { value: 'open', context: null, timers: {}, effects: {} },
    };
    const held = { address: 'engine/b', stand: { value: 'halted', context: null, timers: {}, effects: {} } };
    const list = [unreadable, held].map((each): Seen => ({ ...each, halted: null }));
    expect(incidentViews([...list, incident('breaker:shop', { open: 'told' })], now)).toMatchObject([
      { cause: 'token:a', state: 'unreadable', what: expect.stringContaining('TypeError') },
      { cause: 'breaker:shop', state: 'open.told' },
    ]);
  });

  it('begins with what is urgent, then what stands for longest, then what was over last', () => {
    const urgent = { trouble: { ...trouble, severity: 'now' } };
    const list = [
      incident('breaker:late', { open: 'told' }),
      incident('breaker:early', { open: 'told' }, { since: now - day }),
      incident('engine:over', 'resolved', { endedAt: now - 2 * day }),
      incident('engine:lately', { closing: 'sending' }, { endedAt: now - day }),
      incident('token:gone', 'acknowledged', urgent),
    ];
    expect(causes(list)).toEqual(['token:gone', 'breaker:early', 'breaker:late', 'engine:lately', 'engine:over']);
  });

  it('ends after a week, and with what has never come', () => {
    const old = incident('engine:old', 'resolved', { endedAt: now - 7 * day });
    expect(causes([old, incident('engine:new', 'resolved', { trouble: null })])).toEqual([]);
  });

  it('names who waits, also for what has no actor of its own', () => {
    const full = { run: {}, failure: { class: 'shared', code: 'ENOSPC', message: 'full' } };
    const actors = [
      incident('shared:ENOSPC', { open: 'told' }),
      incident('breaker:shop', { open: 'told' }),
      engine('b', full),
      engine('a', full),
      engine('c', { hold: { kind: 'actor', address: 'breaker/shop', tag: 'admitting', reason: '' } }),
    ];
    expect(incidentViews(actors, now).map(({ waiting }) => waiting)).toEqual([['a', 'b'], ['c']]);
  });

  it('names whom a service keeps from their work without being down', () => {
    const busy = { class: 'recoverable', code: 'HTTP_429', message: 'slow down', service: 'shop' };
    const quiet: Seen = {
      address: 'heartbeat/a',
      stand: { value: 'missing', context: {}, timers: {}, effects: {} },
      halted: null,
    };
    const actors = [incident('service:shop', { open: 'told' }), engine('a', { failure: busy }), engine('b', {}), quiet];
    expect(incidentViews(actors, now).map(({ waiting }) => waiting)).toEqual([['a']]);
  });

  it('says when the next message is due', () => {
    const timers = { one: { dueAt: now + 9 }, two: { dueAt: now + 5 } };
    expect(incidentViews([incident('breaker:shop', { open: 'retrying' }, {}, timers)], now)).toMatchObject([
      { nextAt: now + 5 },
    ]);
  });
});
