import { expect, it } from 'vitest';
import { quotaHeaders } from '../../src/policies/quota-headers.ts';

const at = Date.UTC(2026, 0, 5, 8);

it.each([
  [{}, {}],
  [null, {}],
  [{ 'RateLimit-Remaining': 'none' }, {}],
  [{ 'X-RateLimit-Remaining': '-1', 'X-RateLimit-Limit': '-1' }, {}],
  // The drafts of the IETF, in the order of their age.
  [
    { 'RateLimit-Limit': '5', 'RateLimit-Remaining': '4', 'RateLimit-Reset': '60' },
    { remaining: 4, resetMs: 60_000, limit: 5 },
  ],
  [
    { 'RateLimit-Limit': '10, 10;w=1, 50;w=60', 'RateLimit-Remaining': '9', 'RateLimit-Reset': '1' },
    { remaining: 9, resetMs: 1_000, limit: 10, lengthMs: 1_000 },
  ],
  [
    {
      'RateLimit-Limit': '50',
      'RateLimit-Policy': '10;w=1, 50;w=60',
      'RateLimit-Remaining': '9',
      'RateLimit-Reset': '7',
    },
    { remaining: 9, resetMs: 7_000, limit: 50, lengthMs: 60_000 },
  ],
  [
    { RateLimit: 'limit=10, remaining=2, reset=5', 'RateLimit-Policy': '10;w=60' },
    { remaining: 2, resetMs: 5_000, limit: 10, lengthMs: 60_000 },
  ],
  [
    { RateLimit: '"default";r=50;t=30', 'RateLimit-Policy': '"default";q=100;w=60' },
    { remaining: 50, resetMs: 30_000, limit: 100, lengthMs: 60_000 },
  ],
  [
    { RateLimit: '"burst";r=9;t=1, "daily";r=3;t=99', 'RateLimit-Policy': '"burst";q=10;w=1, "daily";q=1000;w=86400' },
    { remaining: 3, resetMs: 99_000, limit: 1000, lengthMs: 86_400_000 },
  ],
  [
    { RateLimit: '"default";r=3', 'RateLimit-Policy': '"default";q=10;w=60' },
    { remaining: 3, resetMs: 60_000, limit: 10, lengthMs: 60_000 },
  ],
  // GitHub, and a date that is over.
  [
    { 'X-RateLimit-Limit': '5000', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': `${at / 1000 + 90}` },
    { remaining: 0, resetMs: 90_000, limit: 5000 },
  ],
  [
    { 'X-RateLimit-Remaining': '7', 'X-RateLimit-Reset': `${at / 1000 - 90}` },
    { remaining: 7, resetMs: -90_000 },
  ],
  // Discord.
  [
    {
      'X-RateLimit-Remaining': '1',
      'X-RateLimit-Reset-After': '1.25',
      'X-RateLimit-Reset': `${at / 1000 + 60}`,
    },
    { remaining: 1, resetMs: 1_250 },
  ],
  // X.
  [
    { 'x-rate-limit-limit': '900', 'x-rate-limit-remaining': '12', 'x-rate-limit-reset': `${at / 1000 + 900}` },
    { remaining: 12, resetMs: 900_000, limit: 900 },
  ],
  // A list has one member for each window: a second's and a month's.
  [
    {
      'X-RateLimit-Limit': '1, 15000',
      'X-RateLimit-Policy': '1;w=1, 15000;w=2592000',
      'X-RateLimit-Remaining': '0, 14',
      'X-RateLimit-Reset': '1, 2000000',
    },
    { remaining: 0, resetMs: 1_000, limit: 1, lengthMs: 1_000 },
  ],
  [
    { 'X-RateLimit-Remaining': '0, 0', 'X-RateLimit-Reset': '1, 2000000' },
    { remaining: 0, resetMs: 2_000_000_000 },
  ],
  [
    { 'RateLimit-Remaining': '5, 100', 'RateLimit-Reset': '3' },
    { remaining: 5, resetMs: 3_000 },
  ],
  // OpenAI, Groq and Cerebras.
  [
    {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '2m59.56s',
      'x-ratelimit-remaining-tokens': '17997',
      'x-ratelimit-reset-tokens': '7.66s',
    },
    { remaining: 0, resetMs: 179_560, limit: 14_400 },
  ],
  [
    {
      'x-ratelimit-limit-requests': '30',
      'x-ratelimit-remaining-requests': '29',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-limit-tokens': '6000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    { remaining: 0, resetMs: 360_000 },
  ],
  [{ 'x-ratelimit-remaining-tokens': '3', 'x-ratelimit-reset-tokens': '1s' }, {}],
  [
    {
      'x-ratelimit-limit-requests-day': '14400',
      'x-ratelimit-remaining-requests-day': '14390',
      'x-ratelimit-reset-requests-day': '33011',
      'x-ratelimit-remaining-tokens-minute': '59000',
      'x-ratelimit-reset-tokens-minute': '11.38',
    },
    { remaining: 14_390, resetMs: 33_011_000, limit: 14_400 },
  ],
  [
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1h30m0s' },
    { remaining: 0, resetMs: 5_400_000 },
  ],
  [
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'Mon, 05 Jan 2026 08:01:30 GMT' },
    { remaining: 0, resetMs: 90_000 },
  ],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '6 minutes' }, { remaining: 0 }],
])('reads %o as %o', (headers, read) => {
  expect(quotaHeaders(headers, at)).toEqual(read);
});
