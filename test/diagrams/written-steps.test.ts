import { describe, expect, it } from 'vitest';
import { stepsWrittenIn } from '../../src/diagrams/written-steps.ts';

const names = (source: string) => stepsWrittenIn(source).map(({ name }) => name);

describe('the steps of a job', () => {
  it('are found in the order of its source, each once', () => {
    const run = `async ({ step }) => { if (x) await step('a', () => 1); else await step("a", f); await scope.step(\`b\`, g) }`;
    expect(names(run)).toEqual(['a', 'b']);
  });

  it.each([
    ['a comment', "// step('no', f)\n/* step('no', f) */ step('yes', f)"],
    ['a text', `log("step('no', f)"); step('yes', f)`],
    ['a template', ["log(`step('no', f) $", "{`step('no', f)` + { a: '}' }.a}`); step('yes', f)"].join('')],
    ['another function', "instep('no', f); steps('no', f); step('yes', f)"],
    ['a regular expression with a quote in it', 'text.split(/["\'`]/); step("yes", f)'],
    ['the work of a step', `step('yes', () => { const text = "), step('no', f)"; return [(1), text]; })`],
  ])('are told from %s', (_, source) => {
    expect(names(source)).toEqual(['yes']);
  });

  it('have dots in place of what is worked out', () => {
    const source = ['step(`page $', '{pages[{ a: 1 }.a]} of $', '{n}`, f); step(name, f)'].join('');
    expect(stepsWrittenIn(source)).toMatchObject([
      { name: 'page … of …', isMany: true },
      { name: '…', isMany: true },
    ]);
  });

  it.each([
    [String.raw`p\xE5 t\u00e5get \u{1F686} \ud83d\ude86`, 'på tåget 🚆 🚆'],
    [String.raw`it\'s \"so\" \\ \$`, 'it\'s "so" \\ $'],
    [String.raw`one\ttwo\nthree`, 'one\ttwo\nthree'],
  ])('are called as JavaScript reads %s', (written, name) => {
    expect(names(`step('${written}', f)`)).toEqual([name]);
  });

  it('have their options, which are not those of what they do', () => {
    const source = `
      step('plain', () => call({ window: 'not mine', whenDown: 'skip' }));
      step('all', async () => (await f(1, 2)).x, { window: 'day', whenDown: 'skip', onInterrupted: 'fail' });`;
    expect(stepsWrittenIn(source)).toEqual([
      { name: 'plain', isMany: false, window: null, isOptional: false, isOnce: false },
      { name: 'all', isMany: false, window: 'day', isOptional: true, isOnce: true },
    ]);
  });

  it('are none where the source is cut short', () => {
    expect(names("step('a', `$".concat('{'))).toEqual([]);
  });
});
