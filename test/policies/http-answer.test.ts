import { describe, expect, it } from 'vitest';
import { classifyResponse } from '../../src/policies/classify.ts';
import { statusRows } from '../../src/policies/http-answer.ts';

const at = Date.parse('2025-06-02T10:00:00Z');
const answer = (status: number, headers: Record<string, string> | Headers = {}, body = '') =>
  classifyResponse({ status, headers, body }, at);

describe('an HTTP answer', () => {
  it.each([
    [401, 'critical'],
    [403, 'fatal'],
    [408, 'recoverable'],
    [425, 'recoverable'],
    [429, 'recoverable'],
    [500, 'recoverable'],
    [501, 'recoverable'],
    [502, 'recoverable'],
    [503, 'recoverable'],
    [504, 'recoverable'],
    [505, 'recoverable'],
    [511, 'recoverable'],
    [529, 'recoverable'],
    [599, 'recoverable'],
    [300, 'bug'],
    [302, 'bug'],
    [304, 'bug'],
    [399, 'bug'],
    [400, 'bug'],
    [402, 'bug'],
    [404, 'bug'],
    [407, 'bug'],
    [409, 'bug'],
    [410, 'bug'],
    [422, 'bug'],
    [451, 'bug'],
    [499, 'bug'],
    [0, 'bug'],
    [101, 'bug'],
    [200, 'bug'],
    [600, 'bug'],
    [Number.NaN, 'bug'],
  ])('%i is %s', (status, name) => {
    expect(answer(status)).toMatchObject({ class: name, code: `HTTP_${status}` });
  });

  it('gets the class of the first row that covers its status', () => {
    for (let status = 100; status < 700; status++) {
      const row = statusRows.find(({ from, to }) => status >= from && status <= to);
      const failure = answer(status);
      expect(failure).toMatchObject({ class: row?.class, status });
      expect(failure.message).toBe(`the service answered ${status}: ${row?.meaning}`);
    }
  });

  it.each([
    [429, { 'Retry-After': '120' }, 120_000],
    [429, { 'retry-after': 'Mon, 02 Jun 2025 10:00:30 GMT' }, 30_000],
    [429, { 'X-RateLimit-Reset': `${at / 1000 + 60}` }, 60_000],
    [503, new Headers({ 'Retry-After': '7' }), 7000],
    [408, { 'Retry-After': '7' }, 7000],
    [403, { 'Retry-After': '7' }, 7000],
    [403, { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': `${at / 1000 + 60}` }, 60_000],
  ])('%i with %o is recoverable in its own time', (status, headers, retryAfterMs) => {
    expect(answer(status, headers)).toMatchObject({ class: 'recoverable', status, retryAfterMs });
  });

  it.each([401, 404, 302])('%i asks for no wait, for nothing waits for it', (status) => {
    expect(answer(status, { 'Retry-After': '7' })).not.toHaveProperty('retryAfterMs');
  });

  it.each([
    [403, 'quotaExceeded', 'period'],
    [403, 'dailyLimitExceeded', 'period'],
    [403, 'userRateLimitExceeded', 'rate'],
    [429, 'quotaExceeded', 'period'],
    [429, 'rateLimitExceeded', 'rate'],
    [429, 'something else', 'rate'],
    [403, 'forbidden', undefined],
    [503, 'quotaExceeded', undefined],
  ])('of status %i with the reason %s says that what is spent is %o', (status, reason, spent) => {
    const body = JSON.stringify({ error: { errors: [{ reason }] } });
    expect(answer(status, {}, body).quotaSpent).toBe(spent);
  });

  it('is recoverable when a refusal speaks of a quota', () => {
    const body = JSON.stringify({ error: { code: 403, errors: [{ reason: 'quotaExceeded' }] } });
    expect(answer(403, {}, body)).toEqual({
      class: 'recoverable',
      code: 'HTTP_403',
      message: 'the service answered 403: a quota is used up (quotaExceeded)',
      quotaSpent: 'period',
      status: 403,
    });
  });

  it.each([
    [400, 'invalid_grant', 'shared'],
    [401, 'invalid_grant', 'shared'],
    [400, 'invalid_client', 'fatal'],
    [401, 'invalid_client', 'fatal'],
    [400, 'unauthorized_client', 'fatal'],
    [400, 'invalid_scope', 'fatal'],
    [400, 'invalid_token', 'critical'],
    [401, 'invalid_token', 'critical'],
    [400, 'temporarily_unavailable', 'recoverable'],
  ])('%i with the word %s of a token server is %s', (status, error, name) => {
    const body = JSON.stringify({ error, error_description: 'told to nobody' });
    expect(answer(status, {}, body)).toMatchObject({ class: name, code: error, status });
  });

  it.each([
    [401, 'login_required', 'critical'],
    [401, 'invalid_scope', 'critical'],
    [404, 'invalid_grant', 'bug'],
    [503, 'invalid_client', 'recoverable'],
    [400, 'invalid_request', 'bug'],
    [400, 'constructor', 'bug'],
  ])('%i with the word %s is not about a grant: %s', (status, error, name) => {
    expect(answer(status, {}, JSON.stringify({ error }))).toMatchObject({ class: name, code: `HTTP_${status}` });
  });

  it('leaves nothing of its headers and body in the failure', () => {
    const failure = answer(
      403,
      { 'x-canary': 'canary', 'retry-after': '1' },
      '{"error":"canary","reason":"quotaExceeded"}',
    );
    expect(JSON.stringify(failure)).not.toContain('canary');
  });
});
