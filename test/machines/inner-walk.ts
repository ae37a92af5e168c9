/**
 * Takes the moves of a walk with a pure actor, and holds each inner transition on the way against what XState makes of it.
 */
import { expect } from 'vitest';
import { createActor } from 'xstate';
import { durable } from '../../src/actors/durable.ts';
import { innerTransitions } from '../../src/actors/inner-transitions.ts';
import type { DurableSnapshot } from '../../src/stream.ts';
import { chance, type Model, type Move, startAt, tickMs } from '../../src/testing/paths/walk.ts';

/** @throws when one of them leads elsewhere */
export function walkInside({ machine, settings, startAt: at = startAt }: Model, moves: readonly Move[]): void {
  const inner = innerTransitions(machine);
  const actor = createActor(
    durable(machine, () => {}),
    { input: { id: 'one', settings, at, chance } } as never,
  ).start();
  const scope = {
    ...(actor as never as { _actorScope: object })._actorScope,
    actionExecutor: () => {},
    defer: () => {},
  };
  let now = at;
  for (const move of moves) {
    const snapshot = actor.getSnapshot() as unknown as DurableSnapshot;
    const event = eventOf(move, snapshot, now);
    const found = inner(snapshot, event, scope as never);
    if (found !== undefined) {
      const expected = machine.microstep(snapshot as never, event as never, scope as never).at(-1) ?? snapshot;
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
