import { expect, it } from 'vitest';
import { withoutSecrets } from '../../src/policies/without-secrets.ts';

it.each([
  ['request to https://joe:canary@host/path failed', 'request to https://…@host/path failed'],
  ['GET https://host/v1?part=id&key=canary&page=2 failed', 'GET https://host/v1?part=id&key=…&page=2 failed'],
  ['https://host/?access_token=canary', 'https://host/?access_token=…'],
  ['https://host/?X-Amz-Signature=canary#top', 'https://host/?X-Amz-Signature=…#top'],
  ['sent Authorization: Bearer canary.12345678.abc to host', 'sent Authorization: Bearer … to host'],
])('%s becomes %s', (message, plain) => {
  expect(withoutSecrets(message)).toBe(plain);
});

it.each([
  'connect ECONNREFUSED 127.0.0.1:8080',
  'Unexpected token in JSON at position 17',
  'the token is missing, expired or refused',
  'getaddrinfo ENOTFOUND api.example.com',
  'mail to joe@example.com failed',
  'https://host/users?page=2&monkey=1',
])('leaves %s alone', (message) => {
  expect(withoutSecrets(message)).toBe(message);
});

it('reads any message in a moment', () => {
  for (const text of ['//'.repeat(2000), '?key='.repeat(1000), 'bearer '.repeat(600), `?${'a_'.repeat(2000)}`]) {
    expect(withoutSecrets(text).length).toBeLessThanOrEqual(text.length);
  }
});
