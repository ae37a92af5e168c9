/**
 * Unarmed engines: nothing will ever wake them. No chart leads there; a record from elsewhere or a fault in the runtime might.
 */
import { stateName } from './state-name.ts';

/** What there is of an actor, from its snapshot or from its record alike. */
export interface Armament {
  value: unknown;
  timers: object;
  effects: object;
}

const waitsForNobody = /^(idle\.onDemand|paused|halted)$/;

/** An engine that waits neither for a time nor for work, nor for somebody. @param address as in `engine/youtube` */
export function isUnarmed(address: string, { value, timers, effects }: Armament): boolean {
  if (!address.startsWith('engine/') || waitsForNobody.test(stateName(value))) return false;
  return Object.keys(timers).length === 0 && Object.keys(effects).length === 0;
}

/** What is wrong with it, in words. */
export function unarmed({ value }: Pick<Armament, 'value'>): string {
  return `it is ${stateName(value)}, and nothing will wake it`;
}
