import { getShortestPaths } from '@xstate/graph';
import { expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { statesOf } from '../../src/actors/chart-rules.ts';
import { supervisorMachine } from '../../src/machines/supervisor.ts';

const done = (id: string) => ({ type: `xstate.done.actor.${id}`, output: null, actorId: id });
const failed = (id: string) => ({ type: `xstate.error.actor.${id}`, error: new Error(`${id} failed`), actorId: id });
const stop = { type: 'supervisor.stop' };
const crashed = { type: 'supervisor.crashed', error: new Error('crashed') };

/** Where each transition leads, by where it begins, whether something broke before, and what happens. */
const ways = {
  'starting, xstate.done.actor.open': 'rehydrating',
  'starting, xstate.error.actor.open': 'draining',
  'starting, supervisor.stop': 'draining',
  'starting, supervisor.crashed': 'draining',
  'rehydrating, xstate.done.actor.rehydrate': 'running',
  'rehydrating, xstate.error.actor.rehydrate': 'draining',
  'rehydrating, supervisor.stop': 'draining',
  'rehydrating, supervisor.crashed': 'draining',
  'running, supervisor.stop': 'draining',
  'running, supervisor.crashed': 'draining',
  'draining, xstate.done.actor.drain': 'stopped',
  'draining, xstate.error.actor.drain': 'failed',
  'draining, broken, xstate.done.actor.drain': 'failed',
  'draining, broken, xstate.error.actor.drain': 'failed',
};

const events = [...['open', 'rehydrate', 'drain'].flatMap((id) => [done(id), failed(id)]), stop, crashed];
const standOf = ({ value, context }: { value: unknown; context: { error: unknown } }) =>
  context.error === undefined ? String(value) : `${value}, broken`;

const paths = getShortestPaths(supervisorMachine, {
  events: events as never,
  serializeState: ((snapshot: never) => standOf(snapshot)) as never,
});

it('reaches every state', () => {
  const reached = new Set(paths.map(({ state }) => String(state.value)));
  const all = [...statesOf(supervisorMachine.root)].map(({ key }) => key).filter((key) => key !== 'supervisor');
  expect(all.filter((key) => !reached.has(key))).toEqual([]);
});

it('takes these ways and no others, from every state that it reaches', () => {
  const taken: Record<string, string> = {};
  for (const { steps } of paths) {
    let [before] = initialTransition(supervisorMachine);
    for (const { event } of steps) {
      if (event.type !== ('xstate.init' as string)) [before] = transition(supervisorMachine, before, event as never);
    }
    for (const event of events) {
      const [after] = transition(supervisorMachine, before, event as never);
      if (after.value !== before.value) taken[`${standOf(before)}, ${event.type}`] = String(after.value);
    }
  }
  expect(taken).toEqual(ways);
});

it.each([
  ['a crash', [done('open'), done('rehydrate'), crashed, done('drain')], 'crashed'],
  ['a failed start', [failed('open'), done('drain')], 'open failed'],
  ['a failed drain', [stop, failed('drain')], 'drain failed'],
])('ends with what broke after %s', (_, events, message) => {
  let [snapshot] = initialTransition(supervisorMachine);
  for (const event of events) [snapshot] = transition(supervisorMachine, snapshot, event as never);
  expect(snapshot.status).toBe('done');
  expect((snapshot.output as { error: Error }).error.message).toBe(message);
});
