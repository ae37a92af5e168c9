import { expect, it } from 'vitest';
import { traceOf } from '../../src/page/chart-trace.ts';

const states = ['idle.scheduled', 'ready', 'running', 'running.log in', 'running.page …', 'running.step 7', 'backoff'];

it('lights the step that comes next, and what led there', () => {
  expect(traceOf(states, ['idle.scheduled', 'ready', 'running'], ['log in'])).toEqual({
    current: 'running.page …',
    passed: ['idle.scheduled', 'ready', 'running.log in'],
    moves: [
      ['idle.scheduled', 'ready'],
      ['ready', 'running'],
      ['running.log in', 'running.page …'],
    ],
  });
});

it('knows steps whose names are worked out, hold dots or are numbers', () => {
  const trace = traceOf(states, ['running', 'backoff'], ['log in', 'page 1', 'page 2.5', '7']);
  expect(trace.current).toBe('backoff');
  expect(trace.passed).toEqual(['running', 'running.log in', 'running.page …', 'running.step 7']);
  expect(trace.moves).toContainEqual(['running.page …', 'running.step 7']);
});

it('lights the state itself where the chart has no steps, or the engine never ran', () => {
  expect(traceOf(['running'], ['running'], [])).toEqual({ current: 'running', passed: [], moves: [] });
  expect(traceOf(states, ['idle.scheduled'], ['log in'])).toEqual({
    current: 'idle.scheduled',
    passed: [],
    moves: [],
  });
});

it('lights the state around the steps once the last one is finished', () => {
  expect(traceOf(states, ['running'], ['log in', 'page 1', '7']).current).toBe('running');
});
