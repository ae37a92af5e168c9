/**
 * A machine as JSON, after XState's published schema, and back.
 *
 * XState's own `machine.definition` leaves out the target of a transition that stays where it is, which the schema asks for: here it
 * is its own state, as in XState's directed graphs. A beginning is named by its key, the only form that `createMachine` reads.
 * Functions are named: what they do is in the source.
 *
 * @see XState, `packages/core/src/machine.schema.json`
 */
import { type AnyStateMachine, type AnyStateNode, createMachine } from 'xstate';
import type { Json } from '../json.ts';
import { named, notesOf } from './chart.ts';

type Definition = { [key: string]: Json };

/** The machine as JSON. */
export function definitionOf(machine: AnyStateMachine): Definition {
  return stateOf(machine.root);
}

/** The machine that a definition describes. It can be drawn and walked; what its names stand for is not in it. */
export function machineOf(definition: Definition): AnyStateMachine {
  return createMachine(withoutOwnTargets(definition) as never);
}

function stateOf(node: AnyStateNode): Definition {
  const on = [...node.transitions].map(([event, some]) => [event, some.map((each) => transitionOf(node, each))]);
  const { always = [], states } = node;
  const [first] = node.type === 'compound' ? (node.initial.target ?? []) : [];
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    order: node.order,
    ...(node.description !== undefined && { description: node.description }),
    ...(node.tags.length > 0 && { tags: [...node.tags] }),
    ...(notesOf(node).length > 0 && { meta: { notes: notesOf(node) } }),
    ...(first && { initial: { target: [first.key], source: `#${node.id}`, actions: [] } }),
    invoke: node.invoke.map(({ id, src }) => ({ type: 'xstate.invoke', id, src: String(src) })),
    on: Object.fromEntries(on),
    ...(always.length > 0 && { always: always.map((each) => transitionOf(node, each)) }),
    ...(Object.keys(states).length > 0 && {
      states: Object.fromEntries(Object.entries(states).map(([key, child]) => [key, stateOf(child)])),
    }),
  };
}

type Transition = NonNullable<AnyStateNode['always']>[number];

function transitionOf(
  node: AnyStateNode,
  { target = [node], eventType, guard, actions, reenter }: Transition,
): Definition {
  return {
    eventType,
    source: `#${node.id}`,
    target: target.map(({ id }) => `#${id}`),
    reenter,
    ...(guard ? { guard: named(guard) } : {}),
    actions: actions.map((action) => ({ type: named(action) })),
  };
}

/** A transition that stays where it is has no target for XState: with one, it would enter what is within anew. */
function withoutOwnTargets(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutOwnTargets);
  if (typeof value !== 'object' || value === null) return value;
  const stays = value.reenter === false && Array.isArray(value.target) && value.target[0] === value.source;
  const kept = Object.entries(value).filter(([key]) => !(stays && key === 'target'));
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutOwnTargets(each)]));
}
