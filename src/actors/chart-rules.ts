/**
 * What a chart may contain to live on a durable host.
 *
 * A durable host collects a chart's actions as data, so an action that does something by itself is lost,
 * and a state that nothing can end would wait for ever. Each rule below was a way to lose something.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** Tags that say why a state without a timer or an effect may be waited in. */
const reasonsToStay = ['rest', 'waitsForHuman'];
const collectable = new Set(['xstate.assign', 'xstate.emit']);

interface Transition {
  target?: readonly AnyStateNode[] | undefined;
  guard?: unknown;
  actions: readonly unknown[];
  delay?: unknown;
  eventType: string;
}

/**
 * Everything about a chart that a durable host could not keep.
 *
 * @returns one sentence for each problem, empty when there is none
 */
export function chartProblems(machine: AnyStateMachine): string[] {
  return [...statesOf(machine.root)].flatMap((state) => [
    ...kindProblems(state),
    ...waitProblems(state),
    ...endProblems(state),
    ...actionProblems(state),
  ]);
}

/** The state and every state within it, in document order. */
export function* statesOf(state: AnyStateNode): Generator<AnyStateNode> {
  yield state;
  for (const child of Object.values(state.states)) yield* statesOf(child);
}

function* kindProblems(state: AnyStateNode) {
  if (state.type === 'history') yield `${state.id}: a history state does not come back from a record.`;
  if (state.type === 'final' && state.parent !== state.machine.root) {
    yield `${state.id}: a nested final state raises an event, which a record cannot hold.`;
  }
  if (state.parent && !state.description) yield `${state.id}: a state needs a description.`;
}

function* waitProblems(state: AnyStateNode) {
  const { delays, actors } = state.machine.implementations;
  for (const [eventType, transitions] of grouped(state.after)) {
    const delay = transitions[0]?.delay;
    if (typeof delay !== 'string' || !(delay in delays)) {
      yield `${state.id}: the delay ${String(delay)} needs a name in setup().`;
    }
    yield* fallbackProblems(state, eventType, transitions);
  }
  for (const { id, src } of state.invoke) {
    if (/^\d+\./.test(id)) yield `${state.id}: its effect ${String(src)} needs an id of its own.`;
    if (typeof src !== 'string' || !(src in actors)) yield `${state.id}: its effect needs a name in setup().`;
    for (const outcome of ['done', 'error']) {
      const eventType = `xstate.${outcome}.actor.${id}`;
      yield* fallbackProblems(state, eventType, state.transitions.get(eventType) ?? []);
    }
  }
}

/** What a timer or effect ends in must lead out, whatever its guards say: else the state stays without either. */
function* fallbackProblems(state: AnyStateNode, eventType: string, transitions: readonly Transition[]) {
  if (!transitions.some(({ guard }) => !guard)) yield `${state.id}: ${eventType} needs a transition without a guard.`;
  if (transitions.some(({ target }) => !target)) yield `${state.id}: ${eventType} needs a target.`;
}

function* endProblems(state: AnyStateNode) {
  if (state.type !== 'atomic') return;
  const line = lineage(state);
  const ends = line.some(
    ({ after, invoke, always }) => after.length > 0 || invoke.length > 0 || always?.some(({ guard }) => !guard),
  );
  if (ends || line.some(({ tags }) => tags.some((tag) => reasonsToStay.includes(tag)))) return;
  yield `${state.id}: nothing ends this state; give it a timer or an effect, or tag it rest or waitsForHuman.`;
}

function* actionProblems(state: AnyStateNode) {
  const timers = new Set(state.after.map(({ eventType }) => eventType));
  const transitions = [...state.transitions.values(), state.always ?? []].flat();
  const initial = state.type === 'compound' ? state.initial.actions : [];
  const actions = [...state.entry, ...state.exit, ...initial, ...transitions.flatMap((each) => each.actions)];
  for (const action of actions) {
    const { type, resolved, id } = resolve(state.machine, action);
    const isOwnTimer = (type === 'xstate.raise' || type === 'xstate.cancel') && timers.has(id);
    if (isOwnTimer || collectable.has(resolved)) continue;
    yield `${state.id}: the action ${type} is not collectable; only assign and emit are.`;
  }
}

function resolve(machine: AnyStateMachine, action: unknown) {
  const implementations = machine.implementations.actions as Record<string, { type?: string }>;
  const named = typeof action === 'string' ? action : (action as { type?: string }).type;
  const implementation = typeof action === 'function' ? (action as { type?: string }) : implementations[named ?? ''];
  const { id, sendId } = action as { id?: string; sendId?: string };
  return { type: named ?? 'without a name', resolved: implementation?.type ?? '', id: id ?? sendId ?? '' };
}

function grouped(transitions: readonly Transition[]) {
  return Map.groupBy(transitions, ({ eventType }) => eventType);
}

function lineage(state: AnyStateNode): AnyStateNode[] {
  return state.parent ? [state, ...lineage(state.parent)] : [state];
}
