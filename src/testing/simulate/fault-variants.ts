/**
 * Faults of the catalogue with the lengths that chance gives them. Each is known by a name that says all of it, as
 * `killed during the commit, back after 5s`, and found by that name again.
 */
import { isTimeZone } from '../../config/fields.ts';
import { formatDuration, parseDuration } from '../../policies/duration.ts';
import type { DiskFault, KillFault, MachineFault, ProgramFault } from '../faults/fault.ts';
import { allFaults, faults } from '../faults/faults.ts';

export const killTimes = ['before', 'during', 'after'] as const;

/** The process is killed at an instant. */
export function killed(downMs: number): KillFault {
  return { ...faults.kill('before', downMs), name: `killed, back after ${formatDuration(downMs)}` };
}

export function killedAtCommit(when: KillFault['when'], downMs: number): KillFault {
  return { ...faults.kill(when, downMs), name: `killed ${when} the commit, back after ${formatDuration(downMs)}` };
}

export function clockSet(byMs: number): MachineFault {
  return byMs < 0 ? faults.clockBack(-byMs) : faults.clockForward(byMs);
}

/** Until a person makes room. */
export function diskFull(): DiskFault {
  return { ...faults.diskFull, lastsMs: 0, needsPerson: true };
}

/** @param lastsMs 0 for a single write */
export function diskBusy(lastsMs: number): DiskFault {
  return { ...faults.busy, name: `SQLITE_BUSY for ${formatDuration(lastsMs)}`, lastsMs };
}

/** What a program does instead of its work, by its name; undefined when nothing is called so. */
export function programFaultNamed(name: string): ProgramFault | undefined {
  const [, signal] = /^ends by (SIG[A-Z]+)$/.exec(name) ?? [];
  if (signal !== undefined) return faults.exitsBySignal(signal as NodeJS.Signals);
  return allFaults.find((fault): fault is ProgramFault => fault.kind === 'program' && fault.name === name);
}

/** What happens to the machine at an instant, by its name; undefined when nothing is called so. */
export function timedFaultNamed(name: string): KillFault | MachineFault | undefined {
  const [, down] = /^killed, back after (.+)$/.exec(name) ?? [];
  const [, slept] = /^asleep for (.+)$/.exec(name) ?? [];
  const [, way, by] = /^clock set (forward|back) by (.+)$/.exec(name) ?? [];
  const [, rejected] = /^tokens of (.+) rejected$/.exec(name) ?? [];
  const [, revoked] = /^grant of (.+) revoked$/.exec(name) ?? [];
  const [, zone] = /^clocks change in (\S+)$/.exec(name) ?? [];
  if (rejected !== undefined) return faults.tokensRejected(rejected);
  if (revoked !== undefined) return faults.grantTakenBack(revoked);
  if (zone !== undefined) return isTimeZone(zone) ? faults.dstChange(zone) : undefined;
  const same = [faults.duplicateTimer, faults.doubleStart].find((fault) => fault.name === name);
  if (same) return same;
  const ms = parseDuration(down ?? slept ?? by ?? '');
  if (ms === null) return undefined;
  if (down !== undefined) return killed(ms);
  return slept === undefined ? clockSet(way === 'back' ? -ms : ms) : faults.asleep(ms);
}

/** What happens at a write, by its name; undefined when nothing is called so. */
export function writeFaultNamed(name: string): DiskFault | KillFault | undefined {
  if (name === 'disk full') return diskFull();
  if (name === faults.tornBatch.name) return faults.tornBatch;
  const [, when, down] = /^killed (before|during|after) the commit, back after (.+)$/.exec(name) ?? [];
  const [, busy] = /^SQLITE_BUSY for (.+)$/.exec(name) ?? [];
  const ms = parseDuration(down ?? busy ?? '');
  if (ms === null) return undefined;
  return busy === undefined ? killedAtCommit(when as KillFault['when'], ms) : diskBusy(ms);
}
