import { createInspector } from '@statelyai/inspect';
import { expect, it } from 'vitest';
import { Messages } from '../../src/inspector/messages.ts';

const messages = new Messages({
  createInspector,
  chartOf: () => ({ definition: () => '{"id":"breaker"}', shownValue: (value) => value }),
  redact: (text) => text.replaceAll('canary-4711', '[secret]'),
});
const standing = { value: { halfOpen: 'ready' }, context: { failures: 3 }, givenUp: null };

it('introduces an actor by its address, with its chart and where it stands, beneath the supervisor', () => {
  expect(JSON.parse(messages.introduced('breaker/shop', standing))).toMatchObject({
    type: '@xstate.actor',
    name: 'breaker/shop',
    sessionId: 'breaker/shop',
    parentId: 'supervisor',
    rootId: 'supervisor',
    definition: '{"id":"breaker"}',
    snapshot: { status: 'active', value: { halfOpen: 'ready' }, context: { failures: 3 } },
    _version: expect.stringMatching(/^0\.7\./),
  });
});

it('has a chart made for an introduction, each time, and for nothing else', () => {
  let made = 0;
  const definition = () => {
    made += 1;
    return '{}';
  };
  const counted = new Messages({
    createInspector,
    chartOf: () => ({ definition, shownValue: (value) => value }),
    redact: (text) => text,
  });
  for (let n = 0; n < 2; n++) {
    counted.introduced('breaker/shop', standing);
    counted.told('breaker/shop', { type: 'call.failed' });
    counted.moved('breaker/shop', { type: 'call.failed' }, standing);
  }
  expect(made).toBe(2);
});

it('shows the supervisor above all others', () => {
  const supervisor = JSON.parse(messages.introduced('supervisor', standing));
  expect(supervisor).toMatchObject({ sessionId: 'supervisor', rootId: 'supervisor' });
  expect(supervisor).not.toHaveProperty('parentId');
});

it('tells an event and where the actor stands since as two messages of the same system', () => {
  const event = { type: 'call.failed', code: 'ECONNRESET' };
  expect(JSON.parse(messages.told('breaker/shop', event))).toMatchObject({
    type: '@xstate.event',
    sessionId: 'breaker/shop',
    rootId: 'supervisor',
    event,
  });
  expect(JSON.parse(messages.moved('breaker/shop', event, standing))).toMatchObject({
    type: '@xstate.snapshot',
    sessionId: 'breaker/shop',
    rootId: 'supervisor',
    event,
    snapshot: { status: 'active', value: { halfOpen: 'ready' } },
  });
});

it('shows an actor that the host gave up as broken, with the reason', () => {
  const moved = messages.moved('breaker/shop', { type: 'actor.crashed' }, { ...standing, givenUp: 'it broke 4 times' });
  expect(JSON.parse(moved).snapshot).toMatchObject({ status: 'error', error: 'it broke 4 times' });
});

it('lets no secret out, in whatever it stands', () => {
  const context = { said: 'canary-4711', deep: [{ said: 'a canary-4711 b' }] };
  const texts = [
    messages.introduced('breaker/shop', { ...standing, context, givenUp: 'canary-4711' }),
    messages.told('breaker/shop', { type: 'told', said: 'canary-4711' } as never),
    messages.moved('breaker/shop', { type: 'told', said: 'canary-4711' } as never, { ...standing, context }),
  ];
  for (const text of texts) {
    expect(text).toContain('[secret]');
    expect(text).not.toContain('canary');
  }
});

it('says what an error of the supervisor was', () => {
  const text = messages.moved(
    'supervisor',
    { type: 'supervisor.crashed' },
    {
      ...standing,
      context: { error: new TypeError('out of paper') },
    },
  );
  expect(JSON.parse(text).snapshot.context).toEqual({ error: { name: 'TypeError', message: 'out of paper' } });
});
