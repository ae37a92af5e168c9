/**
 * Whether a refusal (403) means "not now" instead of "never": Google, GitHub and others answer so when a quota is spent.
 */
import type { QuotaRefusal } from './failure.ts';
import { peekHeader } from './peek.ts';
import { quotaHeaders } from './quota-headers.ts';

/**
 * Reasons in an answer's body that speak of a quota.
 *
 * @see Google, "Standard error responses" of the Calendar, Drive and YouTube APIs; google.rpc.Code; google.rpc.ErrorInfo
 */
export const quotaReasons: readonly string[] = [
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'dailyLimitExceeded',
  'dailyLimitExceededUnreg',
  'userRateLimitExceededUnreg',
  'concurrentLimitExceeded',
  'variableTermLimitExceeded',
  'servingLimitExceeded',
  'sharingRateLimitExceeded',
  'uploadLimitExceeded',
  'uploadRateLimitExceeded',
  'limitExceeded',
  'RESOURCE_EXHAUSTED',
  'RATE_LIMIT_EXCEEDED',
  'rate_limit_exceeded',
  'rate_limited',
];

/** Those that speak of a whole day's quota. The others may be over in a minute. */
const periodReasons: readonly string[] = [
  'quotaExceeded',
  'dailyLimitExceeded',
  'dailyLimitExceededUnreg',
  'uploadLimitExceeded',
];

const reasonPattern = new RegExp(`"(?:reason|status|code|type|error)"\\s*:\\s*"(${quotaReasons.join('|')})"`);

/** How GitHub says it. @see GitHub, "Rate limits for the REST API" */
const phrasePattern = /secondary rate limit|API rate limit exceeded|abuse detection mechanism/i;

/**
 * What in a refusal speaks of a quota.
 *
 * @param headers in any shape
 * @param text the body, and whatever else was said
 * @returns the header or the reason; undefined without evidence
 */
export function quotaEvidence(headers: unknown, text: string): string | undefined {
  if (peekHeader(headers, 'retry-after') !== undefined) return 'Retry-After';
  if (quotaHeaders(headers, 0).remaining === 0) return 'RateLimit-Remaining: 0';
  return reasonPattern.exec(text)?.[1] ?? (phrasePattern.test(text) ? 'rate limit' : undefined);
}

/** @param evidence as {@link quotaEvidence} found it */
export function spentBy(evidence: string | undefined): QuotaRefusal {
  return evidence !== undefined && periodReasons.includes(evidence) ? 'period' : 'rate';
}
