import { expect, it } from 'vitest';
import { traceOf } from '../../src/page/chart-trace.ts';

const [first, second, last] = ['running.log in', 'running.page …', 'running.step 7'] as const;
const states = ['idle.scheduled', 'ready', 'running', first, second, last, 'backoff'];

it('lights the step that is under way, and what led there', () => {
  expect(traceOf(states, ['idle.scheduled', 'ready', 'running'], { passed: [first], present: second })).toEqual({
    current: second,
    passed: ['idle.scheduled', 'ready', first],
    moves: [
      ['idle.scheduled', 'ready'],
      ['ready', 'running'],
      [first, second],
    ],
  });
});

it('lights a step of which there are more to come once', () => {
  expect(traceOf(states, ['running'], { passed: [first, second], present: second })).toEqual({
    current: second,
    passed: [first],
    moves: [[first, second]],
  });
});

it('lights the state itself where the run waits, with the steps that are over', () => {
  const trace = traceOf(states, ['running', 'backoff'], { passed: [first, second, last], present: null });
  expect(trace.current).toBe('backoff');
  expect(trace.passed).toEqual(['running', first, second, last]);
  expect(trace.moves).toContainEqual([second, last]);
});

it('lights the state itself where the chart has no steps, or the engine never ran', () => {
  const way = { passed: [first], present: second };
  expect(traceOf(['running'], ['running'], way)).toEqual({ current: 'running', passed: [], moves: [] });
  expect(traceOf(states, ['idle.scheduled'], way)).toEqual({ current: 'idle.scheduled', passed: [], moves: [] });
});
