/**
 * What goes wrong with a call in a simulation, by name: the catalogue's faults, and services that are down for a while.
 */
import type { CallFault } from '../faults/fault.ts';
import { allFaults, faults } from '../faults/faults.ts';
import type { Spell } from './spells.ts';

/** A call that failed because nobody was there for a while. */
export interface OutageFault extends CallFault {
  outage: Spell;
}

const leftAlone = 'Its breaker opens; few calls are made to it before it is back, and everybody goes on then.';

/** How a service is down. */
export const outageModes = ['503', 'reset', 'DNS', 'silence'] as const;
export type OutageMode = (typeof outageModes)[number];

const down: Record<OutageMode, CallFault> = {
  503: faults.status(503),
  reset: faults.resetBefore,
  DNS: faults.dns,
  silence: faults.silence,
};

/** A call while the service is down. */
export function outageFault(mode: OutageMode, outage: Spell): OutageFault {
  return { ...downFault(mode), outage };
}

/** By its name alone nobody knows how long an outage was. */
function downFault(mode: OutageMode): CallFault {
  return { kind: 'call', name: `outage: ${mode}`, afterwards: leftAlone, answer: down[mode].answer };
}

/** A call while there is no network. */
export function networkFault(outage: Spell): OutageFault {
  return { ...faults.noNetwork, outage };
}

/** The fault of that name; undefined when there is none. */
export function callFaultNamed(name: string): CallFault | undefined {
  const [, code, seconds] = /^([1-5]\d\d)(?: Retry-After (\d+))?$/.exec(name) ?? [];
  if (code !== undefined)
    return faults.status(Number(code), seconds === undefined ? {} : { retryAfter: Number(seconds) });
  const mode = outageModes.find((each) => name === `outage: ${each}`);
  if (mode) return downFault(mode);
  return allFaults.find((fault): fault is CallFault => fault.kind === 'call' && fault.name === name);
}
