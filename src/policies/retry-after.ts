/**
 * How long a service asks to be left alone.
 *
 * `Retry-After` says it in seconds or as a date. Without it, a quota that is used up says when it is filled again.
 */
import { peekHeader } from './peek.ts';
import { quotaHeaders } from './quota-headers.ts';

/** Longest wait that a service is granted: 31 days, the period of the longest quota in common use. */
export const retryAfterMsMax = 31 * 86_400_000;

/**
 * @param headers of the answer, in any shape
 * @param at the instant of the answer, epoch ms, from which dates are counted
 * @returns whole milliseconds from `at`, rounded up, at most {@link retryAfterMsMax}, 0 for a date in the past;
 *   undefined when the answer does not ask for a wait
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(headers: unknown, at: number): number | undefined {
  const { remaining = 0, reset } = quotaHeaders(headers);
  const ms =
    number(peekHeader(headers, 'retry-after-ms') ?? peekHeader(headers, 'x-ms-retry-after-ms')) ??
    wait(peekHeader(headers, 'retry-after'), at) ??
    (remaining === 0 ? wait(reset, at) : undefined);
  return ms === undefined ? undefined : Math.min(Math.max(Math.ceil(ms), 0), retryAfterMsMax);
}

/** When the window ends that an answer speaks of, epoch ms; undefined when it names none. */
export function resetAt(headers: unknown, at: number): number | undefined {
  const ms = wait(quotaHeaders(headers).reset, at);
  return ms === undefined ? undefined : at + Math.min(Math.max(Math.ceil(ms), 0), retryAfterMsMax);
}

function number(text = ''): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** @param text seconds from now, an epoch in seconds or milliseconds, or a date */
function wait(text = '', at: number): number | undefined {
  const amount = number(text);
  if (amount === undefined) {
    const date = dateMs(text);
    return date === undefined ? undefined : date - at;
  }
  // No wait is longer than thirty years, and no clock stands before 2001.
  if (amount >= 1e12) return amount - at;
  if (amount >= 1e9) return amount * 1000 - at;
  return amount * 1000;
}

/** The three forms of an HTTP date, and ISO 8601. One without a zone is in UTC, whatever the zone of this machine. */
function dateMs(text: string): number | undefined {
  const isIso = /^\d{4}-\d{2}-\d{2}T/.test(text);
  if (!isIso && !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const isZoned = /(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})$/.test(text);
  const ms = Date.parse(isZoned ? text : `${text}${isIso ? 'Z' : ' GMT'}`);
  return Number.isNaN(ms) ? undefined : ms;
}
