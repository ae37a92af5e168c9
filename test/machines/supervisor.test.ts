import { expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { statesOf } from '../../src/actors/chart-rules.ts';
import { supervisorMachine } from '../../src/machines/supervisor.ts';

const done = (id: string) => ({ type: `xstate.done.actor.${id}`, output: null, actorId: id });
const failed = (id: string) => ({ type: `xstate.error.actor.${id}`, error: new Error(`${id} failed`), actorId: id });
const stop = { type: 'supervisor.stop' };
const crashed = { type: 'supervisor.crashed', error: new Error('crashed') };

const rows = [
  [[done('open')], 'rehydrating'],
  [[failed('open')], 'draining'],
  [[stop], 'draining'],
  [[crashed], 'draining'],
  [[done('open'), done('rehydrate')], 'running'],
  [[done('open'), failed('rehydrate')], 'draining'],
  [[done('open'), stop], 'draining'],
  [[done('open'), crashed], 'draining'],
  [[done('open'), done('rehydrate'), stop], 'draining'],
  [[done('open'), done('rehydrate'), crashed], 'draining'],
  [[stop, done('drain')], 'stopped'],
  [[crashed, done('drain')], 'failed'],
  [[stop, failed('drain')], 'failed'],
] as const;

const names = rows.map(([events, state]) => [events.map(({ type }) => type).join(', '), events, state] as const);

it.each(names)('%s leads to its state', (_, events, state) => {
  let [snapshot] = initialTransition(supervisorMachine);
  for (const event of events) [snapshot] = transition(supervisorMachine, snapshot, event as never);
  expect(snapshot.value).toBe(state);
});

it('has no transition that the rows above do not take', () => {
  const name = (state: string, event: string, guard: unknown) => [state, event, guard].filter(Boolean).join(' ');
  const transitions = [...statesOf(supervisorMachine.root)].flatMap((state) =>
    [...state.transitions].flatMap(([event, all]) => all.map(({ guard }) => name(state.key, event, guard))),
  );
  const taken = rows.map(([events]) => {
    let [before] = initialTransition(supervisorMachine);
    for (const event of events.slice(0, -1)) [before] = transition(supervisorMachine, before, event as never);
    const { type } = events.at(-1) as { type: string };
    const isBroken = String(before.value) === 'draining' && type.includes('done') && before.context.error !== undefined;
    return name(String(before.value), type, isBroken && 'isBroken');
  });
  expect(transitions.filter((each) => !taken.includes(each))).toEqual([]);
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
