/**
 * Injections by name: what `injectionName` writes, read again. So a fault can be named in one line of a shell.
 */
import type { Injection } from '../world/chaos.ts';
import { callFaultNamed } from './call-faults.ts';
import { programFaultNamed, timedFaultNamed, writeFaultNamed } from './fault-variants.ts';

/** @returns undefined for a text that names no injection */
export function injectionNamed(text: string): Injection | undefined {
  const [, where = '', name = ''] = /^(.*?\d.*?): (.*)$/s.exec(text) ?? [];
  const [, nthCall, service] = /^call (\d+) to (.+)$/s.exec(where) ?? [];
  const [, write] = /^write (\d+)$/.exec(where) ?? [];
  const [, nthStart, engine] = /^start (\d+) of (.+)$/s.exec(where) ?? [];
  const [, afterMs] = /^after (\d+) ms$/.exec(where) ?? [];
  if (service !== undefined) {
    const fault = callFaultNamed(name);
    return fault && { fault, call: { service, nth: Number(nthCall) } };
  }
  if (write !== undefined) {
    const fault = writeFaultNamed(name);
    return fault && { fault, write: Number(write) };
  }
  if (engine !== undefined) {
    const fault = programFaultNamed(name);
    return fault && { fault, program: { engine, nth: Number(nthStart) } };
  }
  const fault = afterMs === undefined ? undefined : timedFaultNamed(name);
  return fault && { fault, afterMs: Number(afterMs) };
}
