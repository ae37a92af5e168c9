import { expect, it } from 'vitest';
import { figure, trendText } from '../../src/policies/trend.ts';

it.each([
  ['a rise', 120, 100, '+20 %'],
  ['a fall', 50, 100, '-50 %'],
  ['hardly any change', 104, 100, '='],
  ['something where there was nothing', 3, 0, 'new'],
  ['nothing where there was nothing', 0, 0, '='],
  ['what has nothing to be compared with', 3, null, ''],
  ['what is not known', null, 3, ''],
])('%s', (_, value, before, text) => {
  expect(trendText(figure(value, before))).toBe(text);
});
