/**
 * The charts that decide what becomes of a run, taken one event at a time, without a host.
 */
import { type AnyStateMachine, createActor } from 'xstate';
import { type DeliveredEvent, type DurableLogic, durable, type Step } from '../../actors/durable.ts';
import type { Json } from '../../json.ts';
import { breakerMachine } from '../../machines/breaker.ts';
import { engineMachine } from '../../machines/engine.ts';
import { quotaMachine } from '../../machines/quota.ts';
import { tokenMachine } from '../../machines/token.ts';
import { stateName } from '../../policies/state-name.ts';
import type { DurableSnapshot } from '../../stream.ts';
import { nameOf } from './walk.ts';

export interface Taken {
  snapshot: DurableSnapshot;
  /** The states passed through, the last one being where it stands. */
  states: string[];
  /** The transitions taken, by the names that a walk gives them. */
  edges: string[];
}

const machines: Readonly<Record<string, AnyStateMachine>> = {
  engine: engineMachine,
  breaker: breakerMachine,
  quota: quotaMachine,
  token: tokenMachine,
};

let step: Step | undefined;
const logics = new Map<string, DurableLogic>();

function logicOf(kind: string): DurableLogic {
  const known = logics.get(kind);
  if (known) return known;
  const made = durable(machines[kind] as AnyStateMachine, (done) => {
    step = done;
  });
  logics.set(kind, made);
  return made;
}

export function begun(kind: string, id: string, settings: Json, at: number, chance: number): DurableSnapshot {
  const actor = createActor(logicOf(kind), { input: { id, settings, at, chance } });
  return actor.getSnapshot() as DurableSnapshot;
}

/** @throws whatever the transition threw */
export function taken(kind: string, snapshot: DurableSnapshot, event: DeliveredEvent): Taken {
  const { value, context, timers, effects } = snapshot;
  const edges: string[] = [];
  const actor = createActor(logicOf(kind), {
    snapshot: { value, context, timers, effects } as never,
    inspect: (inspected) => {
      if (inspected.type !== '@xstate.microstep') return;
      for (const transition of inspected._transitions) edges.push(nameOf(transition as never));
    },
  });
  actor.start();
  step = undefined;
  actor.send(event as never);
  const done = step as Step | undefined;
  if (done?.thrown !== undefined) throw done.thrown;
  return { snapshot: actor.getSnapshot() as DurableSnapshot, states: (done?.path ?? []).map(stateName), edges };
}
