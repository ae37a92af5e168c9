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
      'engine/a: its timer is overdue by 1m30s',
    ],
    [
      'nothing that will wake it',
      { value: { idle: 'scheduled' } },
      'engine/a: it is idle.scheduled, and nothing will wake it',
    ],
  ])('of an engine with %s', async (_, stand, expected) => {
    expect(await looking(stand)).toBe(expected);
  });

  it('are not those of an actor that was given up', async () => {
    expect(await looking({ value: { idle: 'scheduled' } }, {}, { reason: 'broken' })).toBeNull();
  });

  it.each([
    ['refuses a write', () => Promise.reject(new Error('disk full')), 'the store takes no writes: disk full'],
    ['never answers', () => new Promise<void>(() => {}), 'the store has not taken a write for 10s'],
  ])('of a store that %s', async (_, write, expected) => {
    const looked = looking({ effects: { run: {} } }, { write });
    await clock.advance(10_000);
    expect(await looked).toBe(expected);
  });
});
