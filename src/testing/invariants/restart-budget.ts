/**
 * Restart budgets hold across restarts of the process: what dies again and again without getting anywhere is given up, be it a
 * run under which the process is killed or an actor whose transitions throw.
 */

import { recordKey } from '../../persistence/record.ts';
import type { Address, Crash, DurableSnapshot, Effect } from '../../stream.ts';
import type { Invariant, RunWork } from './invariant.ts';

/** Begins of one start of an effect that have got nowhere. */
interface Tries {
  ticket: string;
  count: number;
  /** It was written, and nobody has heard yet what of it. */
  isUntold: boolean;
}

export const restartBudget: Invariant = {
  name: 'restart budget',
  claim: 'what breaks more often than its restart budget allows is given up, across restarts of the process too',
  watch(world, broken) {
    const { maxRestarts, withinMs } = world.config.supervision.intensity;
    const tries = new Map<Address, Tries>();
    const byKey = new Map<string, Tries>();
    const crashes = new Map<Address, number[]>();

    const begin = ({ engine, ticket, run }: RunWork) => {
      const address: Address = `engine/${engine}`;
      const before = tries.get(address);
      const now = before?.ticket === ticket ? before : { ticket, count: 0, isUntold: false };
      now.count += 1;
      now.isUntold = false;
      tries.set(address, now);
      byKey.set(recordKey(address), now);
      if (now.count > maxRestarts + 1) {
        broken(`the run ${run} of ${engine} begins for the ${now.count}th time without having got anywhere`);
      }
    };

    const crash = ({ address, at, halted }: Crash) => {
      if (halted) {
        crashes.delete(address);
        return;
      }
      const recent = [...(crashes.get(address) ?? []).filter((other) => other > at - withinMs), at];
      crashes.set(address, recent);
      if (recent.length > maxRestarts) {
        broken(`${address} broke ${recent.length} times in ${withinMs / 1_000} s, and was not given up`);
      }
    };

    const change = (address: Address, snapshot: DurableSnapshot, event: string) => {
      for (const id in snapshot.effects) {
        const { starts } = snapshot.effects[id] as Effect;
        if (starts > maxRestarts + 1) broken(`${address}: its effect '${id}' was cut off ${starts} times`);
      }
      const here = tries.get(address);
      if (!here) return;
      here.isUntold = false;
      if (isProgress(event)) here.count = 0;
    };

    return {
      seen(event) {
        switch (event.type) {
          case 'run.began':
            return begin(event.work);
          case 'transition': {
            const { address, snapshot, event: cause } = event.transition;
            return change(address, snapshot, cause.type);
          }
          case 'committed':
            for (const key of event.keys) {
              const here = byKey.get(key);
              if (here) here.isUntold = true;
            }
            return;
          case 'process.ended':
            for (const here of tries.values()) {
              // It died between the write and the word: it may have been progress.
              if (here.isUntold) here.count = 0;
              here.isUntold = false;
            }
            return;
          case 'actor.crashed':
            return crash(event.crash);
          default:
        }
      },
    };
  },
};

/** What a run tells of itself: whoever gets that far does not kill the process at every start. */
function isProgress(event: string): boolean {
  return event.startsWith('step.') || event.startsWith('service.');
}
