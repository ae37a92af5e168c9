import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { durable } from '../../src/actors/durable.ts';
import type { ActorKind } from '../../src/actors/host.ts';
import { LiveActor } from '../../src/actors/live-actor.ts';
import { restore } from '../../src/actors/restore.ts';
import type { ActorRecord } from '../../src/persistence/record.ts';
import { effect } from '../../src/policies/effect.ts';

const machine = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'go' }, tags: {} as 'rest' },
  actors: { work: effect<null, null>() },
  actions: { count: assign({ n: ({ context }) => context.n + 1 }) },
  delays: { soon: () => 1_000 },
}).createMachine({
  id: 'chart',
  context: { n: 0 },
  initial: 'busy',
  states: {
    busy: {
      description: 'Works for a while.',
      entry: 'count',
      after: { soon: 'rest' },
      invoke: { id: 'work', src: 'work', input: null, onDone: 'rest', onError: 'rest' },
    },
    rest: { description: 'At rest.', tags: 'rest', on: { go: 'busy' } },
  },
});
const kind: ActorKind = { machine, version: 1, effects: {} };
const logic = durable(machine, () => {});

/** The record of an actor that has just been made. */
function recorded(change: (state: { [key: string]: object }) => object = () => ({})): ActorRecord {
  const actor = new LiveActor('chart/one', kind, logic, { input: { at: 5_000, chance: 0.5 } as never });
  const record = JSON.parse(actor.encode()) as ActorRecord;
  const state = record.state as { [key: string]: object };
  return { ...record, settings: 'digest', crashes: [1, 2], state: { ...state, ...change(state) } as never };
}

const restored = (record: ActorRecord, startsOf?: Parameters<typeof restore>[4]) =>
  restore('chart/one', kind, logic, record, startsOf);

describe('an actor that comes back', () => {
  it('is where it was, with what it wanted', () => {
    const record = recorded();
    const actor = restored(record);
    expect(actor.snapshot).toMatchObject({ value: 'busy', context: { n: 1 } });
    expect(actor.wanted).toMatchObject(record.state as object);
    expect(actor).toMatchObject({ settings: 'digest', crashes: [1, 2], halted: null });
  });

  it('counts its effects as cut off as often as it is told, or as before', () => {
    expect(restored(recorded(), (_, { starts }) => starts + 1).wanted?.effects.work?.starts).toBe(1);
    expect(restored(recorded()).wanted?.effects.work?.starts).toBe(0);
  });

  it('stays given up', () => {
    const halted = { at: 1, reason: 'it broke too often' };
    expect(restored({ ...recorded(), halted }).halted).toEqual(halted);
  });

  it('writes the same record again', () => {
    const record = recorded();
    expect(JSON.parse(restored(record).encode())).toEqual(record);
  });
});

const soon = 'xstate.after.soon.chart.busy';
const timer = (change: object) => ({ ticket: 'a', dueAt: 6_000, event: { type: soon }, ...change });

describe('a record is refused', () => {
  it.each([
    ['whose timer is missing', () => ({ timers: {} }), 'nothing in it would ever end xstate.after.soon.chart.busy'],
    ['whose effect is missing', () => ({ effects: {} }), 'nothing in it would ever end work'],
    ['without timers', () => ({ timers: undefined }), 'it has no timers or no effects'],
    ['with null for effects', () => ({ effects: null }), 'it has no timers or no effects'],
    [
      'with a timer for no instant',
      () => ({ timers: { [soon]: timer({ dueAt: 'soon' }) } }),
      `something is wrong with ${soon}`,
    ],
    ['with a timer without a ticket', () => ({ timers: { [soon]: timer({ ticket: null }) } }), soon],
    ['with a timer without an event', () => ({ timers: { [soon]: timer({ event: 'tick' }) } }), soon],
    ['with null for a timer', () => ({ timers: { [soon]: null } }), soon],
    ['with an effect without a ticket', () => ({ effects: { work: { src: 'work', starts: 0 } } }), 'wrong with work'],
    ['with an effect begun how often', () => ({ effects: { work: { ticket: 'a', src: 'work' } } }), 'wrong with work'],
    ['with timers in a list', () => ({ timers: [] }), 'it has no timers or no effects'],
    ['with a number for its context', () => ({ context: 5 }), 'it has no context'],
    ['in a state that the chart does not have', () => ({ value: 'dreaming' }), '"dreaming"'],
    ['in a state of another shape', () => ({ value: { busy: 'deeper' } }), 'RECORD_UNRESTORABLE'],
    ['without a state', () => ({ value: undefined }), 'RECORD_UNRESTORABLE'],
  ])('%s', (_, change, reason) => {
    const record = recorded(change as never);
    try {
      restored(record);
      expect.fail('it came back');
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      expect(code).toBe('RECORD_UNRESTORABLE');
      expect(`${code} ${message}`).toContain(reason);
    }
  });

  it('also when the same state was seen whole before', () => {
    restored(recorded());
    expect(() => restored(recorded(() => ({ timers: {} })))).toThrow('ever end');
  });
});
