/**
 * A chart as data: the states and transitions of a machine, without XState's objects. Every kind of diagram is drawn from this, so
 * that all of them show the same.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { statesOf } from '../actors/chart-rules.ts';

export interface Chart {
  /** The machine's id. */
  id: string;
  root: ChartState;
  /** In the order of the chart's source. */
  transitions: ChartTransition[];
}

export interface ChartState {
  /** Its path, joined by dots, as logs and `status` write it; empty for the root. */
  name: string;
  key: string;
  type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  description: string | null;
  tags: string[];
  /** The name of the state that it begins in. */
  initial: string | null;
  effects: { id: string; src: string }[];
  /** What else a diagram shows of it: the `notes` of the state's `meta`. */
  notes: string[];
  states: ChartState[];
}

/** What a transition waits for. */
export type Trigger =
  | { kind: 'event'; event: string }
  | { kind: 'after'; delay: string }
  | { kind: 'done' | 'error'; effect: string }
  | { kind: 'always' };

export interface ChartTransition {
  /** The name of the state that it belongs to. */
  from: string;
  /** The name of the state that it leads to; null for one that only notes something. */
  to: string | null;
  trigger: Trigger;
  guard: string | null;
  actions: string[];
  /** It leaves its state and enters it anew. */
  reenter: boolean;
}

/** The chart of a machine. */
export function chartOf(machine: AnyStateMachine): Chart {
  const transitions: ChartTransition[] = [];
  for (const state of statesOf(machine.root)) {
    const all = [...state.transitions.values(), state.always ?? []].flat();
    for (const { target, eventType, guard, actions, reenter } of all) {
      transitions.push({
        from: nameOf(state),
        to: target?.[0] ? nameOf(target[0]) : null,
        trigger: triggerOf(state, eventType),
        guard: guard ? named(guard) : null,
        actions: actions.map(named),
        reenter,
      });
    }
  }
  return { id: machine.id, root: stateOf(machine.root), transitions };
}

/** Every state within, depth first, without the root. */
export function* statesWithin(state: ChartState): Generator<ChartState> {
  for (const child of state.states) {
    yield child;
    yield* statesWithin(child);
  }
}

function stateOf(node: AnyStateNode): ChartState {
  const [first] = node.type === 'compound' ? (node.initial.target ?? []) : [];
  return {
    name: nameOf(node),
    key: node.key,
    type: node.type,
    description: node.description ?? null,
    tags: node.tags,
    initial: first ? nameOf(first) : null,
    effects: node.invoke.map(({ id, src }) => ({ id, src: String(src) })),
    notes: notesOf(node),
    states: Object.values(node.states).map(stateOf),
  };
}

/** What a state's `meta` says for diagrams. */
export function notesOf({ meta }: Pick<AnyStateNode, 'meta'>): string[] {
  return [...((meta as { notes?: string[] } | undefined)?.notes ?? [])];
}

function nameOf({ path }: { path: string[] }): string {
  return path.join('.');
}

function triggerOf({ after }: AnyStateNode, eventType: string): Trigger {
  const timer = after.find((each) => each.eventType === eventType);
  if (timer) return { kind: 'after', delay: String(timer.delay) };
  const [, outcome, effect] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(eventType) ?? [];
  if (effect) return { kind: outcome as 'done' | 'error', effect };
  return eventType === '' ? { kind: 'always' } : { kind: 'event', event: eventType };
}

/** What the source calls an action or a guard. */
export function named(action: unknown): string {
  return typeof action === 'string' ? action : ((action as { type?: string }).type ?? 'inline');
}
