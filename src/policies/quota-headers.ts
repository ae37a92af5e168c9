/**
 * What an answer's headers tell about a quota: how much is left of it, and when it is filled up again.
 *
 * Services write this in many ways. Read here are the three drafts of `RateLimit`, and the `X-RateLimit-*` of GitHub,
 * Discord and X.
 *
 * @see IETF, draft-ietf-httpapi-ratelimit-headers
 */
import { peekHeader } from './peek.ts';

export interface QuotaHeaders {
  /** Calls that are left; undefined when the answer does not say. */
  remaining?: number;
  /** Seconds from now, epoch seconds or milliseconds, or a date: as it was written. */
  reset?: string;
}

const remainingNames = ['ratelimit-remaining', 'x-ratelimit-remaining', 'x-rate-limit-remaining'];
const resetNames = ['ratelimit-reset', 'x-ratelimit-reset-after', 'x-ratelimit-reset', 'x-rate-limit-reset'];

export function quotaHeaders(headers: unknown): QuotaHeaders {
  const combined = combinedHeader(peekHeader(headers, 'ratelimit'));
  const remaining = first(headers, remainingNames) ?? combined.remaining;
  const reset = first(headers, resetNames) ?? combined.reset;
  return {
    ...(remaining !== undefined && /^\d/.test(remaining) && { remaining: Number.parseFloat(remaining) }),
    ...(reset !== undefined && { reset }),
  };
}

/** `"daily";r=0;t=3600, "burst";r=5;t=1` of the last draft: the policy with the least left counts; `remaining=0, reset=30` of the sixth. */
function combinedHeader(header = ''): { remaining?: string | undefined; reset?: string | undefined } {
  const policies = /[;\s]r=\d/.test(header) ? header.split(',') : [header];
  const read = policies.map((policy) => ({
    remaining: /(?:^|[;,\s])(?:remaining|r)=(\d+)/.exec(policy)?.[1],
    reset: /(?:^|[;,\s])(?:reset|t)=(\d+)/.exec(policy)?.[1],
  }));
  return read.sort((one, other) => Number(one.remaining ?? Infinity) - Number(other.remaining ?? Infinity))[0] ?? {};
}

function first(headers: unknown, names: readonly string[]): string | undefined {
  return names.map((name) => peekHeader(headers, name)).find((value) => value !== undefined);
}
