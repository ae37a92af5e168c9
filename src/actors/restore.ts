/**
 * From a record back to an actor: refuses a state that could never wake.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { Json } from '../json.ts';
import { type ActorRecord, RecordError } from '../persistence/record.ts';
import type { Address, Effect, Timer } from '../stream.ts';
import type { DurableLogic, PersistedSnapshot } from './durable.ts';
import type { ActorKind } from './host.ts';
import { LiveActor } from './live-actor.ts';

/**
 * Restores an actor from its record.
 *
 * @param startsOf how often an effect counts as cut off by now; as the record has it unless told otherwise
 * @throws {RecordError} `RECORD_UNRESTORABLE` when the chart does not have the state, or when an active timer or
 *   effect of the state has no entry in the record, as after a change of the chart without a migration
 */
export function restore(
  address: Address,
  kind: ActorKind,
  logic: DurableLogic,
  record: ActorRecord,
  startsOf: (id: string, effect: Effect) => number = (_, { starts }) => starts,
): LiveActor {
  const state = record.state as unknown as PersistedSnapshot;
  if (!isObject(state.timers) || !isObject(state.effects)) throw unrestorable(record, 'it has no timers or no effects');
  if (!isObject(state.context)) throw unrestorable(record, 'it has no context');
  const damaged = damagedIn(state);
  if (damaged.length > 0) throw unrestorable(record, `something is wrong with ${damaged.join(', ')}`);
  const effects = Object.fromEntries(
    Object.entries(state.effects).map(([id, effect]) => [id, { ...effect, starts: startsOf(id, effect) }]),
  );
  const actor = new LiveActor(address, kind, logic, { snapshot: { ...state, effects } });
  const missing = unanswered(waitsOf(actor, state.value, record), state);
  if (missing.length > 0) throw unrestorable(record, `nothing in it would ever end ${missing.join(', ')}`);
  actor.settings = record.settings;
  actor.crashes = record.crashes;
  actor.halted = record.halted;
  return actor;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Timers and effects that a host could not make true: what they are for stands in the chart, when and which in the record. */
function damagedIn({ timers, effects }: PersistedSnapshot): string[] {
  const isTimer = (timer: Partial<Timer> | null) =>
    typeof timer?.ticket === 'string' && Number.isFinite(timer.dueAt) && typeof timer.event?.type === 'string';
  const isEffect = (effect: Partial<Effect> | null) =>
    typeof effect?.ticket === 'string' && typeof effect.src === 'string' && Number.isInteger(effect.starts);
  const wrong = <Each>(all: Record<string, Each>, isRight: (each: Each) => boolean) =>
    Object.keys(all).filter((id) => !isRight(all[id] as Each));
  return [...wrong(timers, isTimer), ...wrong(effects, isEffect)];
}

/** The timers and effects that a state waits for. */
interface Waits {
  timers: string[];
  effects: string[];
}

/** By the JSON text of a state's value: whoever comes back to a state seen before need not be woken to be checked. */
const waitsKnown = new WeakMap<AnyStateMachine, Map<string, Waits>>();

function waitsOf(actor: LiveActor, value: Json, record: ActorRecord): Waits {
  const { machine } = actor.kind;
  const known = waitsKnown.get(machine) ?? new Map<string, Waits>();
  waitsKnown.set(machine, known);
  const state = JSON.stringify(value);
  let waits = known.get(state);
  if (!waits) {
    const nodes = nodesOf(actor, record);
    waits = {
      timers: nodes.flatMap(({ after }) => after.map(({ eventType }) => eventType)),
      effects: nodes.flatMap(({ invoke }) => invoke.map(({ id }) => id)),
    };
    known.set(state, waits);
  }
  return waits;
}

function nodesOf(actor: LiveActor, record: ActorRecord): AnyStateNode[] {
  try {
    return (actor.snapshot as unknown as { _nodes: AnyStateNode[] })._nodes;
  } catch (error) {
    throw unrestorable(record, String(error), error);
  }
}

/** What the state waits for without an entry in the record. */
function unanswered({ timers, effects }: Waits, state: PersistedSnapshot): string[] {
  return [...timers.filter((id) => !(id in state.timers)), ...effects.filter((id) => !(id in state.effects))];
}

function unrestorable(record: ActorRecord, reason: string, cause?: unknown) {
  const { value } = record.state as { value?: Json };
  return new RecordError(
    'RECORD_UNRESTORABLE',
    `found the state ${JSON.stringify(value)} of '${record.machine}' version ${record.version}: ${reason}.`,
    { cause },
  );
}
