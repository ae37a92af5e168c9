import { describe, expect, it } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import { innerTransitions } from '../../src/actors/inner-transitions.ts';
import type { DurableSnapshot } from '../../src/stream.ts';

/** With nothing done on the way. */
const scopeOf = (actor: unknown) =>
  ({ ...(actor as { _actorScope: object })._actorScope, actionExecutor: () => {}, defer: () => {} }) as never;

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
