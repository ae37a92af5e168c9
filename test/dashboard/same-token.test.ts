import * as crypto from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { isSame } from '../../src/dashboard/sessions.ts';

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});

const token = 'aGVsbG8gdGhlcmUsIG9wZXJhdG9yIQ';

it.each([
  ['nothing', '', false],
  ['its beginning', token.slice(0, -1), false],
  ['more than it', `${token}x`, false],
  ['another of its length', token.replace('a', 'b'), false],
  ['letters that are no ASCII', 'ä'.repeat(token.length), false],
  ['itself', token, true],
])('compares %s with the token over one and the same length, to the end', (_, brought, same) => {
  const compared = vi.mocked(crypto.timingSafeEqual);
  compared.mockClear();
  expect(isSame(brought, token)).toBe(same);
  expect(compared.mock.calls.map((buffers) => buffers.map(({ byteLength }) => byteLength))).toEqual([[32, 32]]);
});
