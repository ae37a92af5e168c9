import { beforeEach, expect, it } from 'vitest';
import { WrongTokens } from '../../src/dashboard/wrong-tokens.ts';

let now = 0;
let wrong: WrongTokens;
const times = (count: number, from: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => wrong.note(from(n)));

beforeEach(() => {
  now = 1_000_000;
  wrong = new WrongTokens(() => now);
});

it('lets an address bring five within a minute, and then has it wait', () => {
  expect(times(5, () => '127.0.0.1')).toEqual([0, 0, 0, 0, 0]);
  now += 20_000;
  expect(wrong.note('127.0.0.1')).toBe(40_000);
  now += 40_000;
  expect(wrong.note('127.0.0.1')).toBe(0);
});

it('takes nothing out on another address, until all together are too many', () => {
  times(50, () => '127.0.0.1');
  expect(wrong.note('127.0.0.2')).toBe(0);
  times(60, (n) => `127.0.1.${n}`);
  expect(wrong.note('127.0.0.3')).toBeGreaterThan(0);
});

it('remembers a flood no longer than a trickle', () => {
  times(10_000, (n) => `127.1.${n >> 8}.${n & 255}`);
  now += 60_000;
  expect(wrong.note('127.0.0.1')).toBe(0);
});
