/**
 * Forecasts: when the disk is full, and when a quota is used up, if all goes on as in the days before.
 */
import { leftOf, resetAfter, type Spent } from '../../policies/budget.ts';
import { type Level, runsOutAt } from '../../policies/run-out.ts';
import type { QuotaSettings } from '../../policies/settings.ts';
import type { Metrics, PastPoint } from '../metrics/overview.ts';

export interface DiskForecast {
  freeBytes: number;
  /** When nothing is free, epoch ms; null when that is not to be expected within a quarter of a year. */
  fullAt: number | null;
}

export interface QuotaForecast {
  service: string;
  limit: number;
  /** Calls that count at present. */
  used: number;
  /** When the budget of the present period is filled up again, epoch ms; null where calls leave it one by one. */
  resetsAt: number | null;
  /** When the present period's budget is used up at its pace so far, epoch ms; null when it lasts, when it is used up, or when it is too early to say. */
  usedUpAt: number | null;
  /** When a day's most reaches the limit, as it has grown from day to day, epoch ms; null when that is not to be expected. */
  tightAt: number | null;
}

export interface Forecasts {
  /** null: too little is known. */
  disk: DiskForecast | null;
  quotas: QuotaForecast[];
}

/** What is known of a quota, from its record. */
export interface QuotaStand {
  service: string;
  settings: QuotaSettings;
  spent: readonly Spent[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const horizonMs = 90 * dayMs;
const diskHours = 7 * 24;
const diskHoursMin = 24;
const quotaDays = 14;
const quotaDaysMin = 4;
/** Of a shorter part of its period, a pace would say too much. */
const elapsedMin = 0.1;

/** @param now epoch ms */
export async function forecastsOf(
  metrics: Metrics,
  quotas: readonly QuotaStand[],
  timeZone: string,
  now: number,
): Promise<Forecasts> {
  const hours = await metrics.past('process/self', 'hour', diskHours, timeZone, now);
  const forecasts: QuotaForecast[] = [];
  for (const quota of quotas) {
    const days = await metrics.past(`service/${quota.service}`, 'day', quotaDays, timeZone, now);
    const forecast = quotaForecast(quota, levels(days, 'quotaShare'), now);
    if (forecast) forecasts.push(forecast);
  }
  return { disk: diskForecast(levels(hours, 'diskFreeBytes'), now), quotas: forecasts };
}

export function diskForecast(free: readonly Level[], now: number): DiskForecast | null {
  const last = free.at(-1);
  if (!last) return null;
  const fullAt = free.length < diskHoursMin ? null : runsOutAt(free, { atLeast: 0 }, now);
  return { freeBytes: last.value, fullAt: within(fullAt, now) };
}

/** @param shares of the limit that were used at most, day by day @returns undefined for a quota without a limit */
export function quotaForecast(
  { service, settings, spent }: QuotaStand,
  shares: readonly Level[],
  now: number,
): QuotaForecast | undefined {
  const { limit, periodMs, resets } = settings;
  if (limit === null) return undefined;
  const left = leftOf(spent, settings, now);
  const used = limit - left;
  const resetsAt = resets ? resetAfter(settings, now) : null;
  const elapsedMs = resetsAt === null ? 0 : periodMs - (resetsAt - now);
  const isTelling = used > 0 && left > 0 && elapsedMs >= periodMs * elapsedMin;
  const usedUpAt = isTelling ? now + (left * elapsedMs) / used : null;
  const tightAt = shares.length < quotaDaysMin ? null : runsOutAt(shares, { atMost: 1 }, now);
  return {
    service,
    limit,
    used,
    resetsAt,
    usedUpAt: usedUpAt !== null && resetsAt !== null && usedUpAt < resetsAt ? usedUpAt : null,
    tightAt: within(tightAt, now),
  };
}

function within(at: number | null, now: number): number | null {
  return at !== null && at <= now + horizonMs ? at : null;
}

function levels(points: readonly PastPoint[], name: 'diskFreeBytes' | 'quotaShare'): Level[] {
  return points.flatMap(({ at, figures }) => {
    const value = figures[name]?.value;
    return typeof value === 'number' ? [{ at, value }] : [];
  });
}
