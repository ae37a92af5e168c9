import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, assign, emit, raise, sendTo, setup } from 'xstate';
import { chartProblems } from '../../src/actors/chart-rules.ts';
import { breakerMachine } from '../../src/machines/breaker.ts';
import { engineMachine } from '../../src/machines/engine.ts';
import { tokenMachine } from '../../src/machines/token.ts';
import { effect } from '../../src/policies/effect.ts';

const parts = setup({
  actors: { work: effect<null, null>() },
  delays: { soon: () => 1_000 },
  guards: { maybe: () => true },
  actions: {
    note: assign({}),
    tell: emit({ type: 'told' }),
    shout: () => {},
    again: raise({ type: 'again' }),
    pass: sendTo('somebody', { type: 'passed' }),
  },
});

/** The problems of a chart with these states, `a` being the first. */
function problemsOf(states: object, rest: object = {}): string[] {
  const config = { id: 'chart', initial: 'a', ...rest, states };
  return chartProblems(parts.createMachine(config as never) as unknown as AnyStateMachine);
}

const rest = { description: 'At rest.', tags: 'rest' };
const timed = { description: 'Waits.', after: { soon: 'b' } };
const invoke = { id: 'work', src: 'work', onDone: 'b', onError: 'b' };

describe('a chart that a host can keep', () => {
  it.each([
    ['engine', engineMachine],
    ['breaker', breakerMachine],
    ['token', tokenMachine],
  ])('is %s', (_, machine) => {
    expect(chartProblems(machine)).toEqual([]);
  });

  it.each([
    ['waits with a named delay', { a: timed, b: rest }],
    ['does its work in a named effect', { a: { description: 'Works.', invoke }, b: rest }],
    ['waits for a person', { a: { description: 'Waits.', tags: 'waitsForHuman' } }],
    ['is waited out above', { a: { ...timed, initial: 'x', states: { x: { description: 'Inside.' } } }, b: rest }],
    ['goes on at once', { a: { description: 'Passes.', always: 'b' }, b: rest }],
    ['assigns and emits', { a: { ...rest, entry: ['note', 'tell'], on: { go: { actions: ['note', 'tell'] } } } }],
    [
      'has a guard and what else',
      { a: { description: 'W.', after: { soon: [{ guard: 'maybe', target: 'b' }, { target: 'b' }] } }, b: rest },
    ],
    ['ends', { a: timed, b: { description: 'Over.', type: 'final', tags: 'rest' } }],
  ])('%s', (_, states) => {
    expect(problemsOf(states)).toEqual([]);
  });
});

describe('a chart that a host could not keep', () => {
  it.each([
    ['a state without a description', { a: { tags: 'rest' } }, 'chart.a: a state needs a description.'],
    ['a state that nothing ends', { a: { description: 'Stuck.' } }, 'chart.a: nothing ends this state'],
    [
      'a state that only a guard leads out of',
      { a: { description: 'Stuck.', always: { guard: 'maybe', target: 'b' } }, b: rest },
      'chart.a: nothing ends this state',
    ],
    [
      'a delay without a name',
      { a: { ...rest, after: { 500: 'b' } }, b: rest },
      'the delay 500 needs a name in setup()',
    ],
    [
      'a timer that may lead nowhere',
      { a: { ...rest, after: { soon: { guard: 'maybe', target: 'b' } } }, b: rest },
      'needs a transition without a guard',
    ],
    ['a timer without a target', { a: { ...rest, after: { soon: { actions: 'note' } } } }, 'needs a target'],
    [
      'an effect that may end in nothing',
      { a: { ...rest, invoke: { id: 'work', src: 'work', onDone: 'b' } }, b: rest },
      'xstate.error.actor.work needs a transition without a guard',
    ],
    [
      'an effect without an id of its own',
      { a: { ...rest, invoke: { src: 'work', onDone: 'b', onError: 'b' } }, b: rest },
      'needs an id of its own',
    ],
    [
      'an effect without a name',
      { a: { ...rest, invoke: { ...invoke, src: effect() } }, b: rest },
      'its effect needs a name in setup()',
    ],
    ['an action that does something', { a: { ...rest, entry: 'shout' } }, 'the action shout is not collectable'],
    [
      'an action that does something on leaving',
      { a: { ...rest, exit: 'shout' } },
      'the action shout is not collectable',
    ],
    [
      'an action in a transition',
      { a: { ...rest, on: { go: { actions: 'shout' } } } },
      'the action shout is not collectable',
    ],
    ['an action in line', { a: { ...rest, entry: () => {} } }, 'is not collectable'],
    ['a raise', { a: { ...rest, entry: 'again' } }, 'the action again is not collectable'],
    ['a message to another actor', { a: { ...rest, entry: 'pass' } }, 'the action pass is not collectable'],
    [
      'a history state',
      { a: { ...rest, initial: 'x', states: { x: rest, h: { type: 'history', description: 'Back.' } } } },
      'a history state does not come back from a record',
    ],
    [
      'a nested final state',
      { a: { ...rest, initial: 'x', states: { x: { type: 'final', description: 'Over.', tags: 'rest' } } } },
      'a nested final state raises an event',
    ],
  ])('has %s', (_, states, problem) => {
    expect(problemsOf(states)).toContainEqual(expect.stringContaining(problem));
  });

  it('is told every problem at once', () => {
    const problems = problemsOf({ a: { entry: 'shout', after: { 500: 'b' } }, b: {} });
    expect(problems.length).toBeGreaterThanOrEqual(5);
  });
});
