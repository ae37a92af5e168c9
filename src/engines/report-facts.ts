/**
 * Gathers what a report says, from the rows of a store: the same for the running service and for whoever reads its file.
 */
import { recordView } from '../dashboard/record-view.ts';
import type { QuotaContext } from '../machines/quota.ts';
import { upsetsIn } from '../persistence/ledger.ts';
import { recordPrefix } from '../persistence/record.ts';
import { type RowSource, rowPages } from '../persistence/row-pages.ts';
import { lastCharacter } from '../persistence/store-rows.ts';
import type { Finding } from '../policies/npm-findings.ts';
import {
  byTrouble,
  type DailyReport,
  type Failing,
  type Standing,
  totalOf,
  type UsedUp,
} from '../telemetry/daily-report.ts';
import { digestOf } from '../telemetry/errors/error-digest.ts';
import { readGroups } from '../telemetry/errors/error-group.ts';
import { ledgerPeriod } from '../telemetry/ledger-period.ts';
import { Metrics, type Overview } from '../telemetry/metrics/overview.ts';
import { forecastsOf, type QuotaStand } from '../telemetry/report/forecasts.ts';
import { highlightsOf } from '../telemetry/report/highlights.ts';

export interface ReportOrder extends Pick<DailyReport, 'period' | 'day' | 'timeZone' | 'from' | 'to'> {
  /** Epoch ms. */
  now: number;
  /** The figures of the period with what is not in the store yet. Default: those that are. */
  overview?: Overview;
  /** Aborts between two pages of rows. */
  signal?: AbortSignal;
}

const quotaPrefix = 'quota/';

export async function makeReport(source: RowSource, order: ReportOrder): Promise<DailyReport> {
  const { period, day, timeZone, from, to, now } = order;
  const { logs, incidentsOver } = await ledgerPeriod(source, order);
  const engines = logs.map((log) => log.day()).sort(byTrouble);
  const { quotas, ...standing } = await standings(source, now, order.signal);
  const metrics = new Metrics(source);
  const { subjects } = order.overview ?? (await metrics.overview(period, to - 1));
  return {
    period,
    day,
    timeZone,
    from,
    to,
    madeAt: now,
    totals: totalOf(engines),
    engines,
    healed: logs.flatMap((log) => log.healed() ?? []),
    incidentsOver,
    upsets: await upsetsIn(source, from, to),
    ...standing,
    errors: digestOf(await readGroups(source), from, to),
    ...highlightsOf(subjects),
    forecasts: await forecastsOf(metrics, quotas, timeZone, now),
  };
}

async function standings(
  source: RowSource,
  now: number,
  signal: AbortSignal | undefined,
): Promise<Pick<DailyReport, 'todo' | 'incidents' | 'failing' | 'usedUp' | 'findings'> & { quotas: QuotaStand[] }> {
  const todo: Standing[] = [];
  const incidents: Standing[] = [];
  const failing: Failing[] = [];
  const usedUp: UsedUp[] = [];
  const quotas: QuotaStand[] = [];
  let findings: Finding[] = [];
  for await (const rows of rowPages(source, recordPrefix, `${recordPrefix}${lastCharacter}`)) {
    signal?.throwIfAborted();
    for (const { key, json } of rows) {
      const actor = key.slice(recordPrefix.length);
      const { state, reason, todo: act, lastRun, wakesAt } = recordView(actor, json);
      if (actor.startsWith('incident/')) {
        if (state !== 'resolved') incidents.push({ actor, state, reason, todo: act });
      } else if (act !== null || state === 'unreadable') todo.push({ actor, state, reason, todo: act });
      else if (lastRun?.result === 'failure') {
        failing.push({ actor, state, reason, nextAt: state === 'idle' ? wakesAt : null });
      }
      if (actor === 'engine/updates') findings = findingsIn(json);
      if (!actor.startsWith(quotaPrefix)) continue;
      const service = actor.slice(quotaPrefix.length);
      quotas.push(...quotaIn(service, json));
      // Without a service nobody has noted that there is room again.
      if (state === 'exhausted' && wakesAt !== null && wakesAt > now) {
        usedUp.push({ service, until: wakesAt, reason: reason?.replace(/, until \S+$/, '') ?? null });
      }
    }
  }
  return { todo, incidents, failing, usedUp, findings, quotas };
}

/** What the last run of the engine `updates` has returned. */
function findingsIn(json: string): Finding[] {
  try {
    const { state } = JSON.parse(json) as { state: { context: { lastGood: { findings?: Finding[] } | null } } };
    return state.context.lastGood?.findings ?? [];
  } catch {
    return [];
  }
}

/** Of a record that cannot be read there is none. */
function quotaIn(service: string, json: string): QuotaStand[] {
  try {
    const { settings, spent } = (JSON.parse(json) as { state: { context: QuotaContext } }).state.context;
    return settings && Array.isArray(spent) ? [{ service, settings, spent }] : [];
  } catch {
    return [];
  }
}
