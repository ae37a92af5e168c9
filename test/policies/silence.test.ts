import { expect, it } from 'vitest';
import type { EngineContext } from '../../src/policies/engine.ts';
import { silenceOf } from '../../src/policies/silence.ts';

const at = Date.UTC(2026, 0, 5, 8);
const context = (rest: object) => rest as unknown as Partial<EngineContext>;
const failure = { class: 'recoverable', code: 'HTTP_500', message: 'ill' };

it.each([
  ['nothing that it knows of', 'waiting', {}, { reason: null, excused: 'never' }],
  ['a person, who paused it', 'paused', {}, { reason: 'the engine is paused', excused: 'always' }],
  ['a person, who was called', 'halted', { failure }, { reason: 'the engine is halted', excused: 'always' }],
  ['its window', 'held', { hold: { kind: 'window', reason: 'shut' } }, { reason: 'shut', excused: 'asLong' }],
  [
    'a quota',
    'held',
    { hold: { kind: 'actor', address: 'quota/shop', reason: 'used up' } },
    { reason: 'used up', excused: 'asLong' },
  ],
  [
    'a breaker',
    'held',
    { hold: { kind: 'actor', address: 'breaker/shop', reason: 'open' } },
    { reason: 'open', excused: 'asLong' },
  ],
  [
    'its next attempt',
    'backoff',
    { run: { attempt: 2 }, failure, settings: { retry: { tries: 5 } } },
    { reason: 'attempt 2 of 5 failed: ill', excused: 'never' },
  ],
  [
    'its run',
    'running',
    { run: { startedAt: at, attemptAt: at } },
    { reason: 'its run has been under way since 2026-01-05T08:00:00.000Z', excused: 'never' },
  ],
  [
    'its next run, when the last one failed',
    'waiting',
    { last: { result: 'failure' }, failure },
    { reason: 'its last run failed: ill', excused: 'never' },
  ],
])('an engine is silent for %s', (_, state, rest, silence) => {
  expect(silenceOf(state, context(rest))).toEqual(silence);
});
