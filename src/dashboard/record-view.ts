/**
 * An actor as people are shown it, made from its record alone: for those who look while no service runs.
 */
import type { ActorRecord } from '../persistence/record.ts';
import { type ActorView, actorView, type Stand } from './actor-view.ts';
import { unreadableView } from './unreadable.ts';

/** @param json the record as it is kept; one that cannot be read is shown as that */
export function recordView(address: string, json: string): ActorView {
  try {
    const { state, halted } = JSON.parse(json) as ActorRecord;
    return actorView(address, state as unknown as Stand, halted);
  } catch {
    return unreadableView(address, 'its record cannot be read; the next start puts it into quarantine');
  }
}
