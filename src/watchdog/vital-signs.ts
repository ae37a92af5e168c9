/**
 * Vital signs: whether the service really gets on. A process that answers may still have a scheduler that stands, or a store
 * that takes nothing.
 */
import type { Host } from '../actors/host.ts';
import type { Clock } from '../clock.ts';
import { formatDuration } from '../policies/duration.ts';
import { isUnarmed, unarmed } from '../policies/unarmed.ts';

export interface SignPorts {
  host: Pick<Host, 'addresses' | 'standOf' | 'storeError'>;
  clock: Clock;
  /** Since when somebody has been there without a gap, and the store has taken writes, epoch ms: before that, nothing could fire. Default: always. */
  awakeSince?: () => number;
  /** Writes something, and resolves once it is on disk. */
  write: () => Promise<void>;
}

/** A timer that has not fired for so long after it was due does not fire. */
const overdueMsMax = 60_000;
/** Nor one that has waited for its turn, and perhaps for the network, since something could fire again. */
const turnMsMax = 120_000;
const writeMsMax = 10_000;

export interface Ailment {
  /** In the same words as long as it lasts. */
  what: string;
  /** Something in the process stands, so that another process may do better. What the disk refuses, it refuses every process. */
  restartHelps: boolean;
}

/** What is wrong; null when all is well. */
export async function lookForTrouble(ports: SignPorts): Promise<Ailment | null> {
  return standing(ports) ?? (await unwritten(ports));
}

/** A deadline that has long passed, or an engine that nothing will wake. */
function standing({ host, clock, awakeSince = () => 0 }: SignPorts): Ailment | null {
  // It is tried again all the time; no timer fires meanwhile.
  if (host.storeError) return refusing(host.storeError);
  const now = clock.now();
  const isBack = now - awakeSince() < turnMsMax;
  for (const address of host.addresses()) {
    const { stand, halted } = host.standOf(address);
    if (halted) continue;
    const late = !isBack && Object.values(stand.timers).find(({ dueAt }) => dueAt < now - overdueMsMax);
    if (late) {
      const since = new Date(late.dueAt).toISOString();
      return { what: `${address}: its timer has been overdue since ${since}`, restartHelps: true };
    }
    if (isUnarmed(address, stand)) return { what: `${address}: ${unarmed(stand)}`, restartHelps: false };
  }
  return null;
}

function refusing({ message }: Error): Ailment {
  return { what: `the store takes no writes: ${message}`, restartHelps: false };
}

async function unwritten({ host, clock, write }: SignPorts): Promise<Ailment | null> {
  const { promise, resolve } = Promise.withResolvers<Ailment>();
  const what = `the store has not taken a write for ${formatDuration(writeMsMax)}`;
  // It may be this very write that the store has refused, and that is tried again.
  const verdict = () => (host.storeError ? refusing(host.storeError) : { what, restartHelps: true });
  const cancel = clock.after(writeMsMax, () => resolve(verdict()));
  try {
    return await Promise.race([write().then(() => null), promise]);
  } catch (error) {
    return refusing(error as Error);
  } finally {
    cancel();
  }
}
