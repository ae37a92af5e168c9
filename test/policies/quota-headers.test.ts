import { expect, it } from 'vitest';
import { quotaHeaders } from '../../src/policies/quota-headers.ts';

it.each([
  [{}, {}],
  [null, {}],
  [
    { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1700000000' },
    { remaining: 0, reset: '1700000000' },
  ],
  [
    { 'RateLimit-Remaining': '5, 100', 'RateLimit-Reset': '3' },
    { remaining: 5, reset: '3' },
  ],
  [{ 'RateLimit-Remaining': 'none' }, {}],
  [{ RateLimit: 'limit=10, remaining=2, reset=5' }, { remaining: 2, reset: '5' }],
  [{ RateLimit: '"default";r=50;t=30' }, { remaining: 50, reset: '30' }],
  [{ RateLimit: '"burst";r=9;t=1, "daily";r=3;t=99' }, { remaining: 3, reset: '99' }],
])('reads %o as %o', (headers, read) => {
  expect(quotaHeaders(headers)).toEqual(read);
});
