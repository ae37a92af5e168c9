/**
 * The processes of this machine: who is whose child, in which group, since when, and how much memory it holds.
 *
 * A pid alone names nobody for long, because it is used again. With the time of its start it does.
 *
 * @see proc_pid_stat(5); ps(1)
 */
import { execFileSync } from 'node:child_process';
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
  return process.platform === 'linux' ? fromProc() : fromPs();
}

/** One process; undefined when there is none with that pid. */
export function processOf(pid: number): ProcessEntry | undefined {
  if (process.platform === 'linux') return entryOf(String(pid), bootId());
  return fromPs().find((entry) => entry.pid === pid);
}

/**
 * The processes, everything that descends from them, and everything in their groups; and everything that carries the mark, for
 * who has lost its parent and left the group is nobody's otherwise.
 *
 * @param mark as it stands in the environment of what was started, `NAME=value`; seen on Linux alone
 */
export function treeOf(
  roots: Iterable<number>,
  mark: string | undefined,
  table: readonly ProcessEntry[] = processTable(),
): ProcessEntry[] {
  const heads = new Set(roots);
  const children = Map.groupBy(table, ({ parent }) => parent);
  const found = new Set(
    table.filter((entry) => heads.has(entry.pid) || heads.has(entry.group) || isMarked(entry, mark)),
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

function fromProc(): ProcessEntry[] {
  const boot = bootId();
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (entryOf(name, boot) ?? []) : []));
}

function entryOf(pid: string, boot: string): ProcessEntry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and parentheses: what counts stands after the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, parent, group] = fields;
    // What has ended and is not yet noticed by its parent holds nothing and can be ended no more.
    if (state === 'Z') return undefined;
    return {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      startedAt: `${boot}:${fields[19]}`,
      memoryBytes: Number(fields[21]) * pageBytes,
    };
  } catch {
    return undefined;
  }
}

/** The start of a process is counted from the start of the machine. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function fromPs(): ProcessEntry[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss=,stat=,lstart='], { encoding: 'utf8' });
  return text.split('\n').flatMap((line) => {
    const [pid, parent, group, rss, state = '', ...started] = line.trim().split(/\s+/);
    if (!pid || state.startsWith('Z')) return [];
    const memoryBytes = Number(rss) * 1_024;
    return [
      { pid: Number(pid), parent: Number(parent), group: Number(group), startedAt: started.join(' '), memoryBytes },
    ];
  });
}
