/** What the breaker's numbers mean; that it takes every transition is the walk's to show. */

import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { type BreakerEvent, breakerMachine } from '../../src/machines/breaker.ts';
import type { BreakerSettings } from '../../src/policies/settings.ts';

const minute = 60_000;
const settings: BreakerSettings = {
  failures: 2,
  rate: 1,
  of: 10,
  atLeast: 10,
  withinMs: null,
  slowCallMs: null,
  slowRate: 1,
  cooldownMs: minute,
  cooldownMsMax: 5 * minute,
  probeTimeoutMs: minute,
};
const failure = { class: 'recoverable', code: 'ECONNRESET', message: 'reset' } as const;

function opened() {
  let at = 0;
  const input = { id: 'shop', settings, at } as never;
  let [snapshot] = initialTransition(breakerMachine, input);
  /** How long the timer that this set has to run, in milliseconds. */
  let delay: unknown;
  const send = (event: { type: string }) => {
    const [next, actions] = transition(breakerMachine, snapshot, { ...event, at } as never);
    snapshot = next;
    for (const { type, params } of actions as unknown as { type: string; params: { delay?: number } }[]) {
      if (type === 'xstate.raise') delay = params.delay;
    }
  };
  const call = (type: BreakerEvent['type'], epoch = snapshot.context.epoch) =>
    send({ type, epoch, id: 'a', durationMs: 1, failure } as never);
  const wait = (ms: number, state: string) => {
    at += ms;
    send({ type: `xstate.after.${state}` });
  };
  return { call, wait, delay: () => delay, get: () => snapshot };
}

describe('a breaker', () => {
  it('waits twice as long after each probe that fails, up to its longest, and as at first once it was well', () => {
    const breaker = opened();
    const failTwice = () => {
      breaker.call('call.failed');
      breaker.call('call.failed');
    };
    failTwice();
    const waits = [breaker.delay()];
    for (let probes = 0; probes < 4; probes++) {
      breaker.wait(Number(breaker.delay()), 'untilProbe.breaker.open');
      breaker.call('call.started');
      breaker.call('call.failed');
      waits.push(breaker.delay());
    }
    expect(waits).toEqual([minute, 2 * minute, 4 * minute, 5 * minute, 5 * minute]);
    breaker.wait(5 * minute, 'untilProbe.breaker.open');
    breaker.call('call.started');
    breaker.call('call.succeeded');
    expect(breaker.get().value).toBe('closed');
    failTwice();
    expect([breaker.get().value, breaker.delay()]).toEqual(['open', minute]);
  });

  it('counts no outcome of a call that an earlier epoch permitted', () => {
    const breaker = opened();
    const { epoch } = breaker.get().context;
    breaker.call('call.failed', epoch - 1);
    breaker.call('call.failed', epoch - 1);
    expect(breaker.get()).toMatchObject({ value: 'closed', context: { recent: '' } });
    breaker.call('call.failed');
    breaker.call('call.succeeded');
    breaker.call('call.failed');
    expect(breaker.get()).toMatchObject({ value: 'closed', context: { recent: 'fsf' } });
  });
});
