/**
 * Ends a process with everything that it has started.
 */
import type { Clock } from '../clock.ts';
import { type ProcessEntry, processTable, treeOf } from './process-table.ts';

/** How long a process may take to end after it was asked to. */
export const graceMs = 5_000;
const lookMs = 50;

/**
 * Asks the process, its descendants and its group to end (SIGTERM), at once; ends what is left after five seconds (SIGKILL).
 * Resolves when none of them is left.
 *
 * @param mark see {@link treeOf}
 */
export async function endTree(pid: number, mark: string | undefined, clock: Clock): Promise<void> {
  // Taken down before anybody dies: whoever loses its parent is nobody's child any more.
  const tree = new Map(treeOf([pid], mark).map((entry) => [entry.pid, entry] as const));
  signal(tree.values(), 'SIGTERM');
  const since = clock.monotonic();
  while (clock.monotonic() - since < graceMs) {
    if (remaining(tree, pid, mark).length === 0) return;
    await new Promise<void>((resolve) => clock.after(lookMs, resolve));
  }
  signal(remaining(tree, pid, mark), 'SIGKILL');
  while (remaining(tree, pid, mark).length > 0) await new Promise<void>((resolve) => clock.after(lookMs, resolve));
}

/** Who of them lives, and whoever they have started since. */
function remaining(tree: Map<number, ProcessEntry>, root: number, mark: string | undefined): ProcessEntry[] {
  const table = processTable();
  const now = new Map(table.map((entry) => [entry.pid, entry] as const));
  // A pid that somebody else has by now leads to strangers.
  const isTheirs = (pid: number) => (now.get(pid)?.startedAt ?? tree.get(pid)?.startedAt) === tree.get(pid)?.startedAt;
  const roots = [root, ...tree.keys()].filter((pid) => !tree.has(pid) || isTheirs(pid));
  for (const entry of treeOf(roots, mark, table)) if (!tree.has(entry.pid)) tree.set(entry.pid, entry);
  return table.filter(({ pid, startedAt }) => tree.get(pid)?.startedAt === startedAt);
}

function signal(entries: Iterable<ProcessEntry>, name: NodeJS.Signals): void {
  for (const { pid } of entries) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended by itself.
    }
  }
}
