import { expect, it, vi } from 'vitest';
import { memoized } from '../../src/policies/memo.ts';

it('makes a value once for each key', () => {
  const make = vi.fn((key: string) => ({ key }));
  const get = memoized(2, make);
  expect(get('a')).toBe(get('a'));
  expect(make).toHaveBeenCalledTimes(1);
});

it('forgets what was not asked for the longest', () => {
  const make = vi.fn((key: string) => key);
  const get = memoized(2, make);
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) get(key);
  expect(make.mock.calls.flat()).toEqual(['a', 'b', 'c', 'b']);
});

it('keeps nothing of a value that could not be made, and keeps undefined', () => {
  const make = vi.fn((key: string) => {
    if (key === 'bad') throw new Error(key);
    return undefined;
  });
  const get = memoized(2, make);
  expect(() => get('bad')).toThrow('bad');
  expect(() => get('bad')).toThrow('bad');
  get('good');
  get('good');
  expect(make).toHaveBeenCalledTimes(3);
});
