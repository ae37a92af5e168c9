/**
 * Inner transitions: those that lead nowhere and only note something, as each finished step and each good call do, or not even
 * that: `token.use` and `call.started` ask the chart for its permission.
 *
 * They are by far the most frequent. Nothing is left or entered, so what follows is the same snapshot with another context; to
 * have XState work that out takes several times as long. The guards and the assignments are the chart's own all the same.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { DurableSnapshot } from '../stream.ts';
import { statesOf } from './chart-rules.ts';

interface Transition {
  target?: readonly unknown[] | undefined;
  reenter: boolean;
  actions: readonly unknown[];
}

type Assigner = (args: { context: unknown; event: unknown }, params: undefined) => unknown;

/** What XState takes an inspector's word for; it returns at once where nobody inspects. */
interface Inspected {
  self: unknown;
  system: { _sendInspectionEvent: (event: object) => void };
}

/**
 * What follows an event, if that is an inner transition: the same snapshot, one with another context, or null when the chart
 * takes no notice of it; undefined for any other event.
 */
export type Inner = (
  snapshot: DurableSnapshot,
  event: { type: string },
  scope: Inspected,
) => DurableSnapshot | null | undefined;

export function innerTransitions(machine: AnyStateMachine): Inner {
  const types = typesOf(machine);
  return (before, event, { self, system }) => {
    if (!types.has(event.type) || before._nodes.some(isPassing)) return undefined;
    const enabled = machine.getTransitionData(before as never, event as never);
    if (!enabled.every((transition) => isInner(machine, transition))) return undefined;
    let { context } = before;
    for (const { actions } of enabled) {
      for (const action of actions) context = assigned(assignmentOf(machine, action), context, event);
    }
    const snapshot = context === before.context ? before : { ...before, context };
    system._sendInspectionEvent({ type: '@xstate.microstep', actorRef: self, event, snapshot, _transitions: enabled });
    return enabled.length > 0 ? snapshot : null;
  };
}

/** The types of the events for which some transition of the chart is an inner one. */
function typesOf(machine: AnyStateMachine): ReadonlySet<string> {
  const types = new Set<string>();
  for (const { transitions } of statesOf(machine.root)) {
    for (const [type, some] of transitions) if (some.some((each) => isInner(machine, each))) types.add(type);
  }
  return types;
}

/** Whether the state may be left after any event, whatever that does. */
function isPassing({ always }: AnyStateNode): boolean {
  return always !== undefined && always.length > 0;
}

function isInner(machine: AnyStateMachine, { target, reenter, actions }: Transition): boolean {
  return target === undefined && !reenter && actions.every((action) => assignmentOf(machine, action) !== undefined);
}

/** What an action assigns; undefined for one that does something else, or wants parameters. */
function assignmentOf(machine: AnyStateMachine, action: unknown): Assigner | Record<string, unknown> | undefined {
  const { type: name, params } =
    typeof action === 'string' ? { type: action } : (action as { type: string; params?: unknown });
  const { type, assignment } = (machine.implementations.actions[name] ?? {}) as { type?: string; assignment?: never };
  return type === 'xstate.assign' && params === undefined ? assignment : undefined;
}

/** @see XState, `assign` */
function assigned<Context>(
  assignment: Assigner | Record<string, unknown> | undefined,
  context: Context,
  event: unknown,
): Context {
  const args = { context, event };
  if (typeof assignment === 'function') return { ...context, ...(assignment(args, undefined) as object) };
  let next = context;
  for (const key in assignment) {
    const value = assignment[key];
    next = { ...next, [key]: typeof value === 'function' ? (value as Assigner)(args, undefined) : value };
  }
  return next;
}
