/**
 * A budget of calls: how many are left, and when there is room again.
 *
 * Nobody knows where a service's own window begins. So a call counts until it is out of every window that it may be in:
 * for the length of the period, rounded up to the next tenth of it. Wherever a window of that length is laid, no more than
 * the limit falls into it. A budget that is filled up at a time of day is simpler: its calls count until then.
 */
import { nextMatch } from './cron.ts';
import type { QuotaSettings } from './settings.ts';

/** Calls that count until an instant, epoch ms. */
export type Spent = { until: number; calls: number };

const slices = 10;

/** What still counts, the first to be over first. */
export function spentAt(spent: readonly Spent[], at: number): Spent[] {
  return spent.filter(({ until }) => until > at);
}

/** Calls that are left; Infinity without a limit. */
export function leftOf(spent: readonly Spent[], { limit }: QuotaSettings, at: number): number {
  if (limit === null) return Number.POSITIVE_INFINITY;
  return limit - spentAt(spent, at).reduce((sum, { calls }) => sum + calls, 0);
}

/** With one call more. Without a limit nothing is kept. */
export function withCall(spent: readonly Spent[], settings: QuotaSettings, at: number): Spent[] {
  if (settings.limit === null) return [];
  const counting = spentAt(spent, at);
  const last = counting.at(-1);
  const until = countsUntil(settings, at, last);
  if (last?.until !== until) return [...counting, { until, calls: 1 }];
  return [...counting.slice(0, -1), { until, calls: last.calls + 1 }];
}

/**
 * What was spent under settings that do not hold any more, counted as the new ones count it.
 *
 * Calls whose instant is not known any more, those of a budget that is filled up at a time of day, count as made just now: too
 * much is counted then, never too little.
 *
 * @param at the instant of the change, epoch ms
 */
export function spentUnder(spent: readonly Spent[], before: QuotaSettings, now: QuotaSettings, at: number): Spent[] {
  if (now.limit === null) return [];
  if (before.periodMs === now.periodMs && isSameTime(before.resets, now.resets)) {
    // By a clock that was ahead, some would count for longer than a call that is made now.
    const last = countsUntil(now, at, undefined);
    return spent.map(({ until, calls }) => ({ until: Math.min(until, last), calls }));
  }
  const counted = new Map<number, number>();
  for (const { until, calls } of spentAt(spent, at)) {
    // The end of the slice in which they were made, which may not be over.
    const madeAt = before.resets ? at : Math.min(until - before.periodMs, at);
    const end = countsUntil(now, madeAt, undefined);
    if (end > at) counted.set(end, (counted.get(end) ?? 0) + calls);
  }
  return [...counted].map(([until, calls]) => ({ until, calls })).sort((one, other) => one.until - other.until);
}

/** When a budget is filled up next, epoch ms; without a time of day, a period from now. */
export function resetAfter({ periodMs, resets }: QuotaSettings, at: number): number {
  return (resets && nextMatch(resets.expression, resets.timeZone, at)) ?? at + periodMs;
}

/** When there is room for a call: the instant itself, or when enough of what was spent is over. */
export function roomAt(spent: readonly Spent[], settings: QuotaSettings, at: number): number {
  let left = leftOf(spent, settings, at);
  for (const { until, calls } of spentAt(spent, at)) {
    if (left > 0) return at;
    left += calls;
    if (left > 0) return until;
  }
  return at;
}

function countsUntil(settings: QuotaSettings, at: number, last: Spent | undefined): number {
  const { periodMs, resets } = settings;
  if (!resets) {
    const slice = periodMs / slices;
    return Math.ceil((Math.floor(at / slice) + 1) * slice) + periodMs;
  }
  // All that counts is of the present day.
  return last?.until ?? resetAfter(settings, at);
}

function isSameTime(one: QuotaSettings['resets'], other: QuotaSettings['resets']): boolean {
  return one?.expression === other?.expression && one?.timeZone === other?.timeZone;
}
