/**
 * What of all figures is worth telling: who is slow, who is flaky, and what has changed against the week before.
 */
import type { Figure } from '../../policies/trend.ts';
import type { FigureName, SubjectFigures } from '../metrics/figures.ts';

export interface Slow {
  /** As in `engine/youtube` or `step/youtube/upload`. */
  subject: string;
  times: number;
  /** ms */
  p95Ms: Figure;
}

export interface Flaky {
  engine: string;
  runs: number;
  /** From 0 to 1. */
  successShare: Figure;
  attemptsPerSuccess: Figure;
}

export interface Change {
  subject: string;
  figure: FigureName;
  value: number;
  before: number;
  /** As in 0.2 for a fifth more. */
  change: number;
}

export interface Highlights {
  slowest: Slow[];
  flakiest: Flaky[];
  changes: Change[];
}

const listedMax = 5;
const changesMax = 10;
/** Of fewer, a change says more of chance. */
const timesMin = 5;
const changeMin = 0.25;

/** Figures that say how well somebody fares. */
const telling: ReadonlySet<FigureName> = new Set([
  'runs',
  'calls',
  'successShare',
  'attemptsPerSuccess',
  'callsPerSuccess',
  'p95Ms',
  'lagP95Ms',
  'openings',
  'unserved',
  'quotaShare',
  'memoryBytes',
  'cpuShare',
  'diskFreeBytes',
]);
/** For those that are counted in thousandths, a share of the old value is a large number for a small matter. */
const least: Partial<Record<FigureName, number>> = { lagP95Ms: 1_000, p95Ms: 50, cpuShare: 0.05, quotaShare: 0.05 };

export function highlightsOf(subjects: readonly SubjectFigures[]): Highlights {
  return { slowest: slowest(subjects), flakiest: flakiest(subjects), changes: changes(subjects) };
}

function slowest(subjects: readonly SubjectFigures[]): Slow[] {
  return subjects
    .flatMap(({ kind, subject, figures: { runs, ends, p95Ms } }) =>
      (kind === 'engine' || kind === 'step') && hasValue(p95Ms)
        ? [{ subject, times: runs?.value ?? ends?.value ?? 0, p95Ms }]
        : [],
    )
    .sort((one, other) => other.p95Ms.value - one.p95Ms.value || order(one.subject, other.subject))
    .slice(0, listedMax);
}

function flakiest(subjects: readonly SubjectFigures[]): Flaky[] {
  return subjects
    .flatMap(({ kind, name, figures: { runs, successShare, attemptsPerSuccess } }) => {
      if (kind !== 'engine' || !hasValue(successShare)) return [];
      const attempts = attemptsPerSuccess ?? { value: null, before: null, change: null };
      if (successShare.value === 1 && (attempts.value ?? 1) <= 1) return [];
      return [{ engine: name, runs: runs?.value ?? 0, successShare, attemptsPerSuccess: attempts }];
    })
    .sort(
      (one, other) =>
        one.successShare.value - other.successShare.value ||
        (other.attemptsPerSuccess.value ?? 1) - (one.attemptsPerSuccess.value ?? 1) ||
        order(one.engine, other.engine),
    )
    .slice(0, listedMax);
}

function changes(subjects: readonly SubjectFigures[]): Change[] {
  return subjects
    .flatMap(({ kind, subject, figures }) => {
      const times = figures.runs?.value ?? figures.calls?.value ?? 0;
      if (kind === 'step' || (kind !== 'process' && times < timesMin)) return [];
      return Object.entries(figures).flatMap(([name, { value, before, change }]) => {
        const figure = name as FigureName;
        if (!telling.has(figure) || value === null || before === null || change === null) return [];
        if (Math.abs(change) < changeMin || Math.abs(value - before) < (least[figure] ?? 0)) return [];
        return [{ subject, figure, value, before, change }];
      });
    })
    .sort((one, other) => Math.abs(other.change) - Math.abs(one.change) || order(one.subject, other.subject))
    .slice(0, changesMax);
}

function hasValue(figure: Figure | undefined): figure is Figure & { value: number } {
  return figure !== undefined && figure.value !== null;
}

function order(one: string, other: string): number {
  return one < other ? -1 : 1;
}
