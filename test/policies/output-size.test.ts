import { expect, it } from 'vitest';
import { outputSize } from '../../src/policies/output-size.ts';

it.each([
  [undefined, 0],
  [null, 0],
  [false, 0],
  [true, 1],
  ['', 0],
  [' \n', 0],
  [' two ', 3],
  [0, 0],
  [7, 7],
  [[], 0],
  [[null], 1],
  [{}, 0],
  [{ a: 1, b: 2 }, 2],
])('%o counts as %i', (output, size) => {
  expect(outputSize(output)).toBe(size);
});
