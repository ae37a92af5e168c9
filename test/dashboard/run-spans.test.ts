import { expect, it } from 'vitest';
import { RunSpans } from '../../src/dashboard/run-spans.ts';
import type { CommittedTransition } from '../../src/stream.ts';

const run = { id: 'a.1', startedAt: 1_000, attemptAt: 1_000 };

/** What the stream tells of engine `a`. */
function told(
  at: number,
  from: unknown,
  value: unknown,
  event: object,
  { context = {}, facts = [] }: { context?: object; facts?: object[] } = {},
): CommittedTransition {
  const snapshot = { value, context: { run, hold: null, failure: null, ...context } };
  return { address: 'engine/a', at, from, path: [value], event, snapshot, facts } as unknown as CommittedTransition;
}

it('tells the steps and waits of a run, each with its beginning and end', () => {
  const spans = new RunSpans();
  const down = { hold: { reason: 'shop is down' } };
  spans.take(told(1_000, 'ready', 'running', { type: 'xstate.after.untilDue' }));
  spans.take(told(1_300, 'running', 'running', { type: 'step.completed', step: 'fetch', durationMs: 250 }));
  const error = { step: 'send', stepMs: 150, message: 'the service answered 503' };
  const held = { held: 'forActor' };
  spans.take(told(1_500, 'running', held, { type: 'xstate.error.actor.run', error }, { context: down }));
  spans.take(told(4_500, held, 'running', { type: 'xstate.done.actor.clearance' }));
  spans.take(told(4_600, 'running', 'running', { type: 'step.skipped', step: 'announce' }));
  const ended = { context: { run: null }, facts: [{ outcome: 'ran', run: 'a.1', result: 'success' }] };
  spans.take(told(4_700, 'running', 'idle', { type: 'xstate.done.actor.run' }, ended));
  expect(spans.of('engine/a', 'a.1')).toEqual([
    { name: 'fetch', kind: 'done', from: 1_050, to: 1_300 },
    { name: 'send', kind: 'failed', from: 1_350, to: 1_500, reason: 'the service answered 503' },
    { name: 'held.forActor', kind: 'wait', from: 1_500, to: 4_500, reason: 'shop is down' },
    { name: 'announce', kind: 'skipped', from: 4_600, to: 4_600 },
  ]);
});

it('has a wait that lasts without an end', () => {
  const spans = new RunSpans();
  const failed = { context: { failure: { message: 'reset' } } };
  spans.take(told(2_000, 'running', 'backoff', { type: 'xstate.error.actor.run' }, failed));
  expect(spans.of('engine/a', 'a.1')).toEqual([
    { name: 'backoff', kind: 'wait', from: 2_000, to: null, reason: 'reset' },
  ]);
});

it('says why a try failed once, and not again with the wait after it', () => {
  const spans = new RunSpans();
  const error = { step: 'send', message: 'the service answered 503' };
  const failed = { context: { failure: error } };
  spans.take(told(2_000, 'running', 'backoff', { type: 'xstate.error.actor.run', error }, failed));
  expect(spans.of('engine/a', 'a.1').map(({ kind, reason }) => [kind, reason])).toEqual([
    ['failed', 'the service answered 503'],
    ['wait', undefined],
  ]);
});

it('tells a step that was only kept back from one that failed', () => {
  const spans = new RunSpans();
  const closed = { class: 'degraded', code: 'WINDOW_CLOSED', window: 'night', step: 'send', message: 'it is day' };
  const held = { held: 'forTime' };
  const event = { type: 'xstate.error.actor.run', error: closed };
  spans.take(told(2_000, 'running', held, event, { context: { hold: { reason: 'it is day' } } }));
  expect(spans.of('engine/a', 'a.1')).toEqual([
    { name: 'send', kind: 'held', from: 2_000, to: 2_000, reason: 'it is day' },
    { name: 'held.forTime', kind: 'wait', from: 2_000, to: null },
  ]);
});

it('keeps runs apart, and the latest of them: as many as have 20,000 steps and waits, each run counted as one more', () => {
  const spans = new RunSpans();
  const ended = (id: string) => ({ context: { run: null }, facts: [{ outcome: 'ran', run: id, result: 'success' }] });
  const take = (id: string, steps: number) => {
    const context = { run: { ...run, id } };
    for (let step = 1; step <= steps; step++) {
      const event = { type: 'step.completed', step: `s${step}`, durationMs: 0 };
      spans.take(told(step, 'running', 'running', event, { context }));
    }
    spans.take(told(steps, 'running', 'idle', { type: 'xstate.done.actor.run' }, ended(id)));
  };
  const known = (id: string) => spans.of('engine/a', id).length;
  take('a.1', 99);
  for (let n = 2; n <= 200; n++) take(`a.${n}`, 99);
  expect([known('a.1'), known('a.200')]).toEqual([99, 99]);
  take('a.201', 1);
  expect([known('a.1'), known('a.2'), known('a.201')]).toEqual([0, 99, 1]);
  for (let n = 202; n <= 250; n++) take(`a.${n}`, 1);
  expect([known('a.2'), known('a.3')]).toEqual([99, 99]);
  take('a.251', 1);
  expect([known('a.2'), known('a.3')]).toEqual([0, 99]);
});
