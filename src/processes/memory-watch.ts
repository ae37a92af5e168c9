/**
 * Watches how much memory a process holds, together with everything that it has started.
 */
import type { Clock } from '../clock.ts';
import { type Child, familyOf } from './children.ts';
import { treeOf } from './process-table.ts';

const lookMs = 1_000;

export interface MemoryWatch {
  /** How much it held when that was too much, in bytes. */
  readonly exceeded: number | undefined;
  stop(): void;
}

/**
 * Looks every second.
 *
 * @param limit bytes; undefined for no limit
 * @param over called once, when it holds more
 */
export function watchMemory(
  child: Child | undefined,
  limit: number | undefined,
  clock: Clock,
  over: () => void,
): MemoryWatch {
  if (!child || limit === undefined) return { exceeded: undefined, stop: () => {} };
  const family = familyOf(child);
  let exceeded: number | undefined;
  const look = () => {
    const used = treeOf(family).reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    if (used > limit) {
      exceeded = used;
      over();
    } else cancel = clock.after(lookMs, look);
  };
  let cancel = clock.after(lookMs, look);
  return {
    get exceeded() {
      return exceeded;
    },
    stop: () => cancel(),
  };
}
