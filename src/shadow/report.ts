/**
 * What shadow mode has seen, for each engine: what is due, what ran, and what nightshift would have done otherwise.
 */
import type { Config } from '../config/config.ts';
import { type Comparison, compare, type Watch } from '../policies/shadow.ts';
import type { JournalEntry } from './journal.ts';
import { observed } from './observed.ts';

export interface ShadowReport {
  /** From the first to the last instant at which somebody watched, epoch ms. */
  from: number;
  to: number;
  /** When nobody watched in between. */
  gaps: Watch[];
  /** Those with a program; in the order of the config. */
  engines: EngineReport[];
  /** Jobs in TypeScript, which nobody else can run. */
  unfollowed: string[];
  /** Programs that ran and are no engine's, with how often. */
  strangers: { name: string; count: number }[];
}

export interface EngineReport extends Comparison {
  id: string;
  /** What becomes of the due times at which nobody watched. */
  catchUp: 'once' | 'all' | 'skip';
}

/** @returns undefined when nobody has followed the schedule */
export function shadowReport(
  entries: readonly JournalEntry[],
  config: Pick<Config, 'engines'>,
): ShadowReport | undefined {
  const { runs, strangers, watches } = observed(entries, config.engines);
  const [first, last] = [watches[0], watches.at(-1)];
  if (!first || !last) return undefined;
  const within = (at: number) => at >= first.from && at <= last.to;
  const engines = [...config.engines.values()].flatMap(({ id, settings, command }) => {
    if (!command) return [];
    const own = (runs.get(id) ?? []).filter(({ startedAt }) => within(startedAt));
    const { catchUp, catchUpWithinMs, graceMs } = settings;
    const skips = catchUp === 'once' && catchUpWithinMs !== null && catchUpWithinMs <= graceMs;
    return [
      {
        id,
        catchUp: skips ? ('skip' as const) : catchUp,
        ...compare({ settings, exitCodes: command.exitCodes }, own, watches),
      },
    ];
  });
  return {
    from: first.from,
    to: last.to,
    gaps: watches.slice(1).map(({ from }, n) => ({ from: watches[n]?.to ?? from, to: from })),
    engines,
    unfollowed: [...config.engines.values()].filter(({ command }) => !command).map(({ id }) => id),
    strangers: [...strangers].map(([name, count]) => ({ name, count })),
  };
}
