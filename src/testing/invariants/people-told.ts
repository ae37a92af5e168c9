/**
 * Whoever needs a person says so: an engine that has halted, a token that was revoked, an actor that the host has given up. Within a
 * minute there is an incident for it, as long as the process is there and can write.
 */
import type { Address } from '../../stream.ts';
import type { Invariant } from './invariant.ts';

/** Awake, in milliseconds: a minute, and a moment for whoever is late at a start. */
const patienceMs = 90_000;
const needy: Readonly<Record<string, string>> = { engine: 'halted', token: 'revoked' };

export const peopleTold: Invariant = {
  name: 'people are told',
  claim: 'what stands still until a person acts has an incident within a minute',
  watch(world, broken) {
    /** Until when each of them may go without one, by the monotonic clock; none while nobody could open it. */
    const waiting = new Map<Address, number | undefined>();

    const needsPerson = (address: Address): boolean => {
      const found = world.standOf(address);
      return found !== undefined && (found.halted || found.stand.value === needy[kindOf(address)]);
    };
    const isTold = (address: Address): boolean => {
      const { value } = world.standOf(`incident/${address.replace('/', ':')}`)?.stand ?? {};
      return value !== undefined && value !== 'resolved';
    };

    return {
      seen(event) {
        switch (event.type) {
          case 'transition': {
            const { address, snapshot } = event.transition;
            if (needy[kindOf(address)] === snapshot.value && !waiting.has(address)) waiting.set(address, undefined);
            return;
          }
          case 'actor.crashed':
            if (event.crash.halted && !waiting.has(event.crash.address)) waiting.set(event.crash.address, undefined);
            return;
          default:
        }
      },
      atRest() {
        if (waiting.size === 0) return;
        const awake = world.monotonicNow();
        for (const [address, until] of waiting) {
          if (!world.isReady() || !world.storeWorks()) waiting.set(address, undefined);
          else if (!needsPerson(address) || isTold(address)) waiting.delete(address);
          else if (until === undefined) waiting.set(address, awake + patienceMs);
          else if (awake >= until) {
            broken(`${address} stands still until a person acts, and nobody is told`);
            waiting.delete(address);
          }
        }
      },
    };
  },
};

function kindOf(address: Address): string {
  return address.slice(0, address.indexOf('/'));
}
