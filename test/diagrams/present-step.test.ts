import { expect, it } from 'vitest';
import { presentStep } from '../../src/diagrams/present-step.ts';
import { stepsWrittenIn } from '../../src/diagrams/written-steps.ts';

const job = `async ({ step }) => {
  await step('log in', logIn);
  for (const n of pages) await step(\`page \${n}\`, () => read(n));
  await step('page index', index);
  await step('announce', announce, { whenDown: 'skip' });
}`;
const steps = stepsWrittenIn(job);
const present = (finished: string[], skipped: string[] = []) =>
  presentStep(steps, { steps: Object.fromEntries(finished.map((name) => [name, null])), skipped })?.name;

it.each([
  ['at the first before any is finished', [], [], 'log in'],
  ['at the one after the last that is finished', ['log in'], [], 'page …'],
  ['at one that is many while none that comes after it is finished', ['log in', 'page 1', 'page 2'], [], 'page …'],
  ['past it once one is, whose own name comes before a name that is worked out', ['page index'], [], 'announce'],
  ['after one that was left out', ['log in'], ['page index'], 'announce'],
  ['at the last when all are over', ['log in', 'page index'], ['announce'], 'announce'],
  ['where the text says it is, whatever helpers elsewhere have done', ['log in', 'tidy up'], [], 'page …'],
])('a run is %s', (_, finished, skipped, expected) => {
  expect(present(finished, skipped)).toBe(expected);
});

it('a run of an engine without steps is at none', () => {
  expect(presentStep([], { steps: { a: 1 }, skipped: [] })).toBeUndefined();
});
