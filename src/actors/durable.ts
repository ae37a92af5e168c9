/**
 * Durable logic: the chart itself, with one change. The actions that a transition yields are collected as
 * data instead of executed.
 *
 * A delayed `raise`, which is what `after` comes down to, becomes a timer; an invoke becomes an effect; an
 * `emit` becomes a fact. Timers and effects stand in the snapshot beside the chart's own value and context:
 * they are the desired state of the world outside, and the host makes it so once the snapshot is on disk.
 *
 * Timers and effects carry a ticket. An event that comes from one carries it as its `fence`, and is dropped
 * when the ticket is no longer the one in the snapshot: XState by itself cannot tell the first run's `done`
 * from the second's.
 *
 * The logic is pure. The instant and the chance in an event are stamped on it by the host, and tickets are
 * made from them.
 */
import type { AnyStateMachine, EventObject } from 'xstate';
import { NightshiftError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { DurableSnapshot, Effect, Timer } from '../stream.ts';
import { chartProblems } from './chart-rules.ts';
import { innerTransitions } from './inner-transitions.ts';

/** Names the timer or effect that an event comes from, and which start of it. */
export interface Fence {
  kind: 'timers' | 'effects';
  id: string;
  ticket: string;
}

/** An event as the host delivers it. */
export interface DeliveredEvent extends EventObject {
  /** Epoch milliseconds. */
  at: number;
  /** A number in [0, 1). */
  chance: number;
  fence?: Fence;
}

/** What one delivery did. */
export interface Step {
  /** The chart had a transition for the event. */
  taken: boolean;
  /** The event came from a timer or effect that is no longer wanted. */
  stale: boolean;
  /** The state values passed through, the last one being where it stands. */
  path: unknown[];
  /** The ledger entries that the chart emitted. */
  facts: Json[];
  /** The transition threw this: the old state was kept. */
  thrown?: unknown;
}

/** The part of a record that XState restores from. */
export interface PersistedSnapshot {
  value: Json;
  context: Json;
  timers: Record<string, Timer>;
  effects: Record<string, Effect>;
}

/** XState hands its scope through; this is what is read or replaced in it. */
interface Scope {
  actionExecutor: (action: CollectedAction) => void;
  defer: (effect: () => void) => void;
  self: unknown;
  system: { _sendInspectionEvent: (event: object) => void };
}

interface CollectedAction {
  type: string;
  params: {
    id: string;
    sendId: string;
    delay?: number;
    src: string;
    input?: Json;
    event: EventObject;
  };
}

/** XState's own logic interface is generic over what we replace; the host is the only caller. */
export type DurableLogic = AnyStateMachine;

/**
 * Wraps a chart for a host.
 *
 * @param machine must keep to the chart rules
 * @param report told of what each delivery did, within `actor.send`
 * @throws {NightshiftError} `CHART_UNDURABLE`, naming every part that a host could not keep
 */
export function durable(machine: AnyStateMachine, report: (step: Step) => void): DurableLogic {
  const problems = chartProblems(machine);
  if (problems.length > 0) {
    throw new NightshiftError('CHART_UNDURABLE', `${machine.id}: ${problems.join(' ')}`);
  }

  const inner = innerTransitions(machine);
  const logic = {
    config: machine.config,

    getInitialSnapshot(scope: Scope, input: { at: number; chance: number }) {
      const actions: CollectedAction[] = [];
      const chart = machine.getInitialSnapshot(collecting(scope, actions), input);
      if (chart.status === 'error') throw chart.error;
      const desired = apply(machine.id, actions, chart, { timers: {}, effects: {} }, input);
      report({ taken: true, stale: false, path: [chart.value], facts: factsOf(actions) });
      return { ...chart, ...desired };
    },

    transition(state: DurableSnapshot, event: DeliveredEvent, scope: Scope): DurableSnapshot {
      if (event.type === 'xstate.stop') return state;
      try {
        const before = event.fence ? pass(state, event) : state;
        if (!before) {
          report({ taken: false, stale: true, path: [], facts: [] });
          return state;
        }
        const next = inner(before, event, scope);
        if (next !== undefined) {
          report({ taken: next !== null, stale: false, path: next ? [next.value] : [], facts: [] });
          return next ?? before;
        }
        const actions: CollectedAction[] = [];
        const steps = machine.microstep(before, event, collecting(scope, actions));
        const chart = steps.at(-1);
        // XState hands back the same snapshot for a state that is entered anew with the same context: its timers are new.
        if (!chart || (chart === before && actions.length === 0)) {
          report({ taken: false, stale: false, path: [], facts: [] });
          return before;
        }
        const desired = apply(machine.id, actions, chart, before, event);
        report({
          taken: true,
          stale: false,
          path: steps.map((step) => step.value),
          facts: factsOf(actions),
        });
        return { ...chart, ...desired };
      } catch (thrown) {
        report({ taken: false, stale: false, path: [], facts: [], thrown });
        return state;
      }
    },

    getPersistedSnapshot({ value, context, timers, effects }: DurableSnapshot): PersistedSnapshot {
      return { value, context, timers, effects };
    },

    restoreSnapshot({ value, context, timers, effects }: PersistedSnapshot, scope: unknown) {
      // A chart can only tell what it leaves when a child stands for each effect.
      const children = Object.fromEntries(
        Object.entries(effects).map(([id, { src, input }]) => [id, { src, snapshot: { status: 'active', input } }]),
      );
      const chart = machine.restoreSnapshot(
        { status: 'active', value, context, children, historyValue: {} } as never,
        scope as never,
      );
      return { ...chart, timers, effects };
    },

    start() {},
  };
  return logic as unknown as DurableLogic;
}

function collecting(scope: Scope, actions: CollectedAction[]): never {
  return { ...scope, defer: () => {}, actionExecutor: (action: CollectedAction) => actions.push(action) } as never;
}

/** The snapshot that a fenced event meets; undefined when its ticket is no longer valid. */
function pass(state: DurableSnapshot, { fence }: DeliveredEvent): DurableSnapshot | undefined {
  const { kind, id, ticket } = fence as Fence;
  const holder = state[kind][id];
  if (holder?.ticket !== ticket) return undefined;
  if (kind === 'timers') {
    return { ...state, timers: without(state.timers, id) };
  }
  // An effect that gets somewhere is not one that kills the process at every start.
  if ((holder as Effect).starts === 0) return state;
  return { ...state, effects: { ...state.effects, [id]: { ...(holder as Effect), starts: 0 } } };
}

function apply(
  name: string,
  actions: readonly CollectedAction[],
  chart: { children: Record<string, unknown> },
  before: Pick<DurableSnapshot, 'timers' | 'effects'>,
  { at, chance }: { at: number; chance: number },
) {
  let { timers, effects } = before;
  let ticket: string | undefined;
  const ticketed = () => {
    ticket ??= `${at.toString(36)}.${Math.floor(chance * 2 ** 52).toString(36)}`;
    return ticket;
  };
  for (const { type, params } of actions) {
    switch (type) {
      case 'xstate.raise': {
        const delay = params.delay as number;
        if (!Number.isFinite(delay)) throw new TypeError(`${name}: the delay of ${params.id} is ${delay}`);
        const timer = { ticket: ticketed(), dueAt: at + Math.max(0, delay), event: params.event };
        timers = { ...timers, [params.id]: timer };
        break;
      }
      case 'xstate.cancel': {
        if (params.sendId in timers) timers = without(timers, params.sendId);
        break;
      }
      case 'xstate.spawnChild': {
        const effect = { ticket: ticketed(), src: params.src, input: params.input ?? null, starts: 0 };
        effects = { ...effects, [params.id]: effect };
        break;
      }
      case 'xstate.stopChild':
      case 'xstate.emit':
        break;
      default:
        throw new TypeError(`${name}: the action ${type} has an effect of its own; invoke a named effect instead`);
    }
  }
  for (const id in effects) {
    if (!chart.children[id]) effects = without(effects, id);
  }
  return { timers, effects };
}

// Faster than taking the key out with a rest pattern, which is by far the slowest thing a transition did.
function without<Value>(values: Readonly<Record<string, Value>>, id: string): Record<string, Value> {
  const rest: Record<string, Value> = {};
  for (const key in values) if (key !== id) rest[key] = values[key] as Value;
  return rest;
}

/** An emitted event carries `entries`, which may be none. */
function factsOf(actions: readonly CollectedAction[]): Json[] {
  return actions.flatMap(({ type, params }) =>
    type === 'xstate.emit' ? (params.event as EventObject & { entries: Json[] }).entries : [],
  );
}
