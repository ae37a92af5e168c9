/**
 * Vital signs: whether the service really gets on. A process that answers may still have a scheduler that stands, or a store
 * that takes nothing.
 */
import type { Host } from '../actors/host.ts';
import type { Clock } from '../clock.ts';
import { formatDuration } from '../policies/duration.ts';
import { stateName } from '../policies/state-name.ts';
import type { Address } from '../stream.ts';

export interface SignPorts {
  host: Pick<Host, 'addresses' | 'standOf' | 'storeError'>;
  clock: Clock;
  /** Writes something, and resolves once it is on disk. */
  write: () => Promise<void>;
}

/** A timer that has not fired for so long after it was due does not fire. */
const overdueMsMax = 60_000;
const writeMsMax = 10_000;

/** What is wrong, in words; null when all is well. */
export async function lookForTrouble(ports: SignPorts): Promise<string | null> {
  return standing(ports) ?? (await unwritten(ports));
}

/** A deadline that has long passed, or an engine that nothing will wake. */
function standing({ host, clock }: SignPorts): string | null {
  if (host.storeError) return `the store takes no writes: ${host.storeError.message}`;
  const now = clock.now();
  for (const address of host.addresses()) {
    const { stand, halted } = host.standOf(address);
    if (halted) continue;
    const late = Object.values(stand.timers).find(({ dueAt }) => dueAt < now - overdueMsMax);
    if (late) return `${address}: its timer is overdue by ${formatDuration(now - late.dueAt)}`;
    if (isUnarmed(address, stand)) return `${address}: it is ${stateName(stand.value)}, and nothing will wake it`;
  }
  return null;
}

const waitsForNobody = /^(idle\.onDemand|paused|halted)$/;

/** An engine that waits neither for a time nor for work, nor for somebody. */
function isUnarmed(address: Address, { value, timers, effects }: ReturnType<Host['standOf']>['stand']): boolean {
  if (!address.startsWith('engine/') || waitsForNobody.test(stateName(value))) return false;
  return Object.keys(timers).length === 0 && Object.keys(effects).length === 0;
}

async function unwritten({ clock, write }: SignPorts): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const message = `the store has not taken a write for ${formatDuration(writeMsMax)}`;
  const cancel = clock.after(writeMsMax, () => resolve(message));
  try {
    return await Promise.race([write().then(() => null), promise]);
  } catch (error) {
    return `the store takes no writes: ${(error as Error).message}`;
  } finally {
    cancel();
  }
}
