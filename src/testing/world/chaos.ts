/**
 * Chaos: what decides which fault happens where.
 *
 * Whatever happens is noted as an injection, so that a history of random faults can be played again as a list, and the list be
 * made shorter.
 */
import type { Write } from '../../persistence/store.ts';
import type { CallFault, DiskFault, Fault, KillFault, MachineFault, ProgramFault } from '../faults/fault.ts';
import type { WorldRequest } from './network.ts';

/** A fault, and where it happens. */
export type Injection =
  | { fault: CallFault; call: { service: string; nth: number } }
  | { fault: DiskFault | KillFault; write: number }
  | { fault: ProgramFault; program: { engine: string; nth: number } }
  | { fault: KillFault | MachineFault /** Since the world's beginning, true time, milliseconds. */; afterMs: number };

export interface Chaos {
  /** What goes wrong with a request; undefined for nothing. */
  call?: (request: WorldRequest, at: number) => CallFault | undefined;
  /** What goes wrong with a write, counted from 1. */
  write?: (write: {
    number: number;
    keys: readonly string[];
    rows: readonly Write[];
    at: number;
  }) => DiskFault | KillFault | undefined;
  /** What a program does instead of its work; its starts are counted from 1. */
  program?: (start: { engine: string; nth: number; at: number }) => ProgramFault | undefined;
  /** When something next happens to the machine by itself. Asked again after each one. */
  next?: (at: number) => { at: number; fault: KillFault | MachineFault } | undefined;
}

/** Exactly these faults, at these places. */
export function planned(injections: readonly Injection[], startAt: number): Chaos {
  const calls = new Map<string, CallFault>();
  const writes = new Map<number, DiskFault | KillFault>();
  const programs = new Map<string, ProgramFault>();
  const timed: { at: number; fault: KillFault | MachineFault }[] = [];
  for (const each of injections) {
    if ('call' in each) calls.set(`${each.call.service} ${each.call.nth}`, each.fault);
    else if ('write' in each) writes.set(each.write, each.fault);
    else if ('program' in each) programs.set(`${each.program.engine} ${each.program.nth}`, each.fault);
    else timed.push({ at: startAt + each.afterMs, fault: each.fault });
  }
  timed.sort((one, other) => one.at - other.at);
  return {
    call: ({ service, nth }) => calls.get(`${service} ${nth}`),
    write: ({ number }) => writes.get(number),
    program: ({ engine, nth }) => programs.get(`${engine} ${nth}`),
    next: () => timed.shift(),
  };
}

/** As in `call 3 to youtube: 503`. */
export function injectionName(injection: Injection): string {
  const { name }: Fault = injection.fault;
  if ('call' in injection) return `call ${injection.call.nth} to ${injection.call.service}: ${name}`;
  if ('write' in injection) return `write ${injection.write}: ${name}`;
  if ('program' in injection) return `start ${injection.program.nth} of ${injection.program.engine}: ${name}`;
  return `after ${injection.afterMs} ms: ${name}`;
}
