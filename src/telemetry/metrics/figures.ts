/**
 * The figures that people are shown: worked out from what was counted in a period, each beside what it was in the week before.
 */
import { quantile, total } from '../../policies/histogram.ts';
import { type Figure, figure } from '../../policies/trend.ts';
import type { Counts } from './reading.ts';
import type { SubjectKind } from './series.ts';
import type { Counted, Length, Tally } from './tally.ts';

/** Numbers of times, shares from 0 to 1, `…Ms` and `…Bytes`. */
export type FigureName = (typeof figureNames)[SubjectKind][number];

/** Which figures there are of whom, in the order in which they are shown. */
export const figureNames = {
  engine: ['runs', 'successShare', 'attemptsPerSuccess', 'p50Ms', 'p95Ms', 'p99Ms', 'lagP95Ms', 'unserved'],
  step: ['ends', 'successShare', 'p50Ms', 'p95Ms', 'p99Ms'],
  service: ['calls', 'successShare', 'callsPerSuccess', 'p50Ms', 'p95Ms', 'p99Ms', 'openings', 'quotaShare'],
  token: ['refreshes', 'successShare'],
  process: ['memoryBytes', 'cpuShare', 'loopDelayMs', 'diskFreeBytes', 'incidents'],
} as const satisfies Record<SubjectKind, readonly string[]>;

export interface SubjectFigures {
  /** As in `step/youtube/upload`. */
  subject: string;
  kind: SubjectKind;
  /** Without the kind. */
  name: string;
  figures: Partial<Record<FigureName, Figure>>;
  /** How long it stood in each state that is not rest, the longest first. */
  states: StateTime[];
}

export interface StateTime extends Pick<Figure, 'before' | 'change'> {
  /** As in `held.forActor`. */
  state: string;
  ms: number;
}

/** Of fewer hours, before a period, a comparison would say more of chance than of the subject. */
const watchedMsMin = 24 * 3_600_000;

/** Everybody of whom something was counted, the kinds in their order, by name. */
export function figuresOf(period: Counts, before: Counts): SubjectFigures[] {
  // Numbers of times are compared for the same length of time in which somebody was there to count.
  const watched = watchedMs(before) < watchedMsMin ? null : watchedMs(period) / watchedMs(before);
  return [...period.tallies]
    .map(([subject, tally]) => subjectFigures(subject, tally, before.tallies.get(subject) ?? {}, watched))
    .sort((one, other) => place(one) - place(other) || (one.name < other.name ? -1 : 1));
}

/** @param scale numbers of times and times in states before are multiplied by it; null when they cannot be compared */
export function subjectFigures(subject: string, now: Tally, before: Tally, scale: number | null): SubjectFigures {
  const slash = subject.indexOf('/');
  const kind = subject.slice(0, slash) as SubjectKind;
  const names: readonly FigureName[] = figureNames[kind] ?? [];
  const figures = names.flatMap((name) => {
    const read = readers[name];
    const old = read(before);
    const scaled = timesOnly.has(name) ? (scale === null ? null : (old ?? 0) * scale) : old;
    const made = figure(read(now), scaled);
    return made.value === null ? [] : [[name, made] as const];
  });
  const states = Object.entries(now.states ?? {}).map(([state, ms]): StateTime => {
    const { before: old, change } = figure(ms, scale === null ? null : (before.states?.[state] ?? 0) * scale);
    return { state, ms, before: old, change };
  });
  return {
    subject,
    kind,
    name: subject.slice(slash + 1),
    figures: Object.fromEntries(figures),
    states: states.sort((one, other) => other.ms - one.ms),
  };
}

const timesOnly: ReadonlySet<FigureName> = new Set([
  'runs',
  'unserved',
  'ends',
  'calls',
  'openings',
  'refreshes',
  'incidents',
]);

const readers: Readonly<Record<FigureName, (tally: Tally) => number | null>> = {
  runs: ends,
  ends,
  calls: ends,
  refreshes: ends,
  unserved: (tally) => times(tally, 'skipped') + times(tally, 'missed'),
  openings: (tally) => times(tally, 'openings'),
  incidents: (tally) => times(tally, 'incidents'),
  successShare: (tally) => ratio(times(tally, 'success'), ends(tally)),
  attemptsPerSuccess: (tally) => ratio(times(tally, 'attempts'), times(tally, 'success')),
  callsPerSuccess: (tally) => ratio(ends(tally), times(tally, 'success')),
  p50Ms: (tally) => length(tally, 'duration', 0.5),
  p95Ms: (tally) => length(tally, 'duration', 0.95),
  p99Ms: (tally) => length(tally, 'duration', 0.99),
  lagP95Ms: (tally) => length(tally, 'lag', 0.95),
  quotaShare: ({ peaks }) => peaks?.quotaShare ?? null,
  memoryBytes: ({ peaks }) => peaks?.memoryBytes ?? null,
  loopDelayMs: ({ peaks }) => peaks?.loopDelayMs ?? null,
  cpuShare: (tally) => ratio(times(tally, 'cpuMs'), times(tally, 'watchedMs')),
  diskFreeBytes: ({ lows }) => lows?.diskFreeBytes ?? null,
};

function ends(tally: Tally): number {
  return times(tally, 'success') + times(tally, 'failure');
}

function times({ counts }: Tally, what: Counted): number {
  return counts?.[what] ?? 0;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function length({ lengths }: Tally, what: Length, share: number): number | null {
  const histogram = lengths?.[what];
  return histogram && total(histogram) > 0 ? quantile(histogram, share) : null;
}

function watchedMs({ tallies }: Counts): number {
  return tallies.get('process/self')?.counts?.watchedMs ?? 0;
}

function place({ kind }: SubjectFigures): number {
  return Object.keys(figureNames).indexOf(kind);
}
