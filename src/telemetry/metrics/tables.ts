/**
 * Metrics as tables for people: one for each kind of subject, a trend behind each figure that has changed.
 */
import { formatDuration } from '../../policies/duration.ts';
import { formatSize } from '../../policies/size.ts';
import { type Figure, trendText } from '../../policies/trend.ts';
import { type FigureName, figureNames, type StateTime, type SubjectFigures } from './figures.ts';
import type { SubjectKind } from './series.ts';

export interface MetricTable {
  head: string[];
  rows: string[][];
}

const titles: Readonly<Record<FigureName, string>> = {
  runs: 'RUNS',
  ends: 'ENDS',
  calls: 'CALLS',
  refreshes: 'REFRESHES',
  successShare: 'SUCCESS',
  attemptsPerSuccess: 'TRIES',
  callsPerSuccess: 'CALLS EACH',
  p50Ms: 'P50',
  p95Ms: 'P95',
  p99Ms: 'P99',
  lagP95Ms: 'LAG P95',
  unserved: 'UNSERVED',
  openings: 'OPENINGS',
  quotaShare: 'QUOTA',
  memoryBytes: 'MEMORY',
  cpuShare: 'CPU',
  loopDelayMs: 'LOOP DELAY',
  diskFreeBytes: 'DISK FREE',
  incidents: 'INCIDENTS',
};

/** Of kinds that have nobody there is none. */
export function metricTables(subjects: readonly SubjectFigures[]): MetricTable[] {
  return (Object.keys(figureNames) as SubjectKind[]).flatMap((kind) => {
    const some = subjects.filter((subject) => subject.kind === kind);
    if (some.length === 0) return [];
    const names: readonly FigureName[] = figureNames[kind];
    const hasStates = some.some(({ states }) => states.length > 0);
    return [
      {
        head: [kind.toUpperCase(), ...names.map((name) => titles[name]), ...(hasStates ? ['TIME IN STATES'] : [])],
        rows: some.map(({ name, figures, states }) => [
          name === '*' ? 'all others' : name,
          ...names.map((each) => cell(each, figures[each])),
          ...(hasStates ? [states.map(stateText).join(', ')] : []),
        ]),
      },
    ];
  });
}

/** A figure as it is written; `-` for none. */
export function figureText(name: FigureName, value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  if (name.endsWith('Ms')) return lengthText(value);
  if (name.endsWith('Bytes')) return formatSize(value);
  if (name.endsWith('Share')) return `${Math.round(value * 1000) / 10} %`;
  return String(Math.round(value * 100) / 100);
}

function cell(name: FigureName, figure: Figure | undefined): string {
  return `${figureText(name, figure?.value)}${figure ? bracketed(figure) : ''}`;
}

/** As in `backoff 1m10s (+40 %)`. */
export function stateText({ state, ms, before, change }: StateTime): string {
  return `${state} ${lengthText(ms)}${bracketed({ value: ms, before, change })}`;
}

function bracketed(figure: Figure): string {
  const trend = trendText(figure);
  return trend && trend !== '=' ? ` (${trend})` : '';
}

/** To three digits: more of them would say more than a histogram knows. */
export function lengthText(ms: number): string {
  if (ms < 1) return '0ms';
  const unit = 10 ** (Math.floor(Math.log10(ms)) - 2);
  return formatDuration(ms < 100_000 ? Math.round(ms / unit) * unit : Math.round(ms / 1000) * 1000);
}
