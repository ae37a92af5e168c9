/**
 * The processes of this machine: who is whose child, in which group, since when, and how much memory it holds.
 *
 * A pid alone names nobody for long, because it is used again. With the time of its start it does.
 *
 * @see proc_pid_stat(5); ps(1)
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  /** Tells this process from another one that had the same pid; the same for as long as it lives. */
  startedAt: string;
  /** Resident memory. */
  memoryBytes: number;
}

const pageBytes = 4_096;

/** Every process that can be seen; those that end meanwhile are left out. */
export function processTable(): ProcessEntry[] {
  return (process.platform === 'linux' ? fromProc() : fromPs('-A')).filter(lives);
}

/** One process; undefined when there is none with that pid. */
export function processOf(pid: number): ProcessEntry | undefined {
  return seen(pid).find(lives);
}

/** A child of this process, as it is to be known later on: even one that has ended, as long as nobody has asked how. */
export function headOf(pid: number): Head | undefined {
  const entry = seen(pid)[0];
  return entry && { pid, startedAt: entry.startedAt, leads: entry.group === pid };
}

/** A process that was there once, and whether it leads a group: the number of that is its pid. */
export interface Head extends Pick<ProcessEntry, 'pid' | 'startedAt'> {
  leads: boolean;
}

/** How to find what belongs together. */
export interface Family {
  heads: readonly Head[];
  /** As it stands in the environment of what was started, `NAME=value`; seen on Linux alone. */
  mark?: string | undefined;
}

/**
 * The heads, everything that descends from them, and everything in the groups that they lead; and everything that carries the
 * mark, for who has lost its parent and left the group is nobody's otherwise. Never this process, or one that it descends from.
 */
export function treeOf({ heads, mark }: Family, table: readonly ProcessEntry[] = processTable()): ProcessEntry[] {
  const now = new Map(table.map((entry) => [entry.pid, entry] as const));
  const boot = process.platform === 'linux' ? bootId() : '';
  // Another process that has got the pid leads to strangers. While a group has members, its number is given to no new process.
  const known = heads.filter(
    ({ pid, startedAt }) => startedAt === now.get(pid)?.startedAt || (!now.has(pid) && startedAt.startsWith(boot)),
  );
  const pids = new Set(known.map(({ pid }) => pid));
  const groups = new Set(known.filter(({ leads }) => leads).map(({ pid }) => pid));
  const ourselves = new Set<ProcessEntry>();
  for (let entry = now.get(process.pid); entry && !ourselves.has(entry); entry = now.get(entry.parent))
    ourselves.add(entry);
  const children = Map.groupBy(table, ({ parent }) => parent);
  const found = new Set(
    table.filter(
      (entry) => !ourselves.has(entry) && (pids.has(entry.pid) || groups.has(entry.group) || isMarked(entry, mark)),
    ),
  );
  for (const { pid: member } of found) for (const child of children.get(member) ?? []) found.add(child);
  return [...found];
}

function isMarked({ pid }: ProcessEntry, mark: string | undefined): boolean {
  if (mark === undefined || process.platform !== 'linux') return false;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

interface Seen extends ProcessEntry {
  state: string;
}

/** What has ended and is not yet noticed by its parent holds nothing and can be ended no more. */
function lives({ state }: Seen): boolean {
  return !state.startsWith('Z');
}

function seen(pid: number): Seen[] {
  return process.platform === 'linux' ? entryOf(String(pid), bootId()) : fromPs('-p', String(pid));
}

function fromProc(): Seen[] {
  const boot = bootId();
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? entryOf(name, boot) : []));
}

/** None, when it has gone. */
function entryOf(pid: string, boot: string): Seen[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and parentheses: what counts stands after the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent, group] = fields;
    const startedAt = `${boot}:${fields[19]}`;
    const memoryBytes = Number(fields[21]) * pageBytes;
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), state, startedAt, memoryBytes }];
  } catch {
    return [];
  }
}

/** The start of a process is counted from the start of the machine. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function fromPs(...which: string[]): Seen[] {
  return psOf(which)
    .split('\n')
    .flatMap((line) => {
      const [pid, parent, group, rss, state = '', ...started] = line.trim().split(/\s+/);
      if (!pid) return [];
      const startedAt = started.join(' ');
      const memoryBytes = Number(rss) * 1_024;
      return [{ pid: Number(pid), parent: Number(parent), group: Number(group), state, startedAt, memoryBytes }];
    });
}

function psOf(which: readonly string[]): string {
  const asked = [...which, '-o', 'pid=,ppid=,pgid=,rss=,stat=,lstart='];
  const { stdout, error } = spawnSync('ps', asked, { encoding: 'utf8' });
  // With nothing to tell it ends with 1.
  if (error) throw error;
  return stdout;
}
