/**
 * What goes wrong in a simulation besides calls: with the process, the machine, the disk and programs. Each is known by its name,
 * as `killed during the commit, back after 5s`.
 */
import { formatDuration, parseDuration } from '../../policies/duration.ts';
import type { DiskFault, KillFault, MachineFault, ProgramBehaviour, ProgramFault } from '../faults/fault.ts';

export const killTimes = ['before', 'during', 'after'] as const;

const goesOn = 'Every run goes on where it stopped; no finished step is done again.';

/** The process is killed at an instant. */
export function killed(downMs: number): KillFault {
  return {
    kind: 'kill',
    name: `killed, back after ${formatDuration(downMs)}`,
    afterwards: goesOn,
    when: 'before',
    downMs,
  };
}

export function killedAtCommit(when: KillFault['when'], downMs: number): KillFault {
  const name = `killed ${when} the commit, back after ${formatDuration(downMs)}`;
  return { kind: 'kill', name, afterwards: goesOn, when, downMs };
}

export function asleep(ms: number): MachineFault {
  const afterwards = 'What was due meanwhile is caught up with, once.';
  return { kind: 'machine', name: `asleep for ${formatDuration(ms)}`, afterwards, happen: (it) => it.sleep(ms) };
}

export function clockSet(byMs: number): MachineFault {
  const name = `clock set ${byMs < 0 ? 'back' : 'forward'} by ${formatDuration(Math.abs(byMs))}`;
  const afterwards = 'Every due time is settled once.';
  return { kind: 'machine', name, afterwards, happen: (it) => it.setWall(byMs) };
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

export function diskFull(): DiskFault {
  const error = () => sqliteError('database or disk is full', 13);
  const afterwards = 'A person is told once; nothing new begins, and nothing is lost.';
  return { kind: 'disk', name: 'disk full', afterwards, error, lastsMs: 0, needsPerson: true };
}

/** @param lastsMs 0 for a single write */
export function diskBusy(lastsMs: number): DiskFault {
  const error = () => sqliteError('database is locked', 5);
  const name = `SQLITE_BUSY for ${formatDuration(lastsMs)}`;
  const afterwards = 'It is written as soon as that is over, and nothing is lost.';
  return { kind: 'disk', name, afterwards, error, lastsMs, needsPerson: false };
}

/** As Node's SQLite throws it. */
function sqliteError(message: string, errcode: number): Error {
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode });
}

const dayMs = 86_400_000;

const behaviours: Record<string, ProgramBehaviour> = {
  'exits 0 with nothing': { lines: 0, output: null },
  'exits 1': { exitCode: 1 },
  'ended by SIGKILL': { signal: 'SIGKILL' },
  hangs: { runsMs: dayMs },
  'hangs and ignores SIGTERM': { runsMs: dayMs, ignoresSigterm: true },
  'leaks 50 MB a second': { runsMs: 60_000, leaksPerSecond: 50_000_000 },
};

/** @throws {RangeError} for a name that no program fault has */
export function programFault(name: string): ProgramFault {
  const behaviour = behaviours[name];
  if (!behaviour) throw new RangeError(`program fault: found '${name}', expected one of ${programFaults.join(', ')}.`);
  return { kind: 'program', name, afterwards: 'The run has not succeeded, and its failure says why.', behaviour };
}

export const programFaults: readonly string[] = Object.keys(behaviours);

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
  return slept === undefined ? clockSet(way === 'back' ? -ms : ms) : asleep(ms);
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
