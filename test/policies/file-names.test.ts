import { expect, it } from 'vitest';
import { fileNamesLike } from '../../src/policies/file-names.ts';

it.each([
  ['*.log', ['a.log', 'a.b.log'], ['a.log.1', 'alog', '.hidden.log', 'a.LOG']],
  ['app.log.?', ['app.log.1'], ['app.log', 'app.log.10', 'app-log.1']],
  ['*', ['a', 'a.b'], ['.a', '..']],
  ['.*', ['.a'], ['a']],
  ['a+(b)[c]{d}|e^f$', ['a+(b)[c]{d}|e^f$'], ['aab']],
  ['ä*', ['ä', 'ä\nb'], ['a']],
])('%s means some names and not others', (pattern, meant, others) => {
  const isMeant = fileNamesLike(pattern);
  expect(meant.filter((name) => !isMeant(name))).toEqual([]);
  expect(others.filter(isMeant)).toEqual([]);
});
