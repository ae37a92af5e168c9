import { expect, it } from 'vitest';
import { presentStep, type StepsOfRun, stepsOver } from '../../src/diagrams/present-step.ts';
import { stepsWrittenIn } from '../../src/diagrams/written-steps.ts';

const job = `async ({ step }) => {
  await step('log in', logIn);
  for (const n of pages) await step(\`page \${n}\`, () => read(n));
  await step('page index', index);
  await step('pay', pay, { onInterrupted: 'fail' });
  await step('announce', announce, { whenDown: 'skip' });
}`;
const steps = stepsWrittenIn(job);
const finished = (...names: string[]) => Object.fromEntries(names.map((name) => [name, null]));
const run = (names: string[], more: Partial<StepsOfRun> = {}): StepsOfRun => ({
  steps: finished(...names),
  skipped: [],
  ...more,
});

it.each<[string, StepsOfRun, string]>([
  ['at the first before any is finished', run([]), 'log in'],
  ['at the one after the last that is finished', run(['log in']), 'page …'],
  ['at one that is many while none that comes after it is finished', run(['log in', 'page 1', 'page 2']), 'page …'],
  ['past it once one is, whose own name comes before a name that is worked out', run(['page index']), 'pay'],
  ['after one that was left out', run(['log in'], { skipped: ['page index'] }), 'pay'],
  ['at the last when all are over', run(['log in', 'pay'], { skipped: ['announce'] }), 'announce'],
  ['where the text says it is, whatever helpers elsewhere have done', run(['log in', 'tidy up']), 'page …'],
  ['at one that has begun and must not happen twice', run(['log in', 'page 1'], { begun: ['pay'] }), 'pay'],
  ['at one that has come some way', run(['log in'], { progress: { 'page index': 3 } }), 'page index'],
  ['past one that had begun and is over', run(['pay'], { begun: ['pay'] }), 'announce'],
])('a run is %s', (_, of, expected) => {
  expect(presentStep(steps, of)?.name).toBe(expected);
});

it('a run of an engine without steps is at none', () => {
  expect(presentStep([], run(['a']))).toBeUndefined();
});

it.each([
  ['step("7", f)', '7'],
  ['step("v1.2 (beta) [a-z]+ $& \\"so\\"", f)', 'v1.2 (beta) [a-z]+ $& "so"'],
  ['step("running.held", f)', 'running.held'],
  ['step("__proto__", f)', '__proto__'],
  ['step("ladda upp på tåget 🚆", f)', 'ladda upp på tåget 🚆'],
  [['step(`page $', '{n} of $', '{all}`, f)'].join(''), 'page 1 of 2 of 3'],
  [['step(`$', '{n}`, f)'].join(''), ''],
  ['step(name, f)', 'anything'],
])('knows what %s is called in a run', (text, name) => {
  const [odd, ...others] = [...stepsWrittenIn(text), ...stepsWrittenIn('step("next", f)')];
  expect(stepsOver([odd as never, ...others], [name])).toEqual([odd]);
  expect(presentStep(stepsWrittenIn(text), run([], { begun: [name] }))).toEqual(odd);
});

it.each([
  ['page 1', 'page … of …'],
  ['page of', 'page … of …'],
  ['aba', 'ab…ba'],
  ['xpage 1', 'page …'],
])('does not take %j for %j', (name, written) => {
  expect(stepsOver([{ ...stepsWrittenIn('step(n, f)')[0], name: written } as never], [name])).toEqual([]);
});

it('has what is over in the order of the text, each once', () => {
  const names = ['page 2', 'pay', 'page 1', 'tidy up', 'log in'];
  expect(stepsOver(steps, names).map(({ name }) => name)).toEqual(['log in', 'page …', 'pay']);
});
