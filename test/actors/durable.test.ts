import { describe, expect, it } from 'vitest';
import { assign, createActor, emit, setup } from 'xstate';
import { durable, type Fence, type PersistedSnapshot, type Step } from '../../src/actors/durable.ts';
import type { Json } from '../../src/json.ts';
import { effect } from '../../src/policies/effect.ts';
import type { DurableSnapshot } from '../../src/stream.ts';

const chart = setup({
  types: {
    context: {} as { log: string[]; waitMs: number },
    events: {} as
      | { type: 'go' | 'note' | 'again' | 'both' | 'quiet' | 'break' | 'anew' }
      | { type: 'wait'; waitMs: number },
    emitted: {} as { type: 'noted'; entries: Json[] },
    tags: {} as 'rest',
  },
  actors: { work: effect<{ of: number }, null>() },
  actions: {
    note: assign({ log: ({ context, event }) => [...context.log, event.type] }),
    tell: emit(({ context }) => ({ type: 'noted', entries: [context.log.length] })),
    touch: assign({}),
    takeWait: assign({ waitMs: ({ event }) => (event.type === 'wait' ? event.waitMs : 0) }),
    explode: assign(() => {
      throw new Error('boom');
    }),
  },
  delays: { soon: ({ context }) => context.waitMs },
}).createMachine({
  id: 'chart',
  context: { log: [], waitMs: 1_000 },
  initial: 'waiting',
  on: { quiet: { actions: 'touch' }, break: { actions: 'explode' } },
  states: {
    waiting: {
      description: 'A timer is armed.',
      after: { soon: { target: 'working', actions: ['note', 'tell'] } },
      on: {
        go: 'working',
        note: { actions: ['tell', 'note', 'tell'] },
        both: 'passing',
        wait: { target: 'waiting', reenter: true, actions: 'takeWait' },
        anew: { target: 'waiting', reenter: true },
      },
    },
    passing: { description: 'Left at once.', always: 'resting', invoke: work(1) },
    working: { description: 'At work.', invoke: work(2), on: { again: { target: 'working', reenter: true } } },
    resting: { description: 'At rest.', tags: 'rest' },
  },
});

function work(of: number) {
  return { id: 'work', src: 'work', input: { of }, onDone: 'resting', onError: 'resting' } as const;
}

/** An actor with durable logic, and what each delivery did. */
function start(snapshot?: PersistedSnapshot) {
  const steps: Step[] = [];
  const logic = durable(chart, (step) => steps.push(step));
  const actor = createActor(logic, (snapshot ? { snapshot } : { input: { at: 5_000, chance: 0.25 } }) as never);
  actor.start();
  const seen = () => actor.getSnapshot() as unknown as DurableSnapshot & { value: unknown };
  return {
    steps,
    seen,
    send(event: object, at: number, chance = 0.5): Step {
      actor.send({ at, chance, ...event } as never);
      return steps.at(-1) as Step;
    },
    persisted: () => JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as PersistedSnapshot,
  };
}

const timer = 'xstate.after.soon.chart.waiting';
const done = { type: 'xstate.done.actor.work', output: null, actorId: 'work' };
const fenceOf = (kind: Fence['kind'], id: string, seen: DurableSnapshot): Fence => ({
  kind,
  id,
  ticket: seen[kind][id]?.ticket ?? 'none',
});

describe('durable logic', () => {
  it('turns the timers of the first state into data, counted from the instant of the start', () => {
    const { seen } = start();
    expect(seen().timers).toEqual({ [timer]: { ticket: expect.any(String), dueAt: 6_000, event: { type: timer } } });
    expect(seen().effects).toEqual({});
  });

  it('turns an invoke into data, and takes away the timer of the state that was left', () => {
    const { seen, send } = start();
    send({ type: 'go' }, 5_100);
    expect(seen().timers).toEqual({});
    expect(seen().effects).toEqual({ work: { ticket: expect.any(String), src: 'work', input: { of: 2 }, starts: 0 } });
  });

  it('gives a new ticket to each start, made of the instant and chance alone', () => {
    const tickets = [0.1, 0.1, 0.2].map((chance) => {
      const { seen, send } = start();
      send({ type: 'go' }, 5_100);
      const first = seen().effects.work?.ticket;
      send({ type: 'again' }, 5_200, chance);
      expect(seen().effects.work?.ticket).not.toBe(first);
      return seen().effects.work?.ticket;
    });
    expect(tickets[0]).toBe(tickets[1]);
    expect(tickets[0]).not.toBe(tickets[2]);
  });

  it('arms the timer anew when a state is entered anew, also when nothing else has changed', () => {
    const { seen, send } = start();
    expect(send({ type: 'anew' }, 5_700).taken).toBe(true);
    expect(seen().timers).toMatchObject({ [timer]: { dueAt: 6_700 } });
  });

  it('wants nothing of a state that was entered and left in one step', () => {
    const { seen, send } = start();
    const { path } = send({ type: 'both' }, 5_100);
    expect(path).toEqual(['passing', 'resting']);
    expect(seen()).toMatchObject({ value: 'resting', timers: {}, effects: {} });
  });

  it('hands the facts of a step over, in order', () => {
    const { send } = start();
    expect(send({ type: 'note' }, 5_100).facts).toEqual([0, 1]);
  });

  it('says of an event that the chart does not know that it was not taken', () => {
    const { send, seen } = start();
    const before = seen();
    expect(send({ type: 'again' }, 5_100)).toMatchObject({ taken: false, stale: false });
    expect(seen()).toBe(before);
  });

  it('says of an event that changes nothing that it was taken', () => {
    const { send } = start();
    expect(send({ type: 'quiet' }, 5_100)).toMatchObject({ taken: true, facts: [] });
  });

  it('works the timer out anew when its state is entered again', () => {
    const { send, seen } = start();
    const before = seen().timers[timer];
    send({ type: 'wait', waitMs: 300 }, 5_500);
    expect(seen().timers[timer]?.dueAt).toBe(5_800);
    expect(seen().timers[timer]?.ticket).not.toBe(before?.ticket);
  });

  it('arms a timer that is due already for now, never for earlier', () => {
    const { send, seen } = start();
    send({ type: 'wait', waitMs: -9_000 }, 5_500);
    expect(seen().timers[timer]?.dueAt).toBe(5_500);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a delay of %s and keeps the state', (waitMs) => {
    const { send, seen } = start();
    const before = seen();
    const { thrown } = send({ type: 'wait', waitMs }, 5_500);
    expect(String(thrown)).toContain('chart: the delay of');
    expect(seen()).toBe(before);
  });

  it('keeps the state when an action throws, and goes on', () => {
    const { send, seen } = start();
    const before = seen();
    expect(send({ type: 'break' }, 5_100)).toMatchObject({ taken: false, thrown: new Error('boom') });
    expect(seen()).toBe(before);
    expect(send({ type: 'go' }, 5_200).taken).toBe(true);
  });

  it('refuses a chart that it could not keep', () => {
    const broken = setup({}).createMachine({ id: 'broken', initial: 'a', states: { a: {} } });
    expect(() => durable(broken, () => {})).toThrow(expect.objectContaining({ code: 'CHART_UNDURABLE' }));
  });
});

describe('a ticket', () => {
  it('lets its own timer in, which is gone afterwards', () => {
    const { send, seen } = start();
    const fence = fenceOf('timers', timer, seen());
    expect(send({ type: timer, fence }, 6_000)).toMatchObject({ taken: true, facts: [1] });
    expect(seen()).toMatchObject({ value: 'working', timers: {} });
  });

  it('of an earlier start is stale', () => {
    const { send, seen } = start();
    const fence = fenceOf('timers', timer, seen());
    send({ type: 'wait', waitMs: 300 }, 5_500);
    const before = seen();
    expect(send({ type: timer, fence }, 6_000)).toMatchObject({ taken: false, stale: true });
    expect(seen()).toBe(before);
  });

  it('of an earlier run of an effect keeps its result out of the next', () => {
    const { send, seen } = start();
    send({ type: 'go' }, 5_100);
    const fence = fenceOf('effects', 'work', seen());
    send({ type: 'again' }, 5_200, 0.9);
    expect(send({ ...done, fence }, 5_300)).toMatchObject({ taken: false, stale: true });
    expect(send({ ...done, fence: fenceOf('effects', 'work', seen()) }, 5_400).taken).toBe(true);
    expect(seen()).toMatchObject({ value: 'resting', effects: {} });
  });

  it('of something that was never there is stale', () => {
    const { send } = start();
    const fence = { kind: 'effects', id: 'work', ticket: 'x' };
    expect(send({ ...done, fence }, 5_100)).toMatchObject({ taken: false, stale: true });
  });
});

describe('coming back from a record', () => {
  it('wants exactly what it wanted before', () => {
    const first = start();
    first.send({ type: 'go' }, 5_100);
    const record = first.persisted();
    const { seen } = start(record);
    expect(seen()).toMatchObject({ value: 'working', timers: {}, effects: record.effects });
  });

  it('enters no state again', () => {
    const first = start();
    first.send({ type: 'note' }, 5_100);
    const { seen, steps } = start(first.persisted());
    expect(seen()).toMatchObject({ value: 'waiting', context: { log: ['note'] } });
    expect(steps).toEqual([]);
  });

  it('leaves an effect whose result comes now', () => {
    const first = start();
    first.send({ type: 'go' }, 5_100);
    const { seen, send } = start(first.persisted());
    expect(send({ ...done, fence: fenceOf('effects', 'work', seen()) }, 9_000).taken).toBe(true);
    expect(seen()).toMatchObject({ value: 'resting', effects: {} });
  });

  it('counts an effect that gets somewhere as one that starts well', () => {
    const first = start();
    first.send({ type: 'go' }, 5_100);
    const record = first.persisted();
    const cut = { ...record, effects: { work: { ...record.effects.work, starts: 3 } } } as PersistedSnapshot;
    const { seen, send } = start(cut);
    expect(seen().effects.work?.starts).toBe(3);
    send({ type: 'quiet', fence: fenceOf('effects', 'work', seen()) }, 6_000);
    expect(seen().effects.work?.starts).toBe(0);
  });

  it('agrees with its own can() as before', () => {
    const first = start();
    const { seen } = start(first.persisted());
    expect(['go', 'note', 'again', 'quiet'].map((type) => seen().can({ type } as never))).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });
});
