/**
 * From a record back to an actor: refuses a state that could never wake.
 */
import type { AnyStateNode } from 'xstate';
import type { Json } from '../json.ts';
import { type ActorRecord, RecordError } from '../persistence/record.ts';
import type { DurableLogic, PersistedSnapshot } from './durable.ts';
import type { ActorKind, Address, DurableSnapshot } from './host.ts';
import { LiveActor } from './live-actor.ts';

/**
 * Restores an actor from its record.
 *
 * @param crashed the process that wrote the record died; each effect in it was cut off once more
 * @throws {RecordError} `RECORD_UNRESTORABLE` when the chart does not have the state, or when an active timer or
 *   effect of the state has no entry in the record, as after a change of the chart without a migration
 */
export function restore(
  address: Address,
  kind: ActorKind,
  logic: DurableLogic,
  record: ActorRecord,
  crashed: boolean,
): LiveActor {
  const state = record.state as unknown as PersistedSnapshot;
  const effects = crashed ? restarted(state.effects) : state.effects;
  let actor: LiveActor;
  try {
    actor = new LiveActor(address, kind, logic, { snapshot: { ...state, effects } });
  } catch (error) {
    throw unrestorable(record, String(error), error);
  }
  const missing = [...unanswered(actor.snapshot)];
  if (missing.length > 0) throw unrestorable(record, `nothing in it would ever end ${missing.join(', ')}`);
  actor.settings = record.settings;
  actor.crashes = record.crashes;
  actor.halted = record.halted;
  return actor;
}

function restarted(effects: PersistedSnapshot['effects']) {
  return Object.fromEntries(
    Object.entries(effects).map(([id, effect]) => [id, { ...effect, starts: effect.starts + 1 }]),
  );
}

/** The active `after`s and invokes that have no entry among the timers and effects. */
function* unanswered(snapshot: DurableSnapshot) {
  for (const node of (snapshot as unknown as { _nodes: AnyStateNode[] })._nodes) {
    for (const { eventType } of node.after) if (!(eventType in snapshot.timers)) yield eventType;
    for (const { id } of node.invoke) if (!(id in snapshot.effects)) yield id;
  }
}

function unrestorable(record: ActorRecord, reason: string, cause?: unknown) {
  const { value } = record.state as { value?: Json };
  return new RecordError(
    'RECORD_UNRESTORABLE',
    `found the state ${JSON.stringify(value)} of '${record.machine}' version ${record.version}: ${reason}.`,
    { cause },
  );
}
