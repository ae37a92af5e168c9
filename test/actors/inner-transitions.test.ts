import { describe, expect, it } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import { durable } from '../../src/actors/durable.ts';
import { innerTransitions } from '../../src/actors/inner-transitions.ts';
import type { DurableSnapshot } from '../../src/stream.ts';
import { chance, type Model, type Move, startAt, tickMs, walk } from '../../src/testing/paths/walk.ts';
import * as models from '../machines/models.ts';

/** With nothing done on the way. */
const scopeOf = (actor: unknown) =>
  ({ ...(actor as { _actorScope: object })._actorScope, actionExecutor: () => {}, defer: () => {} }) as never;

const kinds = Object.entries(models).flatMap(([kind, some]) =>
  Object.entries(some as Record<string, Model>).map(([name, model]) => ({ kind, name, model })),
);

describe.each(kinds)('the inner transitions of $kind, $name', ({ model }) => {
  it('lead to where XState leads', () => {
    const { machine, settings } = model;
    const logic = durable(machine, () => {});
    const inner = innerTransitions(machine);
    for (const moves of walk(model).paths.values()) {
      const input = { id: 'one', settings, at: model.startAt ?? startAt, chance };
      const actor = createActor(logic, { input } as never).start();
      const scope = scopeOf(actor);
      let now = input.at;
      for (const move of moves) {
        const snapshot = actor.getSnapshot() as unknown as DurableSnapshot;
        const event = eventOf(move, snapshot, now);
        const found = inner(snapshot, event, scope);
        if (found !== undefined) {
          const expected = machine.microstep(snapshot as never, event as never, scope).at(-1) ?? snapshot;
          expect(found === null, `${event.type} is refused`).toBe(
            machine.getTransitionData(snapshot as never, event as never).length === 0,
          );
          expect((found ?? snapshot).value).toEqual(expected.value);
          expect((found ?? snapshot).context).toEqual(expected.context);
        }
        actor.send(event as never);
        now = event.at;
      }
    }
  });
});

describe('inner transitions', () => {
  const chart = setup({
    types: { context: {} as { sum: number; last: string }, events: {} as { type: 'add' | 'give' | 'ask' | 'off' } },
    actions: {
      add: assign({ sum: ({ context }) => context.sum + 1 }),
      name: assign(({ event }) => ({ last: event.type })),
      give: assign({ sum: (_, { of }: { of: number }) => of }),
      allow: assign({}),
    },
    guards: { isFull: ({ context }) => context.sum > 1 },
  }).createMachine({
    context: { sum: 0, last: '' },
    initial: 'on',
    on: { give: { actions: { type: 'give', params: { of: 7 } } } },
    states: {
      on: {
        on: { add: { actions: ['add', 'name'] }, ask: { guard: 'isFull', actions: 'allow' }, off: 'passing' },
      },
      passing: { always: { guard: 'isFull', target: 'on' }, on: { add: { actions: 'add' } } },
    },
  });
  const inner = innerTransitions(chart);
  const actor = createActor(chart).start();
  const scope = scopeOf(actor);
  const begun = actor.getSnapshot() as unknown as DurableSnapshot;

  it('assign one after the other', () => {
    expect(inner(begun, { type: 'add' }, scope)?.context).toEqual({ sum: 1, last: 'add' });
  });

  it('say no where a guard does, and leave the snapshot as it is where nothing is assigned', () => {
    expect(inner(begun, { type: 'ask' }, scope)).toBeNull();
    const full = { ...begun, context: { sum: 2, last: '' } } as never as DurableSnapshot;
    expect(inner(full, { type: 'ask' }, scope)).toBe(full);
  });

  it('are no others: not what leads elsewhere, takes parameters, or may be followed by a transition without an event', () => {
    expect(inner(begun, { type: 'off' }, scope)).toBeUndefined();
    expect(inner(begun, { type: 'give' }, scope)).toBeUndefined();
    actor.send({ type: 'off' });
    expect(inner(actor.getSnapshot() as never, { type: 'add' }, scope)).toBeUndefined();
  });
});

function eventOf(move: Move, { timers, effects }: DurableSnapshot, now: number) {
  const at = now + tickMs;
  switch (move.kind) {
    case 'event':
      return { ...move.event, at: move.outageMs ? now + move.outageMs : at, chance };
    case 'timer': {
      const { ticket, dueAt, event } = timers[move.id] as { ticket: string; dueAt: number; event: { type: string } };
      const fence = { kind: 'timers', id: move.id, ticket };
      return { ...event, at: Math.max(dueAt, now) + (move.outageMs ?? 0), chance, fence };
    }
    default: {
      const { kind, id, ...outcome } = move;
      return {
        type: `xstate.${kind}.actor.${id}`,
        ...outcome,
        at,
        chance,
        fence: { kind: 'effects', id, ticket: effects[id]?.ticket },
      };
    }
  }
}
