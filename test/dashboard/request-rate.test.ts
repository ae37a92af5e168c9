import { expect, it } from 'vitest';
import { RequestRate } from '../../src/dashboard/request-rate.ts';

let now = 0;

it('takes a burst, then a hundred a second, from each address for itself', () => {
  const rate = new RequestRate(() => now);
  const taken = (from: string, requests: number) =>
    Array.from({ length: requests }, () => rate.count(from)).filter((waitMs) => waitMs === 0).length;
  expect(taken('one', 600)).toBe(500);
  expect(rate.count('one')).toBe(10);
  expect(taken('other', 600)).toBe(500);
  now += 1_000;
  expect(taken('one', 200)).toBe(100);
  // A clock that is set back takes nothing away.
  now -= 500_000;
  expect(rate.count('one')).toBe(10);
  now += 3_600_000;
  expect(taken('one', 600)).toBe(500);
});

it('remembers a thousand addresses, those that asked last', () => {
  const rate = new RequestRate(() => now);
  for (let n = 0; n < 500; n++) rate.count('early');
  expect(rate.count('early')).toBe(10);
  for (let n = 0; n < 1_000; n++) rate.count(`address ${n}`);
  expect(rate.count('early')).toBe(0);
});
