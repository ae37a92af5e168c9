import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { lookForTrouble, type SignPorts } from '../../src/watchdog/vital-signs.ts';

const clock = new VirtualClock();
const timer = (inMs: number) => ({ t: { ticket: '1', dueAt: clock.now() + inMs, event: { type: 'x' } } });

function looking(stand: object, more: Partial<SignPorts> = {}, halted: object | null = null) {
  const standOf = () => ({ stand: { value: 'running', context: {}, timers: {}, effects: {}, ...stand }, halted });
  const host = { addresses: () => ['engine/a'], standOf, storeError: undefined } as unknown as SignPorts['host'];
  return lookForTrouble({ host, clock, write: async () => {}, ...more });
}

describe('the vital signs', () => {
  it.each([
    ['work under way', { effects: { run: {} } }, null],
    ['a time to come', { value: 'backoff', timers: timer(1_000) }, null],
    ['nothing to wait for', { value: { idle: 'onDemand' } }, null],
    ['a person to wait for', { value: 'halted' }, null],
    ['a time that passed a moment ago', { value: 'backoff', timers: timer(-50_000) }, null],
    [
      'a time that passed long ago',
      { value: 'backoff', timers: timer(-90_000) },
      {
        what: `engine/a: its timer has been overdue since ${new Date(clock.now() - 90_000).toISOString()}`,
        restartHelps: true,
      },
    ],
    [
      'nothing that will wake it',
      { value: { idle: 'scheduled' } },
      { what: 'engine/a: it is idle.scheduled, and nothing will wake it', restartHelps: false },
    ],
  ])('of an engine with %s', async (_, stand, expected) => {
    expect(await looking(stand)).toEqual(expected);
  });

  it.each([
    [119_000, null],
    [120_000, { what: expect.stringContaining('overdue'), restartHelps: true }],
  ])('of a timer that ran out in a sleep count once somebody has been there for %d ms', async (ms, expected) => {
    const awakeSince = () => clock.now() - ms;
    expect(await looking({ value: 'backoff', timers: timer(-3_600_000) }, { awakeSince })).toEqual(expected);
  });

  it('are not those of an actor that was given up', async () => {
    expect(await looking({ value: { idle: 'scheduled' } }, {}, { reason: 'broken' })).toBeNull();
  });

  it.each([
    [
      'refuses a write',
      () => Promise.reject(new Error('disk full')),
      { what: 'the store takes no writes: disk full', restartHelps: false },
    ],
    [
      'never answers',
      () => new Promise<void>(() => {}),
      { what: 'the store has not taken a write for 10s', restartHelps: true },
    ],
  ])('of a store that %s', async (_, write, expected) => {
    const looked = looking({ effects: { run: {} } }, { write });
    await clock.advance(10_000);
    expect(await looked).toEqual(expected);
  });

  it('of a store that refuses the very write that looks are the store’s, though it is tried again', async () => {
    const host = { addresses: () => [], standOf: () => {}, storeError: undefined as Error | undefined };
    const write = () => {
      host.storeError = new Error('disk full');
      return new Promise<void>(() => {});
    };
    const looked = lookForTrouble({ host: host as unknown as SignPorts['host'], clock, write });
    await clock.advance(10_000);
    expect(await looked).toEqual({ what: 'the store takes no writes: disk full', restartHelps: false });
  });

  it('of a store that refuses the actors’ writes are the store’s, whatever timer is overdue by that', async () => {
    const stand = { value: 'backoff', context: {}, timers: timer(-90_000), effects: {} };
    const storeError = new Error('disk full');
    const host = { addresses: () => ['engine/a'], standOf: () => ({ stand, halted: null }), storeError };
    expect(await looking({}, { host: host as unknown as SignPorts['host'] })).toEqual({
      what: 'the store takes no writes: disk full',
      restartHelps: false,
    });
  });

  it('are told in the same words for as long as they last', async () => {
    const stand = { value: 'backoff', timers: timer(-90_000) };
    const before = await looking(stand);
    await clock.advance(60_000);
    expect(await looking(stand)).toEqual(before);
  });
});
