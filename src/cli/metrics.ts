/**
 * `metrics`: how engines, steps and services fared in the last day or week, each figure with its trend against the week before;
 * from the running service, or from its store when it is down.
 */
import { nearest } from '../config/nearest.ts';
import type { SubjectFigures } from '../telemetry/metrics/figures.ts';
import { Metrics, type Overview, type Period } from '../telemetry/metrics/overview.ts';
import { metricTables } from '../telemetry/metrics/tables.ts';
import { ask, ClientError, serviceUrl } from './client.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { stored } from './stored.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

export interface MetricsOptions extends PlaceOptions {
  week?: boolean;
  slowest?: boolean;
  json?: boolean;
}

/**
 * @param engine only this one, with its steps; without it, everybody
 * @param now epoch ms
 */
export async function metrics(
  engine: string | undefined,
  { week, slowest, json, ...place }: MetricsOptions,
  now: number,
): Promise<number> {
  const { data } = placeOf(place);
  const overview = await overviewAt(data, week ? 'week' : 'day', now);
  const wanted = engine === undefined ? overview.subjects : of(engine, overview.subjects);
  const subjects = slowest ? slowestFirst(wanted) : wanted;
  if (json) console.log(JSON.stringify({ ...overview, subjects }));
  else print({ ...overview, subjects });
  return 0;
}

/** From the running service, or from its store when it is down. @throws {ClientError} */
export async function overviewAt(data: string, period: Period, now: number): Promise<Overview> {
  const url = serviceUrl(data);
  if (url !== undefined) {
    const { status, body } = await ask(`${url}/api/metrics?period=${period}`);
    if (status === 200) return body as Overview;
    throw new ClientError('SERVICE_BROKEN', `${url}: found the answer ${status}, expected metrics. Look at its log.`);
  }
  return stored(data, (reader) => new Metrics(reader).overview(period, now));
}

function of(engine: string, subjects: readonly SubjectFigures[]): SubjectFigures[] {
  const found = subjects.filter(
    ({ kind, name }) => (kind === 'engine' && name === engine) || (kind === 'step' && name.startsWith(`${engine}/`)),
  );
  if (found.length > 0) return found;
  const known = subjects.filter(({ kind }) => kind === 'engine').map(({ name }) => name);
  const near = nearest(engine, known);
  const hint = near ? ` Did you mean ${near}?` : '';
  throw new UsageError(
    `${engine}: found no run of such an engine in this period, expected one of those that ran.${hint} nightshift metrics lists them; --week looks further back.`,
  );
}

/** Those whose length is known. */
function slowestFirst(subjects: readonly SubjectFigures[]): SubjectFigures[] {
  const p95 = ({ figures }: SubjectFigures) => figures.p95Ms?.value ?? null;
  return subjects.filter((subject) => p95(subject) !== null).sort((one, other) => (p95(other) ?? 0) - (p95(one) ?? 0));
}

function print({ period, subjects }: Overview) {
  const tables = metricTables(subjects);
  if (tables.length === 0) {
    console.log(`Nothing has been counted in the last ${period} yet.`);
    return;
  }
  const texts = tables.map(({ head, rows }) => table(head, rows));
  console.log(`${texts.join('\n\n')}\n\nThe last ${period}; in brackets, against the week before.`);
}
