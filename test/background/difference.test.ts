import { expect, it } from 'vitest';
import { difference } from '../../src/background/difference.ts';

it.each([
  ['a\nb\nc', 'a\nb\nc', []],
  ['a\nb\nc', 'a\nx\nc', ['- b', '+ x']],
  ['a\nb', 'a\nb\nc\nd', ['+ c', '+ d']],
  ['a\nb\nc', 'c', ['- a', '- b']],
  ['a\nb\na\nc', 'b\na\na\nc', ['- a', '+ a']],
  ['', 'a', ['- ', '+ a']],
])('%j and %j differ by the lines that one of them has alone', (first, second, lines) => {
  expect(difference(first, second)).toEqual(lines);
});
