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

function opened(more: Partial<BreakerSettings> = {}) {
  let at = 0;
  const input = { id: 'shop', settings: { ...settings, ...more }, at } as never;
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
  const call = (type: BreakerEvent['type'], epoch = snapshot.context.epoch, rest: object = {}) =>
    send({ type, epoch, id: 'a', durationMs: 1, failure, ...rest } as never);
  const wait = (ms: number, state: string) => {
    at += ms;
    send({ type: `xstate.after.${state}` });
  };
  return { call, wait, delay: () => delay, get: () => snapshot };
}

describe('a breaker', () => {
  it('opens for answers that break off after their beginning, one after the other', () => {
    const breaker = opened();
    for (let n = 0; n < 2; n++) {
      expect(breaker.get().value).toBe('closed');
      breaker.call('call.succeeded');
      breaker.call('call.failed', undefined, { late: true });
    }
    expect(breaker.get()).toMatchObject({
      value: 'open',
      context: { reason: expect.stringContaining('2 failures in a row') },
    });
  });

  it('hears of a probe that broke off when it had closed it already', () => {
    const breaker = opened();
    breaker.call('call.failed');
    breaker.call('call.failed');
    breaker.wait(minute, 'untilProbe.breaker.open');
    const { epoch } = breaker.get().context;
    breaker.call('call.started');
    breaker.call('call.succeeded');
    expect(breaker.get()).toMatchObject({ value: 'closed', context: { recent: '' } });
    breaker.call('call.failed', epoch, { late: true });
    expect(breaker.get().context.recent).toBe('f');
    breaker.call('call.failed', epoch);
    expect(breaker.get().context.recent).toBe('f');
  });

  it('takes a probe that was slow for one that failed', () => {
    const breaker = opened({ slowCallMs: 100 });
    breaker.call('call.failed');
    breaker.call('call.failed');
    breaker.wait(minute, 'untilProbe.breaker.open');
    breaker.call('call.started');
    breaker.call('call.succeeded', undefined, { durationMs: 2_000 });
    expect(breaker.get()).toMatchObject({ value: 'open', context: { failedProbes: 1, reason: 'the probe took 2s' } });
  });

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

  it('waits as long as the service asks for at least, be it at its opening or with a probe', () => {
    const breaker = opened();
    const asking = (retryAfterMs: number) => ({ failure: { ...failure, retryAfterMs } });
    breaker.call('call.failed');
    breaker.call('call.failed', undefined, asking(10 * minute));
    expect(breaker.delay()).toBe(10 * minute);
    for (const [asked, waits] of [
      [30 * minute, 30 * minute],
      [minute, 4 * minute],
    ] as const) {
      breaker.wait(Number(breaker.delay()), 'untilProbe.breaker.open');
      breaker.call('call.started');
      breaker.call('call.failed', undefined, asking(asked));
      expect(breaker.delay()).toBe(waits);
    }
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
