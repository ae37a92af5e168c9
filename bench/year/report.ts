/**
 * The comparison as a page that a person reads.
 */
import type { Machine } from '../machine.ts';
import type { Outcome, Way } from './simulate.ts';

/** The outcomes of one way over one length of time, of every seed. */
export interface Series {
  way: Way;
  days: number;
  outcomes: readonly Outcome[];
}

/** What somebody has published of a system that they made by hand: how it was, and what became of it. */
const published = [
  ['hours between interventions', '6', '504'],
  ['fixes a day', '3–5', '0.14'],
  ['lost tasks', '30 %', 'under 2 %'],
  ['calls past a quota, a week', '84', '1'],
] as const;

const names: Record<Way, string> = {
  cron: 'cron and scripts',
  script: 'the best script',
  nightshift: 'Nightshift',
};

type Row = readonly [what: string, value: (series: Series) => string];

const rows: readonly Row[] = [
  ['hours between interventions', (series) => hoursBetween(series)],
  ['fixes a day', (series) => shown(fixesOf(series) / daysOf(series))],
  ['… of these: stale locks, grants, full disks', (series) => kindsOf(series)],
  ['lost tasks', (series) => `${shown((100 * sum(series, ({ lost }) => lost)) / sum(series, ({ due }) => due))} %`],
  ['calls past a quota, a week', (series) => weekly(series, ({ violations }) => violations)],
  ['calls to what is down, a week', (series) => weekly(series, ({ wasted }) => wasted)],
  ['done twice, a week', (series) => weekly(series, ({ twice }) => twice)],
  ['messages to a person, a week', (series) => weekly(series, ({ alerts }) => total(alerts))],
  ['… the first of their trouble', (series) => weekly(series, ({ alerts }) => alerts.opened ?? 0)],
  ['what a person must mend, announced within', (series) => announced(series)],
  [
    'processor time of the simulation, s',
    (series) => shown(sum(series, ({ cpuMs }) => cpuMs) / seedsOf(series) / 1_000),
  ],
];

export function yearPage(date: string, machine: Machine, all: readonly Series[]): string {
  const lengths = [...new Set(all.map(({ days }) => days))];
  return [
    '# The same jobs, run in three ways',
    '',
    `${date}, simulated on ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}. docs/benchmarks.md says what is compared, and why`,
    'each rate of what goes wrong is as it is.',
    '',
    ...lengths.flatMap((days) =>
      section(
        days,
        all.filter((each) => each.days === days),
      ),
    ),
    '## What somebody has published of a system made by hand',
    '',
    ...table([['', 'before', 'after'], ...published]),
    '',
  ].join('\n');
}

function section(days: number, series: readonly Series[]): string[] {
  const [first] = series;
  const seeds = first?.outcomes.map(({ seed }) => seed).join(', ') ?? '';
  const due = first ? sum(first, (outcome) => outcome.due) / seedsOf(first) : 0;
  const happened = first?.outcomes[0]?.happened ?? {};
  const weather = Object.entries(happened).map(([what, count]) => `${count} × ${what}`);
  return [
    `## ${days} days`,
    '',
    `Seeds ${seeds}; ${Math.round(due).toLocaleString('en-US')} tasks each. In the first: ${weather.join(', ')}.`,
    '',
    ...table([
      ['', ...series.map(({ way }) => names[way])],
      ...rows.map(([what, value]) => [what, ...series.map((each) => value(each))]),
    ]),
    '',
  ];
}

function table([head = [], ...lines]: readonly (readonly string[])[]): string[] {
  const rule = head.map((_, place) => (place === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`);
}

function hoursBetween(series: Series): string {
  const fixes = fixesOf(series);
  return fixes === 0 ? `none in ${daysOf(series) * 24}` : shown((daysOf(series) * 24) / fixes);
}

function kindsOf(series: Series): string {
  const of = (kind: string) => sum(series, ({ fixes }) => fixes[kind] ?? 0);
  return [of('lock'), of('token'), of('store')].join(', ');
}

function announced({ outcomes }: Series): string {
  const all = outcomes.flatMap(({ announcedAfterMs }) => announcedAfterMs);
  if (all.length === 0) return '';
  const late = all.filter((ms) => ms > 60_000).length;
  return `${shown(Math.max(...all) / 1_000)} s${late > 0 ? `, ${late} of ${all.length} later than a minute` : ''}`;
}

function weekly(series: Series, count: (outcome: Outcome) => number): string {
  return shown((7 * sum(series, count)) / daysOf(series));
}

function fixesOf(series: Series): number {
  return sum(series, ({ fixes }) => total(fixes));
}

function daysOf({ days, outcomes }: Series): number {
  return days * outcomes.length;
}

function seedsOf({ outcomes }: Series): number {
  return outcomes.length;
}

function sum({ outcomes }: Series, of: (outcome: Outcome) => number): number {
  return outcomes.reduce((all, outcome) => all + of(outcome), 0);
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

function shown(value: number): string {
  if (value === 0) return '0';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}
