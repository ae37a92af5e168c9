/**
 * How long a service asks to be left alone.
 *
 * `Retry-After` says it in seconds or as a date. Without it, a quota that is used up says when it is filled again.
 */
import { headerNumber, headerWaitMs } from './header-wait.ts';
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
  const { remaining = 0, resetMs } = quotaHeaders(headers, at);
  const ms =
    headerNumber(peekHeader(headers, 'retry-after-ms') ?? peekHeader(headers, 'x-ms-retry-after-ms')) ??
    headerWaitMs(peekHeader(headers, 'retry-after'), at) ??
    (remaining === 0 ? resetMs : undefined);
  return ms === undefined ? undefined : grantedMs(ms);
}

/** A wait as whole milliseconds, rounded up, from 0 to {@link retryAfterMsMax}. */
export function grantedMs(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), retryAfterMsMax);
}
