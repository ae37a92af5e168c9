/**
 * Runs whose end was not seen yet, kept from look to look: one that takes a day has begun long before what a look reads again.
 */
import type { JournalEntry } from './journal.ts';

type Begun = Extract<JournalEntry, { kind: 'begun' }>;

/** As many may be open at once; beyond that, those are forgotten that have begun first. */
export const openMax = 1_000;

export class OpenRuns {
  readonly #begun = new Map<string, Begun>();

  /** What was read, with the beginnings before it whose ends it may hold. @param entries since some instant, as the journal has them */
  withOlder(entries: readonly JournalEntry[]): JournalEntry[] {
    const here = new Set(entries.flatMap((entry) => (entry.kind === 'begun' ? [entry.run] : [])));
    const older = [...this.#begun.values()].filter(({ run }) => !here.has(run));
    for (const entry of entries) if (entry.kind === 'begun') this.#begun.set(entry.run, entry);
    for (const entry of entries) if (entry.kind === 'ended') this.#begun.delete(entry.run);
    for (const run of this.#begun.keys()) {
      if (this.#begun.size <= openMax) break;
      this.#begun.delete(run);
    }
    return [...older, ...entries];
  }
}
