import { expect, it } from 'vitest';
import { table } from '../../src/cli/table.ts';

const head = ['ACTOR', 'REASON'];

it('makes each column as wide as its widest cell', () => {
  expect(
    table(head, [
      ['engine/hello', 'fine'],
      ['b', ''],
    ]),
  ).toBe('ACTOR         REASON\nengine/hello  fine\nb');
});

it('has the last cell of a row that does not fit beneath it, broken between words', () => {
  const rows = [
    ['engine/a', 'a long story of paper'],
    ['b', 'fine'],
    ['c', ''],
  ];
  expect(table(head, rows, 16)).toBe('ACTOR     REASON\nengine/a\n    a long story\n    of paper\nb         fine\nc');
});

it('cuts what does not fit even so: columns before the last one, and a cell of more than four lines', () => {
  const endless = 'abcdefgh'.repeat(9);
  expect(table(head, [['engine/hello', endless]], 12)).toBe(
    'ACTOR\n    REASON\nengine/hello\n    abcdefgh\n    abcdefgh\n    abcdefgh\n    abcdefg…',
  );
  expect(table(head, [['engine/hello/it', 'no']], 12)).toBe('ACTOR\n    REASON\nengine/hell…\n    no');
});

it('keeps a row on one line, whatever its cells hold', () => {
  expect(table(head, [['a', 'one\r\ntwo\u001b[2Jthree\u0007']])).toBe('ACTOR  REASON\na      one two [2Jthree');
});

it('shows the head alone when there are no rows', () => {
  expect(table(head, [])).toBe('ACTOR  REASON');
});
