/**
 * What the journal says of each engine: its runs, and when they could be watched.
 */

import type { CommandConfig } from '../config/config.ts';
import type { ShadowRun, Watch } from '../policies/shadow.ts';
import { engineKeys } from './engine-keys.ts';
import type { JournalEntry } from './journal.ts';

export interface Observed {
  /** By the id of the engine, each in the order in which they began. */
  runs: ReadonlyMap<string, ShadowRun[]>;
  /** By the name of the program: how often something ran that belongs to no engine. */
  strangers: ReadonlyMap<string, number>;
  watches: Watch[];
}

/** Whoever follows the schedule says so each minute; longer than that without a word, and nobody did. */
const silenceMsMax = 180_000;

/** @param engines those with a program, by id */
export function observed(
  entries: readonly JournalEntry[],
  engines: ReadonlyMap<string, { command?: CommandConfig }>,
): Observed {
  const byKey = new Map<string, string>();
  for (const [id, { command }] of engines)
    if (command) for (const key of engineKeys(command)) if (!byKey.has(key)) byKey.set(key, id);
  const ends = new Map(entries.flatMap((entry) => (entry.kind === 'ended' ? [[entry.run, entry] as const] : [])));
  const runs = new Map<string, ShadowRun[]>();
  const strangers = new Map<string, number>();
  for (const entry of entries.toSorted((one, other) => one.at - other.at)) {
    if (entry.kind !== 'begun') continue;
    const { engine = '', key, name, run, at } = entry;
    const id = engines.has(engine) ? engine : byKey.get(key);
    if (id === undefined) {
      strangers.set(name, (strangers.get(name) ?? 0) + 1);
      continue;
    }
    const { at: endedAt = null, exitCode = null, signal = null } = ends.get(run) ?? {};
    runs.set(id, [...(runs.get(id) ?? []), { startedAt: at, endedAt, exitCode, signal }]);
  }
  return { runs, strangers, watches: watchesIn(entries) };
}

function watchesIn(entries: readonly JournalEntry[]): Watch[] {
  const watches: (Watch & { by: string })[] = [];
  for (const { kind, at, ...rest } of entries.toSorted((one, other) => one.at - other.at)) {
    if (kind !== 'watched') continue;
    const { by } = rest as { by: string };
    const last = watches.at(-1);
    if (last && last.by === by && at - last.to <= silenceMsMax) last.to = at;
    else watches.push({ from: Math.max(at, last?.to ?? at), to: at, by });
  }
  return watches.map(({ from, to }) => ({ from, to }));
}
