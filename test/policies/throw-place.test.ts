import { describe, expect, it } from 'vitest';
import { classify } from '../../src/policies/classify.ts';
import { ClassifiedError } from '../../src/policies/failure.ts';
import { throwPlace } from '../../src/policies/throw-place.ts';

const ours = new URL('../../src/actors/effects/steps.ts', import.meta.url).href;
const withStack = (...frames: string[]) =>
  Object.assign(new Error('x'), { stack: ['Error: x', ...frames.map((frame) => `    at ${frame}`)].join('\n') });

describe('the place where something was thrown', () => {
  it.each([
    ['a function of the job', ['inner (file:///jobs/import.ts:36:9)'], '/jobs/import.ts:36:9'],
    ['a place without a function', ['file:///jobs/import.ts:3:1'], '/jobs/import.ts:3:1'],
    ['a path instead of a URL', ['inner (/jobs/import.cjs:3:1)'], '/jobs/import.cjs:3:1'],
    ['an asynchronous function', ['async Object.run (file:///jobs/a%20b.ts:7:2)'], '/jobs/a b.ts:7:2'],
    [
      'what called Node, a package and nightshift',
      [
        'JSON.parse (<anonymous>)',
        'node:internal/fs:1:2',
        'got (file:///jobs/node_modules/got/index.js:1:1)',
        `step (${ours}:50:3)`,
        'run (file:///jobs/import.ts:9:9)',
      ],
      '/jobs/import.ts:9:9',
    ],
    ['nothing of the job', ['JSON.parse (<anonymous>)', `step (${ours}:50:3)`], undefined],
  ])('is found for %s', (_, frames, place) => {
    expect(throwPlace(withStack(...frames))).toBe(place);
  });

  it.each([undefined, null, 'text', {}, { stack: 7 }])('is not known of %o', (thrown) => {
    expect(throwPlace(thrown)).toBeUndefined();
  });
});

describe('a failure', () => {
  const frame = 'run (file:///jobs/import.ts:9:9)';

  it('that is a bug says where it was thrown, also when nightshift itself found it', () => {
    expect(classify(withStack(frame), 0).place).toBe('/jobs/import.ts:9:9');
    const misused = new ClassifiedError({ class: 'bug', code: 'STEP_NAME_TWICE', message: 'twice' });
    misused.stack = withStack(`step (${ours}:1:1)`, frame).stack;
    expect(classify(misused, 0).place).toBe('/jobs/import.ts:9:9');
  });

  it('that is none does not', () => {
    expect(classify(Object.assign(withStack(frame), { code: 'ECONNRESET' }), 0).place).toBeUndefined();
  });
});
