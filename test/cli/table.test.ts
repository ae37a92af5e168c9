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

it('cuts the last column to the terminal', () => {
  expect(table(head, [['a', 'a long story']], 12)).toBe('ACTOR  REAS…\na      a lo…');
});

it('keeps a row on one line, whatever its cells hold', () => {
  expect(table(head, [['a', 'one\r\ntwo\u001b[2Jthree\u0007']])).toBe('ACTOR  REASON\na      one two [2Jthree');
});

it('shows the head alone when there are no rows', () => {
  expect(table(head, [])).toBe('ACTOR  REASON');
});
