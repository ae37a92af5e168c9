import { expect, it } from 'vitest';
import { conditionOf, isTroubled } from '../../src/policies/condition.ts';

const shown = (address: string, state: string, more: object = {}) => ({
  kind: address.slice(0, address.indexOf('/')),
  state,
  halted: state === 'halted',
  waitsFor: [],
  lastRun: null,
  ...more,
});
const failed = { lastRun: { result: 'failure' as const } };

it.each([
  ['halted', {}, 'needsYou'],
  ['halted (in idle)', { halted: true }, 'needsYou'],
  ['unreadable', {}, 'needsYou'],
  // By hand it stands still, whatever went wrong before.
  ['paused', failed, 'paused'],
  ['backoff', {}, 'failing'],
  ['idle', failed, 'failing'],
  ['held.forTime', failed, 'waiting'],
  ['ready', failed, 'running'],
  ['cooldown', {}, 'well'],
])('an engine in %s %j is %s', (state, more, condition) => {
  expect(conditionOf(shown('engine/a', state, more))).toBe(condition);
});

it.each([
  ['engine/a', 'idle', failed],
  ['engine/a', 'held.forActor', { waitsFor: ['breaker/shop'] }],
  ['breaker/a', 'halfOpen.ready', {}],
  ['breaker/a', 'closed', { halted: true }],
  ['token/a', 'revoked', {}],
  ['quota/a', 'exhausted', {}],
  ['incident/a', 'open.told', {}],
  ['heartbeat/a', 'missing', {}],
  ['engine/a', 'unreadable', {}],
  ['quota/a', 'unreadable', {}],
])('%s %s %j is troubled', (address, state, more) => {
  expect(isTroubled(shown(address, state, more))).toBe(true);
});

it.each([
  ['engine/a', 'held.forTime', {}],
  ['engine/a', 'held.forActor', { waitsFor: ['limit/browsers'] }],
  ['engine/a', 'paused', failed],
  ['engine/a', 'running', failed],
  ['breaker/a', 'closed', {}],
  ['token/a', 'lasting', {}],
  ['quota/a', 'available', {}],
  ['incident/a', 'resolved', {}],
  ['heartbeat/a', 'late', {}],
])('%s %s %j is not', (address, state, more) => {
  expect(isTroubled(shown(address, state, more))).toBe(false);
});
