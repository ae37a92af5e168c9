/**
 * What a report says, in the order in which a person needs it: whoever must be helped first, the numbers last. How it looks in
 * a terminal, as Markdown and as a page is said elsewhere, once for all sections.
 */
import { localText } from '../../policies/calendar-day.ts';
import { upsetText } from '../../policies/clock-upset.ts';
import { formatDuration } from '../../policies/duration.ts';
import { formatSize } from '../../policies/size.ts';
import { toldInstants } from '../../policies/told-instants.ts';
import { trendText } from '../../policies/trend.ts';
import type { DailyReport, Failing, Standing } from '../daily-report.ts';
import type { ErrorSummary } from '../errors/error-digest.ts';
import type { FigureName } from '../metrics/figures.ts';
import { figureText, lengthText } from '../metrics/tables.ts';

export interface Section {
  title: string;
  /** Whether it tells of trouble that stands. */
  isUrgent?: true;
  items?: Item[];
  table?: Table;
}

/** A line: a name, what is said of it, why, and what to do. */
export interface Item {
  name: string;
  what: string;
  why?: string | null;
  todo?: string | null;
}

export interface Table {
  head: readonly string[];
  rows: (readonly (string | number)[])[];
}

const errorsShown = 15;

/** Those that have something to say. */
export function sectionsOf(report: DailyReport): Section[] {
  const time = (at: number) => localText(report.timeZone, at);
  return foundIn(report, time).map((section) => told(section, time));
}

function foundIn(report: DailyReport, time: (at: number) => string): Section[] {
  const { engines, madeAt } = report;
  return [
    { title: `A person is needed (${time(madeAt)})`, isUrgent: true as const, items: report.todo.map(standing) },
    { title: `Open incidents (${time(madeAt)})`, isUrgent: true as const, items: report.incidents.map(standing) },
    {
      title: `Not well again yet (${time(madeAt)})`,
      isUrgent: true as const,
      items: (report.failing ?? []).map((each) => failingItem(each, time)),
    },
    {
      title: `Quotas that are used up (${time(madeAt)})`,
      items: (report.usedUp ?? []).map(({ service, until, reason }) => ({
        name: `quota of ${service}`,
        what: `used up until ${time(until)}`,
        why: reason,
      })),
    },
    {
      title: 'Incidents that are over',
      table: {
        head: ['incident', 'what', 'times', 'lasted', 'over'],
        rows: report.incidentsOver.map(({ cause, title, times, lastedMs, endedAt }) => [
          cause,
          title,
          times,
          formatDuration(Math.round(lastedMs / 1_000) * 1_000),
          time(endedAt),
        ]),
      },
    },
    {
      title: 'When nobody was there, or the clock was set',
      items: (report.upsets ?? []).map((upset) => ({
        name: upset.kind,
        what: upsetText(upset, time),
        why: formatDuration(Math.abs(upset.to - upset.from)),
      })),
    },
    {
      title: 'What did not run, or failed',
      table: {
        head: ['engine', 'what', 'times', 'last', 'why'],
        rows: engines.flatMap(({ engine, reasons }) =>
          reasons.map(({ outcome, times, lastAt, reason }) => [engine, outcome, times, time(lastAt), reason]),
        ),
      },
    },
    {
      title: 'What mended itself',
      items: report.healed.map(({ engine, failed, retried, wellAt, reason }) => {
        const what = [failed && `failed ${often(failed)}`, retried && `needed another attempt ${often(retried)}`];
        return { name: engine, what: `${what.filter(Boolean).join(', ')}; well at ${time(wellAt)}`, why: reason };
      }),
    },
    errorSection(report, time),
    {
      title: 'Runs that went on without a step',
      items: engines.flatMap(({ engine, degraded, stepsLeftOut }) =>
        stepsLeftOut.length > 0 ? [{ name: engine, what: often(degraded), why: stepsLeftOut.join(', ') }] : [],
      ),
    },
    {
      title: 'What did not stop when it was told to',
      items: engines.flatMap(({ engine, abandoned }) =>
        abandoned.length > 0 ? [{ name: engine, what: abandoned.join(', ') }] : [],
      ),
    },
    {
      title: 'Runs that were unusual',
      table: {
        head: ['engine', 'when', 'in what'],
        rows: engines.flatMap(({ engine, oddities }) =>
          oddities.map(({ at, what }) => [engine, time(at), what.join('; ')]),
        ),
      },
    },
    {
      title: 'Which services answered',
      items: engines.flatMap(({ engine, served }) =>
        Object.entries(served).map(([name, services]) => ({ name: engine, what: name, why: servedText(services) })),
      ),
    },
    ...figureSections(report),
    { title: 'Forecasts', items: forecastItems(report, time) },
    {
      title: 'Updates',
      items: report.findings.map(({ severity, what, fix }) => ({ name: severity, what, todo: fix })),
    },
    {
      title: 'Runs',
      table: {
        head: ['engine', ...columns],
        rows: engines.map((day) => [day.engine, ...columns.map((each) => day[each])]),
      },
    },
  ].filter(({ items = [], table }: Section) => items.length > 0 || (table?.rows.length ?? 0) > 0);
}

const columns = ['ran', 'late', 'failed', 'retried', 'degraded', 'odd', 'coalesced', 'skipped', 'missed'] as const;

/** With the instants in what was kept of it said as all others are. */
function told({ items, table, ...section }: Section, time: (at: number) => string): Section {
  const cell = <Cell>(text: Cell) => (typeof text === 'string' ? toldInstants(text, time) : text);
  return {
    ...section,
    ...(items && { items: items.map((item) => ({ ...item, what: cell(item.what), why: cell(item.why ?? null) })) }),
    ...(table && { table: { ...table, rows: table.rows.map((row) => row.map(cell)) } }),
  };
}

function standing({ actor, state, reason, todo }: Standing): Item {
  return { name: actor, what: state, why: reason, todo };
}

function failingItem({ actor, state, reason, nextAt }: Failing, time: (at: number) => string): Item {
  const next = nextAt === null ? '' : `, runs next at ${time(nextAt)}`;
  return { name: actor, what: `${failingText(state)}${next}`, why: reason };
}

/** An engine at rest is called by how it came there. */
export function failingText(state: string): string {
  return state === 'idle' ? 'failed' : state;
}

function often(count: number) {
  return count === 1 ? 'once' : `${count} times`;
}

function servedText(services: Readonly<Record<string, number>>): string {
  return Object.entries(services)
    .map(([service, runs]) => `${service} in ${runs === 1 ? '1 run' : `${runs} runs`}`)
    .join(', ');
}

function errorSection({ errors }: DailyReport, time: (at: number) => string): Section {
  const { counts, signatures } = errors;
  const more = errors.errors.length > errorsShown || signatures + counts.gone > errors.errors.length;
  const some = errors.errors.slice(0, errorsShown);
  const rest = signatures + counts.gone - some.length;
  const row = ({ trend, times, before, signature, actors, firstAt, example }: ErrorSummary) => [
    trend,
    times,
    before === null ? '-' : before,
    time(firstAt),
    actors.map((actor) => actor.replace(/^engine\//, '')).join(', '),
    signature,
    `${example.run ?? time(example.at)}: ${example.message}`,
  ];
  return {
    title: more ? `Errors, the first ${some.length} kinds; and ${rest} more` : 'Errors',
    table: { head: ['trend', 'times', 'before', 'first seen', 'whom', 'error', 'an example'], rows: some.map(row) },
  };
}

function figureSections({ slowest, flakiest, changes }: DailyReport): Section[] {
  const share = (name: FigureName, value: number | null) => figureText(name, value);
  return [
    {
      title: 'Slowest',
      table: {
        head: ['who', 'times', 'p95', 'trend'],
        rows: slowest.map(({ subject, times, p95Ms }) => [
          whoIs(subject),
          times,
          lengthText(p95Ms.value ?? 0),
          trendText(p95Ms),
        ]),
      },
    },
    {
      title: 'Flakiest',
      table: {
        head: ['engine', 'runs', 'success', 'trend', 'attempts each', 'trend'],
        rows: flakiest.map(({ engine, runs, successShare, attemptsPerSuccess }) => [
          engine,
          runs,
          share('successShare', successShare.value),
          trendText(successShare),
          share('attemptsPerSuccess', attemptsPerSuccess.value),
          trendText(attemptsPerSuccess),
        ]),
      },
    },
    {
      title: 'What has changed against the week before',
      table: {
        head: ['who', 'what', 'now', 'before', 'change'],
        rows: changes.map(({ subject, figure, value, before, change }) => [
          whoIs(subject),
          figureNames[figure] ?? figure,
          figureText(figure, value),
          figureText(figure, before),
          trendText({ value, before, change }),
        ]),
      },
    },
  ];
}

const figureNames: Partial<Record<FigureName, string>> = {
  successShare: 'success',
  attemptsPerSuccess: 'attempts each',
  callsPerSuccess: 'calls each',
  p95Ms: 'p95',
  lagP95Ms: 'lag',
  quotaShare: 'quota used',
  memoryBytes: 'memory',
  cpuShare: 'processor',
  diskFreeBytes: 'disk free',
};

/** Engines go by their name; the process is everybody's. */
function whoIs(subject: string): string {
  return subject === 'process/self' ? 'the process' : subject.replace(/^(engine|step)\//, '');
}

function forecastItems(
  { forecasts: { disk, quotas }, usedUp = [] }: DailyReport,
  time: (at: number) => string,
): Item[] {
  const diskItem =
    disk &&
    ({
      name: 'disk',
      what: `${formatSize(disk.freeBytes)} free`,
      why: disk.fullAt === null ? null : `full at ${time(disk.fullAt)}, at the pace of the last week`,
    } satisfies Item);
  // What is used up is the case, and nothing to foretell.
  const empty = new Set(usedUp.map(({ service }) => service));
  const foretold = quotas.filter(
    ({ service, limit, used, tightAt }) => tightAt !== null || (used < limit && !empty.has(service)),
  );
  const items = foretold.map(({ service, limit, used, resetsAt, usedUpAt, tightAt }) => {
    const why = [
      usedUpAt !== null && `used up at ${time(usedUpAt)} at this pace`,
      tightAt !== null && `a day's use reaches the limit at ${time(tightAt)}, as it has grown lately`,
    ].filter(Boolean);
    const reset = resetsAt === null ? '' : `, filled up again at ${time(resetsAt)}`;
    return { name: `quota of ${service}`, what: `${used} of ${limit} used${reset}`, why: why.join('; ') || null };
  });
  return [...(diskItem ? [diskItem] : []), ...items];
}
