import { expect, it } from 'vitest';
import { quotaEvidence, quotaReasons } from '../../src/policies/quota-evidence.ts';

it.each(quotaReasons)('the reason %s speaks of a quota', (reason) => {
  const body = JSON.stringify({ error: { code: 403, errors: [{ domain: 'usageLimits', reason }] } }, null, 2);
  expect(quotaEvidence({}, body)).toBe(reason);
});

it.each([
  [{ 'Retry-After': '60' }, '', 'Retry-After'],
  [{ 'X-RateLimit-Remaining': '0' }, '', 'RateLimit-Remaining: 0'],
  [new Headers({ 'RateLimit-Remaining': '0' }), '', 'RateLimit-Remaining: 0'],
  [{ RateLimit: 'limit=10, remaining=0, reset=5' }, '', 'RateLimit-Remaining: 0'],
  [{}, '{"error":{"code":403,"status":"RESOURCE_EXHAUSTED"}}', 'RESOURCE_EXHAUSTED'],
  [{}, '{"message":"You have exceeded a secondary rate limit."}', 'rate limit'],
  [{}, '{"error":{"errors":[{"reason": "quotaExceeded"', 'quotaExceeded'],
])('%o with the body %s is evidence: %s', (headers, body, evidence) => {
  expect(quotaEvidence(headers, body)).toBe(evidence);
});

it.each([
  [{}, ''],
  [{ 'X-RateLimit-Remaining': '10' }, ''],
  [{ 'X-RateLimit-Remaining': '' }, ''],
  [{}, '{"error":{"errors":[{"reason":"forbidden"}]}}'],
  [{}, 'Read more about quotaExceeded in our documentation.'],
])('%o with the body %s is none', (headers, body) => {
  expect(quotaEvidence(headers, body)).toBeUndefined();
});
