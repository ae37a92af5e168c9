import { expect, it } from 'vitest';
import { wantsColours } from '../../src/policies/terminal.ts';

it.each([
  [{ TERM: 'xterm-256color' }, true],
  [{}, true],
  [{ TERM: 'xterm', NO_COLOR: '' }, true],
  [{ TERM: 'xterm', NO_COLOR: '1' }, false],
  [{ TERM: 'dumb' }, false],
])('with %o, colours: %o', (environment, expected) => {
  expect(wantsColours(environment)).toBe(expected);
});
