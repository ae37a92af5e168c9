import { describe, expect, it } from 'vitest';
import { troubleOf } from '../../src/policies/trouble.ts';

const failure = { class: 'degraded', code: 'EXIT_69', message: 'not now' };
const run = { id: 'job.1' };
const armed = { timers: { untilAllowed: {} }, effects: {} };

describe('a heartbeat that is missing', () => {
  it.each([
    ['job', 'job has gone quiet', 'nightshift why job says where it stands'],
    ['service:shop', 'the service shop has gone quiet', 'nightshift status says where it stands'],
  ])('of %s says how to ask about it', (id, title, todo) => {
    const stand = { value: 'missing', context: {}, timers: {}, effects: {} };
    expect(troubleOf(`heartbeat/${id}`, stand as never, null)).toMatchObject({ trouble: { title, todo } });
  });
});

describe('an engine', () => {
  const of = (value: unknown, context: object, rest: object = armed) =>
    troubleOf('engine/job', { value, context, timers: {}, effects: {}, ...rest }, null);

  it('that nothing will wake is one, which a person can have begin anew', () => {
    expect(of({ idle: 'scheduled' }, {}, {})).toEqual({
      cause: 'engine:job',
      trouble: {
        severity: 'now',
        title: 'job waits for nothing',
        what: 'engine/job: it is idle.scheduled, and nothing will wake it.',
        tried: null,
        todo: 'have it begin anew: nightshift pause job, then nightshift resume job',
      },
    });
  });

  it.each([
    ['waits for a time', { idle: 'scheduled' }, { timers: { untilDue: {} } }],
    ['is at work', 'running', { effects: { run: {} } }],
    ['runs only when it is triggered', { idle: 'onDemand' }, {}],
    ['is paused', 'paused', {}],
  ])('that %s is none', (_, value, rest) => {
    expect(of(value, {}, rest)).toBeNull();
  });

  it('that cannot work now is one while it waits, and leaves it open while it looks again', () => {
    const hold = { kind: 'trouble', reason: 'not now', until: 0 };
    expect(of({ held: 'forTime' }, { run, failure, hold })).toMatchObject({
      cause: 'engine:job',
      trouble: { severity: 'canWait', title: 'job is held up', what: 'not now' },
    });
    expect(of('running', { run, failure, hold: null })).toEqual({ cause: 'engine:job', undecided: true });
  });

  it('that waits for a window of its own is none', () => {
    const own = { kind: 'window', reason: 'closed', until: 0, window: 'day' };
    expect(of({ held: 'forTime' }, { run, failure, hold: own })).toBeNull();
    // As an older record has it.
    const hold = { kind: 'trouble', reason: 'closed', until: 0 };
    const closed = { ...failure, code: 'WINDOW_CLOSED' };
    expect(of({ held: 'forTime' }, { run, failure: closed, hold })).toBeNull();
    expect(of('running', { run, failure: closed, hold: null })).toBeNull();
  });

  it('that waits for a service is that one’s', () => {
    const hold = { kind: 'actor', reason: 'down', address: 'breaker/shop', tag: 'admitting' };
    const down = { ...failure, service: 'shop' };
    expect(of({ held: 'forActor' }, { run, failure: down, hold })).toEqual({ cause: 'breaker:shop', waits: true });
  });
});
