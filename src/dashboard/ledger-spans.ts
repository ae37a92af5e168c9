/**
 * The steps of a run as far as its record or its ledger entry has them: those have lengths and no instants. They stand one after the
 * other, from the beginning of the run on, before whatever has been noted with its instants.
 */
import type { RunSpan } from './run-spans.ts';

/** A run, as its record or its ledger entry has it. */
export interface Recorded {
  /** Epoch ms; none when it has not begun. */
  startedAt?: number | null;
  /** When it ended, or the present instant: epoch ms. */
  at: number;
  /** How long its finished steps took, ms, in the order in which they ended. */
  steps?: Readonly<Record<string, number>> | undefined;
}

/** @param noted what was heard of the run since the service started: a restart within the run has cut off its beginning */
export function withRecorded({ startedAt, at, steps = {} }: Recorded, noted: readonly RunSpan[]): RunSpan[] {
  const known = new Set(noted.filter(({ kind }) => kind === 'done').map(({ name }) => name));
  const missing = Object.entries(steps).filter(([step]) => !known.has(step));
  const end = noted[0]?.from ?? at;
  const recorded: RunSpan[] = [];
  let from = Math.min(startedAt ?? at, end);
  for (const [name, lengthMs] of missing) {
    const to = Math.min(from + lengthMs, end);
    recorded.push({ name, kind: 'done', from, to, lengthMs });
    from = to;
  }
  return [...recorded, ...noted];
}
