/**
 * Follows the schedule beside the scheduler that still runs the jobs: notes each minute that somebody watches, and says of each
 * due time whether a run of it was seen. Nothing runs.
 */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { EngineConfig } from '../config/config.ts';
import { compare, type Difference, type ShadowRun } from '../policies/shadow.ts';
import { clearJournal, entriesSince, note, openJournal } from './journal.ts';
import { observed } from './observed.ts';
import { OpenRuns } from './open-runs.ts';

export interface FollowPorts {
  clock: Clock;
  log: Logger;
  /** Of the journal. */
  folder: string;
  /** Tells this process from others that have followed. */
  by: string;
  engines: ReadonlyMap<string, EngineConfig>;
}

const beatMs = 60_000;
/** What is looked back at each time: a due time is judged when its grace is over, and told of once. */
const lookBackMs = 2 * 3_600_000;
const dayMs = 86_400_000;

/** Follows from now on. Returns a function that ends it. */
export function follow({ clock, log, folder, by, engines }: FollowPorts): () => void {
  openJournal(folder);
  const startedAt = clock.now();
  /** When something was told of, by what it is about. */
  const told = new Map<string, number>();
  const open = new OpenRuns();
  let cancel = () => {};
  let clearedAt = Number.NEGATIVE_INFINITY;

  const look = () => {
    const now = clock.now();
    note(folder, { kind: 'watched', at: now, by });
    const from = Math.max(startedAt, now - lookBackMs);
    const { runs } = observed(open.withOlder(entriesSince(folder, from - lookBackMs)), engines);
    for (const [id, engine] of engines) tell(id, engine, runs.get(id) ?? [], { from, to: now });
    forget(now - 3 * lookBackMs);
    if (now - clearedAt >= dayMs) {
      clearJournal(folder, now);
      clearedAt = now;
    }
  };
  const tell = (
    engine: string,
    { settings, command }: EngineConfig,
    runs: readonly ShadowRun[],
    watch: { from: number; to: number },
  ) => {
    if (!command) return;
    for (const run of runs) tellOfRun(engine, run);
    for (const difference of compare({ settings, exitCodes: command.exitCodes }, runs, [watch]).differences) {
      if (difference.at >= startedAt) tellOnce(engine, difference);
    }
  };
  const tellOfRun = (engine: string, { startedAt, endedAt, exitCode, signal }: ShadowRun) => {
    if (endedAt === null || endedAt < startedAt || !isNews(`run ${engine} ${startedAt}`)) return;
    log.info({ engine, startedAt, durationMs: endedAt - startedAt, exitCode, signal }, 'shadow.run.seen');
  };
  const tellOnce = (engine: string, { kind, at, what }: Difference) => {
    if (kind === 'unended' || !isNews(`${kind} ${engine} ${at}`)) return;
    log.warn({ engine, at, difference: kind, what }, 'shadow.differs');
  };
  const isNews = (key: string) => {
    if (told.has(key)) return false;
    told.set(key, clock.now());
    return true;
  };
  /** What is out of sight cannot come again. */
  const forget = (before: number) => {
    for (const [key, at] of told) if (at < before) told.delete(key);
  };

  const tried = (work: () => void) => {
    try {
      work();
    } catch (error) {
      log.error({ err: error, folder }, 'shadow.failing');
    }
  };
  const beat = () => {
    tried(look);
    cancel = clock.after(beatMs, beat);
  };
  beat();
  return () => {
    cancel();
    tried(() => note(folder, { kind: 'watched', at: clock.now(), by }));
  };
}
