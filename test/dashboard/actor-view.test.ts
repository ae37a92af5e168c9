import { describe, expect, it } from 'vitest';
import { actorView, type Stand } from '../../src/dashboard/actor-view.ts';

const failure = { class: 'bug', code: 'TypeError', message: 'no luck', place: '/jobs/import.ts:3:1' };
const stand = (value: unknown, context: object = {}): Stand => ({ value, context, timers: {}, effects: {} });
const view = (address: string, value: unknown, context?: object, givenUp: { reason: string } | null = null) =>
  actorView(address, stand(value, context), givenUp);

describe('an actor that needs a person', () => {
  it.each([
    ['engine/job', 'paused', 'nightshift resume job'],
    ['engine/job', 'halted', 'mend the cause, then: nightshift resume job'],
    ['breaker/shop', 'isolated', 'nightshift reset shop'],
    ['token/shop', 'missing', 'put a grant into the configuration and restart'],
    ['token/shop', 'revoked', expect.stringContaining('nightshift reset token/shop')],
  ])('%s %s says what to do', (address, state, todo) => {
    expect(view(address, state)).toMatchObject({ state, todo, halted: state === 'halted', givenUp: false });
  });

  it('because it was given up says how it is put back', () => {
    expect(view('engine/job', { idle: 'scheduled' }, {}, { reason: 'it broke' })).toMatchObject({
      state: 'halted (in idle)',
      reason: 'it broke',
      todo: 'mend the cause, then: nightshift reset engine/job',
      halted: true,
      givenUp: true,
    });
  });
});

it.each([
  ['engine/job', { idle: 'scheduled' }],
  ['engine/job', 'running'],
  ['breaker/shop', 'open'],
  ['token/shop', 'fresh'],
])('%s %j needs nobody', (address, value) => {
  expect(view(address, value)).toMatchObject({ todo: null, halted: false });
});

describe('the reason', () => {
  it.each([
    ['of a failure says where it was thrown', { idle: 'scheduled' }, {}, 'no luck (/jobs/import.ts:3:1)'],
    ['of a run says which attempt it is', 'running', { run: { attempt: 2 } }, /^attempt 2, after: no luck/],
    ['of a halt says how many failed', 'halted', { failures: 5, settings: { maxFailures: 5 } }, /^5 failures in a row/],
    ['of a halt after one fatal failure does not', 'halted', { failures: 1, settings: { maxFailures: 5 } }, /^no luck/],
    [
      'of a hold comes first',
      { held: 'forTime' },
      { hold: { reason: 'the window is closed' } },
      'the window is closed',
    ],
  ])('%s', (_, value, context, reason) => {
    expect(view('engine/job', value, { failure, ...context }).reason).toEqual(
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
    );
  });

  it('is null when there is none', () => {
    expect(view('engine/job', 'running', { run: { attempt: 1 }, failure: null }).reason).toBeNull();
    expect(view('engine/job', 'paused', { failure }).reason).toBeNull();
  });
});
