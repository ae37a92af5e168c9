/** What an incident says, to whom and when; that it takes every transition is the walk's to show. */

import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { incidentMachine } from '../../src/machines/incident.ts';
import type { AlertSettings } from '../../src/policies/settings.ts';
import { stateName } from '../../src/policies/state-name.ts';

const hour = 3_600_000;
const night = { from: '22:00', to: '07:00', timeZone: 'UTC' };
const settings: AlertSettings = { afterMs: 0, quiet: night, remindMs: [hour] };
const trouble = { severity: 'canWait', title: 'shop is down', what: 'it is down', tried: null, todo: null };
const down = { type: 'incident.opened', trouble };

function incident(from: string) {
  let at = Date.parse(`2026-01-05T${from}:00Z`);
  let [snapshot] = initialTransition(incidentMachine, { id: 'breaker:shop', settings, at } as never);
  const send = (...events: ({ type: string } & Record<string, unknown>)[]) => {
    for (const event of events) [snapshot] = transition(incidentMachine, snapshot, { ...event, at } as never);
    return stateName(snapshot.value);
  };
  return {
    send,
    /** The timer of a state runs out after so long. */
    after: (ms: number, timer: string) => {
      at += ms;
      return send({ type: `xstate.after.${timer.replace(' ', '.incident.')}` });
    },
    wait: (ms: number) => {
      at += ms;
    },
    context: () => snapshot.context,
  };
}

const sent = { type: 'alert.sent', channel: 'ops' };
const done = { type: 'xstate.done.actor.alert', output: null };
const failed = {
  type: 'xstate.error.actor.alert',
  error: { class: 'recoverable', code: 'HTTP_500', message: 'ill' },
};

/** Told at nine in the evening, gone at eleven, when nobody need be woken. */
function goneAtNight() {
  const one = incident('21:00');
  one.send(down);
  one.after(0, 'untilDeservesAlert open.brewing');
  one.send(sent, done);
  one.wait(2 * hour);
  expect(one.send({ type: 'incident.resolved' })).toBe('closing.quiet');
  return one;
}

describe('an incident that is gone in the quiet hours', () => {
  it('and back before they are over has never been gone, for who was told of it', () => {
    const one = goneAtNight();
    one.send(down);
    expect(one.context()).toMatchObject({ occurrence: 2, told: ['ops'], informed: ['ops'] });
  });

  it('for good, after all, is told to be over in the morning', () => {
    const one = goneAtNight();
    one.send(down);
    expect(one.send({ type: 'incident.resolved' })).toBe('closing.quiet');
    expect(one.after(8 * hour, 'untilLoud closing.quiet')).toBe('closing.sending');
    expect(one.context()).toMatchObject({ kind: 'resolved', told: [], informed: ['ops'] });
  });
});

it('an incident whose end one channel has taken is told to that one anew, also when it is back in the quiet hours', () => {
  const one = incident('21:30');
  one.send(down);
  one.after(0, 'untilDeservesAlert open.brewing');
  one.send(sent, { ...sent, channel: 'phone' }, done, { type: 'incident.resolved' }, sent, failed);
  expect(one.after(hour, 'untilRetry closing.retrying')).toBe('closing.quiet');
  one.send(down);
  expect(one.context()).toMatchObject({ told: ['phone'], informed: ['phone'] });
});

describe('an incident whose end is on its way', () => {
  it('and that is back is told anew: nobody knows how far the message got', () => {
    const one = incident('12:00');
    one.send(down);
    one.after(0, 'untilDeservesAlert open.brewing');
    one.send(sent, done);
    expect(one.send({ type: 'incident.resolved' })).toBe('closing.sending');
    one.send(down);
    expect(one.context()).toMatchObject({ occurrence: 2, told: [], informed: ['ops'] });
  });

  it('and that is back is over for those who took the end, and for nobody else', () => {
    const one = incident('12:00');
    one.send(down);
    one.after(0, 'untilDeservesAlert open.brewing');
    one.send(sent, { ...sent, channel: 'phone' }, done, { type: 'incident.resolved' }, sent, failed, down);
    expect(one.context()).toMatchObject({ told: [], informed: ['phone'] });
    expect(one.send({ type: 'incident.resolved' })).toBe('closing.sending');
  });

  it('is tried again for a day, and no longer', () => {
    const one = incident('12:00');
    one.send(down);
    one.after(0, 'untilDeservesAlert open.brewing');
    one.send(sent, done, { type: 'incident.resolved' });
    expect(one.send(failed)).toBe('closing.retrying');
    expect(one.after(24 * hour - 1, 'untilRetry closing.retrying')).toBe('closing.sending');
    one.send(failed);
    expect(one.after(1, 'untilRetry closing.retrying')).toBe('resolved');
  });
});

it('whoever takes a message that it stands takes one that it is over, wherever it comes and goes', () => {
  const at = Date.parse('2026-01-05T12:00:00Z');
  const [first] = initialTransition(incidentMachine, { id: 'breaker:shop', settings, at } as never);
  const timer = (name: string) => ({ type: `xstate.after.${name.replace(' ', '.incident.')}` });
  const events = [
    down,
    { type: 'incident.resolved' },
    { type: 'incident.updated', trouble: { ...trouble, severity: 'now' } },
    { type: 'incident.acknowledge' },
    sent,
    { ...sent, channel: 'phone' },
    done,
    failed,
    timer('untilDeservesAlert open.brewing'),
    timer('untilRetry open.retrying'),
    timer('untilReminder open.told'),
    timer('untilRetry closing.retrying'),
  ];
  // Who has heard that it stands, and not yet that it is over.
  type Reached = { snapshot: typeof first; waiting: readonly string[] };
  const keyOf = ({ snapshot: { value, context }, waiting }: Reached) => {
    const { kind, told, informed } = context;
    return JSON.stringify([value, context.trouble?.severity, kind, told, informed, waiting]);
  };
  const seen = new Map<string, Reached>();
  const open: Reached[] = [{ snapshot: first, waiting: [] }];
  for (let one = open.pop(); one; one = open.pop()) {
    if (seen.has(keyOf(one))) continue;
    seen.set(keyOf(one), one);
    for (const event of events) {
      const [snapshot] = transition(incidentMachine, one.snapshot, { ...event, at } as never);
      const channel = (event as { channel?: string }).channel;
      const isTaken = channel !== undefined && snapshot.context.told.includes(channel);
      const others = one.waiting.filter((each) => each !== channel);
      const waits = isTaken && snapshot.context.kind !== 'resolved' ? [...others, channel].toSorted() : others;
      // The effect goes on until every channel has it.
      if (event === done && !isComplete(one)) continue;
      open.push({ snapshot, waiting: isTaken ? waits : one.waiting });
    }
  }
  const over = [...seen.values()].filter(({ snapshot }) => snapshot.value === 'resolved');
  expect([seen.size > 50, over.length > 0]).toEqual([true, true]);
  expect(over.filter(({ waiting }) => waiting.length > 0).map(keyOf)).toEqual([]);

  /** What an effect that ends well has done: the end went to all that were informed. */
  function isComplete({ snapshot: { context } }: Reached): boolean {
    const all = context.kind === 'resolved' ? context.informed : ['ops', 'phone'];
    return all.every((each) => context.told.includes(each));
  }
});

it('what could not wait from the beginning is not told anew because more is known of it', () => {
  const urgent = { ...trouble, severity: 'now' };
  const one = incident('12:00');
  one.send({ ...down, trouble: urgent });
  one.after(0, 'untilDeservesAlert open.brewing');
  one.send(sent, done);
  expect(one.send({ type: 'incident.updated', trouble: { ...urgent, tried: 'a probe' } })).toBe('open.told');
  expect(one.context()).toMatchObject({ message: 1, told: ['ops'], trouble: { tried: 'a probe' } });
});

it('each message has a number of its own, and each try of it the same', () => {
  const one = incident('12:00');
  one.send(down);
  one.after(0, 'untilDeservesAlert open.brewing');
  const numbers = [one.context().message];
  one.send(failed);
  one.after(hour / 2, 'untilRetry open.retrying');
  numbers.push(one.context().message);
  one.send(sent, done);
  one.after(hour, 'untilReminder open.told');
  numbers.push(one.context().message);
  one.send({ type: 'incident.updated', trouble: { ...trouble, severity: 'now' } });
  numbers.push(one.context().message);
  one.send({ type: 'incident.resolved' });
  numbers.push(one.context().message);
  expect(numbers).toEqual([1, 1, 2, 3, 4]);
});
