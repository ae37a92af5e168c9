/**
 * Engines that are due after each start of the machine.
 *
 * A start of the machine is to them what the success of another engine is to its successors: each engine takes it once, whatever
 * dies in between, and one that came into being after it was due before its time.
 */
import type { EngineConfig } from '../config/config.ts';
import type { PredecessorSucceeded } from '../policies/engine.ts';
import { reboot } from '../policies/schedule.ts';
import type { MachineStart } from '../processes/machine-start.ts';
import type { Host } from './host.ts';

/** Tells each engine that is due then; once it has been told, it is told in vain. */
export function tellReboot(host: Pick<Host, 'ask'>, engines: Iterable<EngineConfig>, start: MachineStart): void {
  const event: PredecessorSucceeded = {
    type: 'predecessor.succeeded',
    engine: reboot,
    run: start.id,
    endedAt: start.at,
    earlier: true,
  };
  for (const { id, settings } of engines) {
    // Whoever was given up is told when the service starts again.
    if (settings.after === reboot) host.ask(`engine/${id}`, event).catch(() => {});
  }
}
