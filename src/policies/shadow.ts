/**
 * Shadow mode: what nightshift would have done otherwise than the scheduler whose runs it has seen.
 *
 * Each due time takes the first run that began at it or shortly after; what else began is a second run, or one that was not due.
 * What became of a run is judged as the engine would: by its exit code, its limit, and what it does about overlaps.
 */
import { formatDuration } from './duration.ts';
import type { FailureClass } from './failure.ts';
import { nextDue, type Schedule } from './schedule.ts';
import type { EngineSettings } from './settings.ts';
import { isOpen } from './window.ts';

/** A run that somebody else began. Instants are epoch ms. */
export interface ShadowRun {
  startedAt: number;
  /** null: nobody saw its end. */
  endedAt: number | null;
  exitCode: number | null;
  signal: string | null;
}

/** From one instant up to another the schedule was followed. Epoch ms. */
export interface Watch {
  from: number;
  to: number;
}

export interface ShadowedEngine {
  settings: EngineSettings;
  /** What they mean; one that is not there is a bug. */
  exitCodes: ReadonlyMap<number, Exclude<FailureClass, 'shared'> | 'success'>;
}

export type DifferenceKind = (typeof differenceKinds)[number];

/** The gravest first. */
export const differenceKinds = [
  'missed',
  'double',
  'unplanned',
  'overlap',
  'halted',
  'stopped',
  'retried',
  'held',
  'late',
  'unended',
] as const;

export interface Difference {
  kind: DifferenceKind;
  /** The due time, or when the run began: epoch ms. */
  at: number;
  /** What was seen, and what would have been instead: a sentence without a full stop. */
  what: string;
}

export interface Comparison {
  /** Due times while it was watched; 0 for an engine whose due times are not those of a calendar. */
  due: number;
  /** Runs that were seen. */
  ran: number;
  /** Runs that ended badly, with nightshift as without it. */
  failed: number;
  /** The latest of them: when it began, epoch ms, and how it ended, as in `exit code 2`. null: none has. */
  lastFailure: { at: number; how: string } | null;
  /** Due times while nobody watched, at which nothing was seen to run. */
  unwatched: number;
  /** In the order of time. */
  differences: Difference[];
}

/** A clock that goes a little wrong, and a scheduler that wakes up a little early. */
const earlyMs = 2_000;
const hourMs = 3_600_000;

/**
 * @param runs of this engine, in the order in which they began
 * @param watches in order, without overlap
 */
export function compare(engine: ShadowedEngine, runs: readonly ShadowRun[], watches: readonly Watch[]): Comparison {
  const { schedule } = engine.settings;
  const ends = [...overlaps(engine, runs), ...outcomes(engine, runs)];
  const byCalendar = schedule?.kind === 'cron' ? calendar(engine, schedule, runs, watches) : nothing;
  const differences = [...byCalendar.differences, ...ends].sort((one, other) => one.at - other.at);
  const failures = runs.filter((run) => run.endedAt !== null && meaningOf(run, engine) !== 'success');
  const last = failures.at(-1);
  return {
    ...byCalendar,
    ran: runs.length,
    failed: failures.length,
    lastFailure: last ? { at: last.startedAt, how: last.signal ?? `exit code ${last.exitCode}` } : null,
    differences,
  };
}

/** What the engine would make of how a run ended. */
function meaningOf({ exitCode, signal }: ShadowRun, { exitCodes }: ShadowedEngine) {
  return signal === null ? (exitCodes.get(exitCode ?? -1) ?? 'bug') : 'recoverable';
}

const nothing = { due: 0, unwatched: 0, differences: [] as Difference[] };

function calendar(
  { settings }: ShadowedEngine,
  schedule: Schedule,
  runs: readonly ShadowRun[],
  watches: readonly Watch[],
): typeof nothing {
  const { spread: _, ...plain } = schedule;
  const isSpread = schedule.spread !== undefined || schedule.offsetMs > 0;
  const [from, to] = [watches[0]?.from ?? 0, watches.at(-1)?.to ?? 0];
  const after = (at: number) => nextDue({ ...plain, offsetMs: 0 }, 0, at) ?? Number.POSITIVE_INFINITY;
  const differences: Difference[] = [];
  let [due, unwatched, run] = [0, 0, 0];
  for (let at = after(from - 1); at + settings.graceMs <= to; ) {
    const next = after(at);
    while ((runs[run]?.startedAt ?? next) < at - earlyMs) run += 1;
    const begin = run;
    while ((runs[run]?.startedAt ?? Number.POSITIVE_INFINITY) < next - earlyMs) run += 1;
    const claims = runs.slice(begin, run).map(({ startedAt }) => startedAt);
    // So long after its due time, a run is of something else.
    const servedMs = isSpread
      ? Number.POSITIVE_INFINITY
      : Math.max(Math.min(hourMs, (next - at) / 2), settings.graceMs);
    const isWatched = watches.some((watch) => watch.from <= at && at + settings.graceMs <= watch.to);
    const isServed = (claims[0] ?? Number.POSITIVE_INFINITY) - at <= servedMs && claims.length > 0;
    if (isWatched) due += 1;
    if (!isWatched && !isServed) unwatched += 1;
    if (isWatched && !isServed) differences.push({ kind: 'missed', at, what: missed(settings, at) });
    if (isServed) differences.push(...served(settings, at, claims, isSpread ? 'spread' : 'on time'));
    else
      differences.push(...claims.map((startedAt) => ({ kind: 'unplanned', at: startedAt, what: unplanned }) as const));
    at = next;
  }
  return { due, unwatched, differences };
}

/** What is to be said of the runs of one due time, of which the first served it. */
function served(
  settings: EngineSettings,
  at: number,
  [first = at, ...others]: number[],
  when: 'spread' | 'on time',
): Difference[] {
  const delay = formatDuration(first - at);
  const late = `it began ${delay} after it was due: here, that is late, and stands in the ledger`;
  return [
    ...(when === 'on time' && first - at > settings.graceMs ? [{ kind: 'late', at, what: late } as const] : []),
    ...(isShut(settings, at) ? [{ kind: 'held', at, what: shut(settings) } as const] : []),
    ...others.map((startedAt): Difference => {
      const isSecond = startedAt - at <= settings.graceMs;
      return { kind: isSecond ? 'double' : 'unplanned', at: startedAt, what: isSecond ? second : unplanned };
    }),
  ];
}

const second = 'it ran a second time for one due time: here, it runs once';
const unplanned = 'it ran, and was not due: by hand, or its schedule is another one there';

function isShut({ window }: EngineSettings, at: number): boolean {
  return window !== null && !isOpen(window, at);
}

function shut({ windowName }: EngineSettings): string {
  return `the window '${windowName}' was closed: it would have waited until that opens`;
}

function missed(settings: EngineSettings, at: number): string {
  return `nothing was seen to run: here, ${isShut(settings, at) ? shut(settings) : 'it would have run'}`;
}

/** Runs that began while one before was under way. One that would not have been there is in nobody's way. */
function overlaps({ settings }: ShadowedEngine, runs: readonly ShadowRun[]): Difference[] {
  let busyUntil = Number.NEGATIVE_INFINITY;
  return runs.flatMap(({ startedAt, endedAt }) => {
    const left = busyUntil - startedAt;
    const isSkipped = left > 0 && settings.overlap === 'skip';
    if (!isSkipped) busyUntil = Math.max(busyUntil, endedAt ?? startedAt);
    if (left <= 0) return [];
    const what = `the run before went on for ${formatDuration(left)}: ${instead(settings)}`;
    return [{ kind: 'overlap', at: startedAt, what } as const];
  });
}

function instead({ overlap }: EngineSettings): string {
  switch (overlap) {
    case 'skip':
      return 'here, it would have been skipped';
    case 'queue':
      return 'here, it would have begun when that had ended';
    case 'cancel':
      return 'here, that one would have been stopped for it';
    default:
      return overlap satisfies never;
  }
}

/** What would have become of each run. */
function outcomes(engine: ShadowedEngine, runs: readonly ShadowRun[]): Difference[] {
  const { timeoutMs, retry, maxFailures } = engine.settings;
  const isTriedAgain = retry.tries > 1;
  const again = `tried again, ${retry.tries} times in all, first after ${formatDuration(retry.baseMs)}`;
  let failures = 0;
  return runs.flatMap((run): Difference[] => {
    const { startedAt: at, endedAt, exitCode, signal } = run;
    if (endedAt === null)
      return [{ kind: 'unended', at, what: 'its end was not seen: it runs still, or went with the machine' }];
    const tookMs = endedAt - at;
    if (tookMs > timeoutMs) {
      const limit = `it would have been stopped after ${formatDuration(timeoutMs)}${isTriedAgain ? `, and ${again}` : ''}`;
      return [{ kind: 'stopped', at, what: `it took ${formatDuration(tookMs)}: here, ${limit}` }];
    }
    const meaning = meaningOf(run, engine);
    const ended = signal === null ? `it ended with exit code ${exitCode}` : `${signal} ended it`;
    switch (meaning) {
      case 'success':
        failures = 0;
        return [];
      case 'recoverable':
        if (!isTriedAgain) return [];
        return [{ kind: 'retried', at, what: `${ended}: here, it would have been ${again}` }];
      case 'degraded':
        return [{ kind: 'held', at, what: `${ended}: here, it would have been held, and tried again every 30s` }];
      case 'fatal':
        return [{ kind: 'halted', at, what: `${ended}: here, its engine would have halted until you resume it` }];
      case 'critical':
      case 'bug':
        failures += 1;
        if (failures !== maxFailures) return [];
        return [
          {
            kind: 'halted',
            at,
            what: `${ended}, as ${failures} in a row: here, its engine would have halted until you resume it`,
          },
        ];
      default:
        return meaning satisfies never;
    }
  });
}
