/**
 * What goes wrong in a simulation besides calls: with the process, the machine, the disk and programs. Each is known by its name,
 * as `killed during the commit, back after 5s`.
 */
import { formatDuration, parseDuration } from '../../policies/duration.ts';
import type { DiskFault, KillFault, MachineFault, ProgramFault } from '../faults/fault.ts';
import { faults } from '../faults/faults.ts';

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

export function tokenRejected(token: string): MachineFault {
  const afterwards = 'It is refreshed once, and the step tried again.';
  const name = `tokens of ${token} rejected`;
  return { kind: 'machine', name, afterwards, happen: (it) => it.rejectToken(token) };
}

export function grantRevoked(token: string): MachineFault {
  const afterwards = 'A person is told once; whoever needs the token waits, nobody else does.';
  const name = `grant of ${token} revoked`;
  return { kind: 'machine', name, afterwards, happen: (it) => it.revokeGrant(token) };
}

/** Until a person makes room. */
export function diskFull(): DiskFault {
  return { ...faults.diskFull, lastsMs: 0, needsPerson: true };
}

/** @param lastsMs 0 for a single write */
export function diskBusy(lastsMs: number): DiskFault {
  return { ...faults.busy, name: `SQLITE_BUSY for ${formatDuration(lastsMs)}`, lastsMs };
}

const dayMs = 86_400_000;

export const exitsOne: ProgramFault = {
  kind: 'program',
  name: 'exits 1',
  afterwards: 'The run has not succeeded, and its failure says why.',
  behaviour: { exitCode: 1 },
};

export const hangs: ProgramFault = {
  kind: 'program',
  name: 'hangs',
  afterwards: 'Its timeout ends it, and the run tries again.',
  behaviour: { runsMs: dayMs },
};

/** What a program does instead of its work, by its name; undefined when nothing is called so. */
export function programFaultNamed(name: string): ProgramFault | undefined {
  const [, signal] = /^ends by (SIG[A-Z]+)$/.exec(name) ?? [];
  if (signal !== undefined) return faults.exitsBySignal(signal as NodeJS.Signals);
  return [exitsOne, hangs, faults.exitsEmpty, faults.ignoresSigterm, faults.leaks].find((fault) => fault.name === name);
}

/** What happens to the machine at an instant, by its name; undefined when nothing is called so. */
export function timedFaultNamed(name: string): KillFault | MachineFault | undefined {
  const [, down] = /^killed, back after (.+)$/.exec(name) ?? [];
  const [, slept] = /^asleep for (.+)$/.exec(name) ?? [];
  const [, way, by] = /^clock set (forward|back) by (.+)$/.exec(name) ?? [];
  const [, rejected] = /^tokens of (.+) rejected$/.exec(name) ?? [];
  const [, revoked] = /^grant of (.+) revoked$/.exec(name) ?? [];
  if (rejected !== undefined) return tokenRejected(rejected);
  if (revoked !== undefined) return grantRevoked(revoked);
  const ms = parseDuration(down ?? slept ?? by ?? '');
  if (ms === null) return undefined;
  if (down !== undefined) return killed(ms);
  return slept === undefined ? clockSet(way === 'back' ? -ms : ms) : faults.asleep(ms);
}

/** What happens at a write, by its name; undefined when nothing is called so. */
export function writeFaultNamed(name: string): DiskFault | KillFault | undefined {
  if (name === 'disk full') return diskFull();
  const [, when, down] = /^killed (before|during|after) the commit, back after (.+)$/.exec(name) ?? [];
  const [, busy] = /^SQLITE_BUSY for (.+)$/.exec(name) ?? [];
  const ms = parseDuration(down ?? busy ?? '');
  if (ms === null) return undefined;
  return busy === undefined ? killedAtCommit(when as KillFault['when'], ms) : diskBusy(ms);
}
