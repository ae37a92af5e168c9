import { expect, it } from 'vitest';
import { wordsOf } from '../../src/policies/words.ts';
import { fc } from '../property.ts';

it.each([
  ['rclone copyto {file} far:{name}', ['rclone', 'copyto', '{file}', 'far:{name}']],
  ['  sh -c \'cat "$NIGHTSHIFT_BACKUP" | ssh far\'  ', ['sh', '-c', 'cat "$NIGHTSHIFT_BACKUP" | ssh far']],
  ['a"b c"\'d e\'f', ['ab cd ef']],
  ['"a \\"b\\" \\n c" \\\'', ['a "b" \\n c', "'"]],
  ['\'\' ""', ['', '']],
  ['$HOME * ; | > x', ['$HOME', '*', ';', '|', '>', 'x']],
  ['', []],
])('splits %s', (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});

it.each(["it's", '"open', 'end \\'])('finds no end in %s', (line) => {
  expect(wordsOf(line)).toBeNull();
});

it('gives back the words that somebody has quoted', () => {
  const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      expect(wordsOf(words.map(quoted).join(' '))).toEqual(words);
    }),
  );
});
