/**
 * The latest runs of an engine as people are shown them, and the one under way: each with its steps and waits.
 */
import type { Host } from '../actors/host.ts';
import type { LedgerEntry } from '../persistence/ledger.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { Address } from '../stream.ts';
import type { Changes } from './changes.ts';
import { type Recorded, withRecorded } from './ledger-spans.ts';
import type { RunSpan } from './run-spans.ts';

export interface RunsView {
  /** Epoch ms. */
  at: number;
  present: { run: string; spans: RunSpan[] } | null;
  /** The oldest first. */
  runs: (LedgerEntry & { spans: RunSpan[] })[];
}

/** @param at the present instant, epoch ms */
export async function runsView(host: Host, changes: Changes, address: Address, at: number): Promise<RunsView> {
  const { run } = host.standOf(address).stand.context as unknown as Partial<EngineContext>;
  const entries = await changes.entries(address);
  const spansOf = (id: string, recorded: Recorded) => withRecorded(recorded, changes.spans(address, id));
  return {
    at,
    present: run ? { run: run.id, spans: spansOf(run.id, { startedAt: run.startedAt, at, steps: run.took }) } : null,
    runs: entries.map((entry) => ({ ...entry, spans: entry.run ? spansOf(entry.run, entry) : [] })),
  };
}
