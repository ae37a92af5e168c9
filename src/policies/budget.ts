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

function countsUntil({ periodMs, resets }: QuotaSettings, at: number, last: Spent | undefined): number {
  if (!resets) {
    const slice = periodMs / slices;
    return Math.ceil((Math.floor(at / slice) + 1) * slice) + periodMs;
  }
  // All that counts is of the present day.
  return last?.until ?? nextMatch(resets.expression, resets.timeZone, at) ?? at + periodMs;
}
