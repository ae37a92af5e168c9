/**
 * Ends a process with everything that it has started.
 */
import type { Clock } from '../clock.ts';
import { type Family, type ProcessEntry, processTable, treeOf } from './process-table.ts';

/** How long a process may take to end after it was asked to, and how long to be gone once it was not asked any more. */
export const graceMs = 5_000;
const lookMs = 50;

/**
 * Asks the process, its descendants and its group to end (SIGTERM), at once; ends what is left after five seconds (SIGKILL).
 * Resolves when none of them is left, or five seconds after that: who waits for a disk that does not answer, or belongs to
 * somebody else, cannot be ended.
 *
 * @param family whom to end
 * @returns what is left
 */
export async function endTree(family: Family, clock: Clock): Promise<ProcessEntry[]> {
  // Taken down before anybody dies: whoever loses its parent is nobody's child any more.
  const tree = new Map(treeOf(family).map((entry) => [entry.pid, entry] as const));
  let left = [...tree.values()];
  for (const order of ['SIGTERM', 'SIGKILL'] as const) {
    signal(left, order);
    const since = clock.monotonic();
    do {
      left = remaining(tree, family);
      if (left.length === 0) return [];
      await new Promise<void>((resolve) => clock.after(lookMs, resolve));
    } while (clock.monotonic() - since < graceMs);
    left = remaining(tree, family);
  }
  return left;
}

/** Who of them lives, and whoever they have started since. */
function remaining(tree: Map<number, ProcessEntry>, family: Family): ProcessEntry[] {
  const table = processTable();
  const heads = [
    ...family.heads,
    ...[...tree.values()].map((entry) => ({ ...entry, leads: entry.group === entry.pid })),
  ];
  for (const entry of treeOf({ ...family, heads }, table)) if (!tree.has(entry.pid)) tree.set(entry.pid, entry);
  return table.filter(({ pid, startedAt }) => tree.get(pid)?.startedAt === startedAt);
}

function signal(entries: Iterable<ProcessEntry>, name: NodeJS.Signals): void {
  for (const { pid } of entries) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended by itself, or is not ours to end: it counts as left then.
    }
  }
}
