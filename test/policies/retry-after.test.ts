import { describe, expect, it } from 'vitest';
import { retryAfterMs, retryAfterMsMax } from '../../src/policies/retry-after.ts';
import { fc } from '../property.ts';

const now = Date.parse('1994-11-06T08:49:07Z');
const today = Date.parse('2025-06-02T10:00:00Z');
const epoch = today / 1000;

describe('the wait that a service asks for', () => {
  it.each([
    [{ 'retry-after': '120' }, 120_000],
    [{ 'Retry-After': '120' }, 120_000],
    [{ 'Retry-After': 120 }, 120_000],
    [{ 'Retry-After': ['7', '9'] }, 7000],
    [{ 'Retry-After': ' 0 ' }, 0],
    [{ 'Retry-After': '1.5' }, 1500],
    [{ 'Retry-After': '0.0001' }, 1],
    [{ 'Retry-After-Ms': '1500', 'Retry-After': '2' }, 1500],
    [{ 'x-ms-retry-after-ms': '250' }, 250],
    [new Headers({ 'Retry-After': '3' }), 3000],
    [new Map([['retry-after', '3']]), 3000],
    [{ 'RateLimit-Reset': '30' }, 30_000],
    [{ 'X-RateLimit-Reset': `${epoch + 60}` }, 60_000],
    [{ 'X-RateLimit-Reset': `${today + 60_000}` }, 60_000],
    [{ 'X-RateLimit-Reset': '60' }, 60_000],
    [{ 'X-Rate-Limit-Reset': `${epoch + 60}`, 'X-Rate-Limit-Remaining': '0' }, 60_000],
    [{ 'X-RateLimit-Reset-After': '1.25', 'X-RateLimit-Reset': `${epoch + 60}` }, 1250],
    [{ 'X-RateLimit-Reset': `${epoch + 60}`, 'X-RateLimit-Remaining': '0' }, 60_000],
    [{ 'RateLimit-Reset': '30', 'Retry-After': '5' }, 5000],
    [{ 'RateLimit-Reset': '2025-06-02T10:00:30Z' }, 30_000],
    [{ 'RateLimit-Reset': '2025-06-02T10:00:30' }, 30_000],
    [{ RateLimit: 'limit=100, remaining=0, reset=50' }, 50_000],
    [{ RateLimit: '"burst";r=5;t=1, "daily";r=0;t=3600' }, 3_600_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining': '0, 14', 'x-ratelimit-reset': '1, 2000000' }, 1_000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2m59.56s' }, 179_560],
    [{ 'Retry-After': '1m30s' }, 90_000],
  ])('%o is %i ms', (headers, ms) => {
    expect(retryAfterMs(headers, today)).toBe(ms);
  });

  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'is counted from the instant of the answer when it is a date: %s',
    (date) => {
      expect(retryAfterMs({ 'retry-after': date }, now)).toBe(30_000);
    },
  );

  it('is nothing for a date in the past', () => {
    expect(retryAfterMs({ 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, today)).toBe(0);
  });

  it.each([
    {},
    undefined,
    null,
    'retry-after: 5',
    { 'Retry-After': '' },
    { 'Retry-After': 'soon' },
    { 'Retry-After': '-5' },
    { 'Retry-After': {} },
    { 'Retry-After': 'Sunday' },
    { 'X-RateLimit-Reset': '60', 'X-RateLimit-Remaining': '10' },
    { RateLimit: '"burst";r=5;t=1' },
  ])('is not asked for by %o', (headers) => {
    expect(retryAfterMs(headers, today)).toBeUndefined();
  });

  it('is never longer than 31 days', () => {
    for (const text of ['99999999', '9'.repeat(30), 'Fri, 31 Dec 9999 23:59:59 GMT']) {
      expect(retryAfterMs({ 'retry-after': text }, today)).toBe(retryAfterMsMax);
    }
  });

  it('is whole milliseconds within its bounds, whatever the header says', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.double().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (text) => {
          const ms = retryAfterMs({ 'retry-after': text }, today) ?? 0;
          expect(Number.isInteger(ms) && ms >= 0 && ms <= retryAfterMsMax).toBe(true);
        },
      ),
    );
  });
});
