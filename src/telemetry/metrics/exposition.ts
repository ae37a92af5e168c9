/**
 * Metrics as Prometheus reads them: everything since the process began, and what is the case at present.
 *
 * A metric is worked out when somebody asks, from what is counted anyway; until then it costs nothing. prom-client, which writes
 * the text, is loaded by the first who asks. Names and units are those of OpenMetrics: seconds, bytes, ratios, `_total`.
 *
 * Series are few however many engines there are: the first 200 have their own, all others are one, named `*`. Of steps there
 * are only sum and count, of the first 200 of them.
 */
import type { Registry, RegistryContentType } from 'prom-client';
import { total, upTo } from '../../policies/histogram.ts';
import { bucketEnds } from './buckets.ts';
import type { Series, Subject, SubjectKind } from './series.ts';
import { addTally, type Counted, type Length, type Tally } from './tally.ts';

/** What there is at present, besides what was counted. */
export interface Present {
  /** How many actors of a kind are in each state. */
  actors: readonly { kind: string; state: string; count: number }[];
  /** Share of each quota that is used, by service. */
  quotas: readonly { service: string; used: number }[];
  incidents: number;
  memoryBytes: number;
  cpuSeconds: number;
  startedAt: number;
  /** Undefined before the first sample, or when the disk cannot be asked. */
  diskFreeBytes?: number;
  loopDelayMs?: number;
}

export interface Exposition {
  contentType: string;
  text: string;
}

type Labels = Record<string, string>;

interface Metric {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram' | 'summary';
  values: Value[];
}

interface Value {
  /** Where it is not the metric's, as in `…_bucket`. */
  metricName?: string;
  labels: Labels;
  value: number;
}

export const seriesMax = 200;

/** @param accept what the one who asks can read: OpenMetrics when it says so, Prometheus' older text otherwise */
export async function expose(series: Series, present: Present, accept = ''): Promise<Exposition> {
  const { Registry } = await import('prom-client');
  const registry: Registry<RegistryContentType> = new Registry();
  if (accept.includes('application/openmetrics-text')) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of [...counted(series), ...gauges(present)]) register(registry, metric);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** What stands fast is a metric too: all that a registry asks of one is its name, its type and its values. */
function register(registry: Registry<RegistryContentType>, metric: Metric) {
  // The registry changes the name of a counter to what OpenMetrics calls it.
  const fixed = { ...metric, get: async () => fixed };
  registry.registerMetric(fixed as never);
}

function counted(series: Series): Metric[] {
  const engines = grouped(series, 'engine');
  const steps = grouped(series, 'step');
  const services = grouped(series, 'service');
  const tokens = grouped(series, 'token');
  return [
    counter('nightshift_runs_total', 'Runs that have ended.', engines, results(['success', 'failure'], 'result')),
    counter('nightshift_run_attempts_total', 'Attempts of runs that have ended.', engines, times('attempts')),
    counter('nightshift_runs_late_total', 'Runs that began after their grace.', engines, times('late')),
    counter(
      'nightshift_due_times_unserved_total',
      'Decisions that due times get no run of their own.',
      engines,
      results(['coalesced', 'skipped', 'missed'], 'outcome'),
    ),
    histogram('nightshift_run_duration_seconds', 'How long runs took, from their first attempt.', engines, 'duration'),
    histogram('nightshift_run_lag_seconds', 'From due times to the begin of their runs.', [everybody(engines)], 'lag'),
    counter('nightshift_steps_total', 'Steps that have ended.', steps, results(['success', 'failure'], 'result')),
    summary('nightshift_step_duration_seconds', 'How long steps took, those that failed as well.', steps),
    counter('nightshift_calls_total', 'Calls of services.', services, results(['success', 'failure'], 'result')),
    histogram('nightshift_call_duration_seconds', 'How long calls of services took.', services, 'duration'),
    counter('nightshift_breaker_openings_total', 'Breakers that opened.', services, times('openings')),
    counter(
      'nightshift_token_refreshes_total',
      'Refreshes of tokens.',
      tokens,
      results(['success', 'failure'], 'result'),
    ),
    counter(
      'nightshift_state_seconds_total',
      'Time in states that are not rest.',
      [...engines, ...services, ...tokens],
      ({ states = {} }) => Object.entries(states).map(([state, ms]) => [{ state }, ms / 1000]),
    ),
    counter(
      'nightshift_incidents_total',
      'Incidents that were opened.',
      grouped(series, 'process'),
      times('incidents'),
    ),
  ].filter(({ values }) => values.length > 0);
}

function gauges(present: Present): Metric[] {
  const { actors, quotas, incidents, memoryBytes, cpuSeconds, startedAt, diskFreeBytes, loopDelayMs } = present;
  return [
    gauge(
      'nightshift_actors',
      'Actors by kind and state.',
      actors.map(({ kind, state, count }) => [{ kind, state }, count]),
    ),
    gauge(
      'nightshift_quota_used_ratio',
      'Share of a quota that is used.',
      quotas.slice(0, seriesMax).map(({ service, used }) => [{ service }, used]),
    ),
    gauge('nightshift_open_incidents', 'Incidents that stand.', [[{}, incidents]]),
    gauge('nightshift_disk_free_bytes', 'Room on the disk of the data folder.', some(diskFreeBytes)),
    gauge(
      'nightshift_event_loop_delay_seconds',
      'The 99th percentile in the last minute.',
      some(loopDelayMs === undefined ? undefined : loopDelayMs / 1000),
    ),
    gauge('process_resident_memory_bytes', 'Memory that the process holds.', [[{}, memoryBytes]]),
    gauge('process_start_time_seconds', 'When the process began, since 1970.', [[{}, startedAt / 1000]]),
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time of all threads.',
      type: 'counter' as const,
      values: [{ labels: {}, value: cpuSeconds }],
    },
  ].filter(({ values }) => values.length > 0);
}

interface Group {
  labels: Labels;
  tally: Tally;
}

/** The first of a kind by themselves, all others together. */
function grouped(series: Series, kind: SubjectKind): Group[] {
  const groups = new Map<string, Group>();
  for (const [subject, tally] of series) {
    if (!subject.startsWith(`${kind}/`)) continue;
    const labels = labelsOf(kind, subject, groups.size < seriesMax);
    const key = JSON.stringify(labels);
    const known = groups.get(key);
    if (!known) groups.set(key, { labels, tally: structuredClone(tally) });
    else addTally(known.tally, tally);
  }
  return [...groups.values()];
}

function labelsOf(kind: SubjectKind, subject: Subject, hasRoom: boolean): Labels {
  const name = hasRoom ? subject.slice(kind.length + 1) : '*';
  if (kind === 'process') return {};
  if (kind !== 'step') return { [kind]: name };
  const slash = name.indexOf('/');
  return slash === -1 ? { engine: '*', step: '*' } : { engine: name.slice(0, slash), step: name.slice(slash + 1) };
}

function everybody(groups: readonly Group[]): Group {
  const all: Group = { labels: {}, tally: {} };
  for (const { tally } of groups) addTally(all.tally, tally);
  return all;
}

type Reader = (tally: Tally) => [Labels, number][];

function times(what: Counted): Reader {
  return ({ counts }) => [[{}, counts?.[what] ?? 0]];
}

function results(names: readonly Counted[], label: string): Reader {
  return ({ counts }) => names.map((name) => [{ [label]: name }, counts?.[name] ?? 0]);
}

function counter(name: string, help: string, groups: readonly Group[], read: Reader): Metric {
  const values = groups.flatMap(({ labels, tally }) =>
    read(tally).map(([more, value]) => ({ labels: { ...labels, ...more }, value })),
  );
  return { name, help, type: 'counter', values };
}

function gauge(name: string, help: string, values: readonly (readonly [Labels, number])[]): Metric {
  return { name, help, type: 'gauge', values: values.map(([labels, value]) => ({ labels, value })) };
}

function histogram(name: string, help: string, groups: readonly Group[], what: Length): Metric {
  const values = groups.flatMap(({ labels, tally: { lengths } }): Value[] => {
    const lengthsOf = lengths?.[what];
    if (!lengthsOf) return [];
    const count = total(lengthsOf);
    const bucket = (le: string, value: number) => ({ metricName: `${name}_bucket`, labels: { ...labels, le }, value });
    return [
      ...bucketEnds.map((seconds) => bucket(String(seconds), upTo(lengthsOf, seconds * 1000))),
      bucket('+Inf', count),
      { metricName: `${name}_sum`, labels, value: lengthsOf.sum / 1000 },
      { metricName: `${name}_count`, labels, value: count },
    ];
  });
  return { name, help, type: 'histogram', values };
}

/** Without quantiles, which nobody can add up. */
function summary(name: string, help: string, groups: readonly Group[]): Metric {
  const values = groups.flatMap(({ labels, tally: { lengths } }): Value[] => {
    const { duration } = lengths ?? {};
    if (!duration) return [];
    return [
      { metricName: `${name}_sum`, labels, value: duration.sum / 1000 },
      { metricName: `${name}_count`, labels, value: total(duration) },
    ];
  });
  return { name, help, type: 'summary', values };
}

function some(value: number | undefined): [Labels, number][] {
  return value === undefined ? [] : [[{}, value]];
}
