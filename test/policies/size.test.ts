import { expect, it } from 'vitest';
import { formatSize, parseSize } from '../../src/policies/size.ts';
import { fc } from '../property.ts';

it.each([
  ['0B', 0],
  ['17B', 17],
  ['512MB', 512_000_000],
  ['512 mb', 512_000_000],
  ['1.5GiB', 1_610_612_736],
  ['1KiB', 1024],
  ['1kB', 1000],
  ['2TB', 2 * 10 ** 12],
  ['0.5KiB', 512],
])('reads %s as %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each(['', '512', 'MB', '-1MB', '1XB', '1iB', '1 M B', '1e3MB', '99999999999999PB', '1M'])(
  'does not read %o',
  (text) => {
    expect(parseSize(text)).toBeNull();
  },
);

it.each([
  [0, '0B'],
  [999, '999B'],
  [1000, '1kB'],
  [999_999, '1MB'],
  [1_500_000_000, '1.5GB'],
  [512_000_000, '512MB'],
  [-2_000, '-2kB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

it('reads what it wrote, within its rounding', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 * 10 ** 15 }), (bytes) => {
      const read = parseSize(formatSize(bytes)) as number;
      expect(Math.abs(read - bytes)).toBeLessThanOrEqual(Math.max(bytes * 0.05, 0.5));
    }),
  );
});
