import { describe, expect, it } from 'vitest';
import { masked, signatureOf } from '../../src/policies/error-signature.ts';
import { fc } from '../property.ts';

describe('what differs each time is masked', () => {
  it.each([
    [
      'shop: the service answered 503: the service is in trouble',
      'shop: the service answered <n>: the service is in trouble',
    ],
    ['GET https://api.example.com/v1/users/42?page=3 failed', 'GET <url> failed'],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED <ip>'],
    ['connect ECONNREFUSED ::1', 'connect ECONNREFUSED <ip>'],
    ['no route to fe80::1ff:fe23:4567:890a', 'no route to <ip>'],
    ['order 5f0c9a7e-1b2d-4c3e-8f90-0a1b2c3d4e5f was refused', 'order <uuid> was refused'],
    ['commit 9fceb02d0ae598e95dc970b74767f19372d61af8 is gone', 'commit <id> is gone'],
    [
      "ENOENT: no such file or directory, open '/var/lib/jobs/2026-11-23/in.csv'",
      "ENOENT: no such file or directory, open '<path>'",
    ],
    ['cannot read ./out/frame-0012.png', 'cannot read <path>'],
    ['cannot read C:\\jobs\\in.csv', 'cannot read <path>'],
    ['found at /jobs/import.ts:36:9', 'found at <path>'],
    [
      'the run due at 2026-11-23T07:00:00.000Z began before it had ended',
      'the run due at <time> began before it had ended',
    ],
    ['2026-11-23 07:00:12 it broke', '<time> it broke'],
    ['took 1500ms, allowed are 1.5s', 'took <n>, allowed are <n>'],
    ['used 93.5 % of 12 MB', 'used <n> of <n>'],
    ['segfault at 0x7ffe12', 'segfault at <hex>'],
    ['mail to ada.l@example.com bounced', 'mail to <email> bounced'],
    ['the run youtube.mi5x2a1.k3 had not ended yet', 'the run <id> had not ended yet'],
    ['request req_8fK2jd91Xz was refused', 'request <id> was refused'],
    ['row -12 of 1,024', 'row <n> of <n>'],
  ])('%s', (message, expected) => {
    expect(masked(message)).toBe(expected);
  });
});

it.each([
  'out of paper',
  'Unexpected end of JSON input',
  'HTTP/2 stream closed: and/or',
  'x.y is not a function',
  'sha256 and utf8',
  'added to shop/cart',
])('what is no value stays: %s', (message) => {
  expect(masked(message).replace('HTTP/<n>', 'HTTP/2')).toBe(message);
});

it('of many lines the first and the last stay, where programs put what matters', () => {
  expect(masked('import ended with 1:\n  Traceback\n  File "a.py", line 3\nKeyError: \u001b[31mx\n\n')).toBe(
    'import ended with <n>: … KeyError: [31mx',
  );
});

it('tells errors apart by code, by service and by what they say', () => {
  const error = { code: 'HTTP_503', service: 'shop', message: 'shop: the service answered 503' };
  expect(signatureOf(error)).toBe('HTTP_503 shop: the service answered <n>');
  expect(signatureOf({ ...error, message: 'it answered 503' })).toBe('HTTP_503 shop: it answered <n>');
  expect(signatureOf({ code: 'Error', message: 'page 3 is empty' })).toBe(
    signatureOf({ code: 'Error', message: 'page 7 is empty' }),
  );
  expect(signatureOf({ code: 'TypeError', message: '' })).toBe('TypeError');
});

it('a signature is short and on one line, whatever was thrown', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string(), (message, code) => {
      const signature = signatureOf({ code, message });
      expect(signature.length).toBeLessThan(600);
      expect(signature).not.toMatch(/\n/);
      expect(signature.isWellFormed()).toBe(true);
    }),
  );
});

it('takes no long look at hostile texts', () => {
  for (const text of [
    'a1-'.repeat(700),
    '/a'.repeat(1000),
    '1.'.repeat(1000),
    'f:'.repeat(1000),
    `${'a.'.repeat(999)}!`,
    'x@'.repeat(1000),
  ]) {
    expect(masked(text).length).toBeLessThan(400);
  }
});
