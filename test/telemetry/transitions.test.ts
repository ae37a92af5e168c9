import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Host } from '../../src/actors/host.ts';
import { engine } from '../../src/config/define.ts';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { ClassifiedError } from '../../src/policies/failure.ts';
import type { HostObserver } from '../../src/stream.ts';
import { logTransitions, type Wants } from '../../src/telemetry/transitions.ts';
import { Workplace } from '../actors/effects/workplace.ts';

type Line = Record<string, unknown> & { level: number; msg: string };

const [info, warn, error] = [30, 40, 50];

let lines: Line[];
let log: Logger;
beforeEach(() => {
  lines = [];
  log = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
});

let place: Workplace | undefined;
afterEach(async () => {
  await place?.[Symbol.asyncDispose]();
  place = undefined;
});

async function open(definition: ConfigDefinition): Promise<Workplace> {
  place = await Workplace.open({ builtIn: { health: false, resources: false }, ...definition });
  logTransitions(place.host, log);
  return place;
}

/** Triggers the engine and lets everything settle that needs no time. */
async function run(at: Workplace, id: string): Promise<void> {
  await at.host.ask(`engine/${id}`, { type: 'engine.trigger' });
  await at.reached(`engine/${id}`, ({ value }) => value !== 'running');
}

/** What the logger gives a host to tell it things. */
function observed(wants?: Wants): HostObserver {
  let observer: HostObserver = {};
  const host: Pick<Host, 'inspect'> = {
    inspect(told) {
      observer = told;
      return () => {};
    },
  };
  logTransitions(host as Host, log, wants);
  return observer;
}

const failing = (failure: { class: 'recoverable' | 'fatal' | 'bug'; code: string; message: string }) =>
  engine('job', {
    retry: { tries: 2, base: '1s', jitter: 'none' },
    run: ({ service }) => {
      void service;
      throw new ClassifiedError({ ...failure, service: 'shop', status: 503 });
    },
  });

it('tells of the hand that triggers a run and of its end, and of nothing on the way there', async () => {
  const at = await open({ engines: [engine('job', { run: ({ step }) => step('one', () => 1) })] });
  await run(at, 'job');
  expect(lines).toMatchObject([
    { level: info, msg: 'state.changed', from: 'idle.onDemand', to: 'running', event: 'engine.trigger' },
    {
      level: info,
      msg: 'run.succeeded',
      actor: 'engine/job',
      run: expect.stringMatching(/^job\./),
      attempt: 1,
      durationMs: 0,
      steps: { one: 0 },
    },
  ]);
});

it('names the step that was finished, at debug', async () => {
  log.level = 'debug';
  const at = await open({ engines: [engine('job', { run: ({ step }) => step('one', () => 1) })] });
  await run(at, 'job');
  expect(lines.find(({ event }) => event === 'step.completed')).toMatchObject({
    msg: 'state.kept',
    step: 'one',
    durationMs: expect.any(Number),
  });
  expect(lines.filter(({ event }) => event !== 'step.completed').map(({ step }) => step)).not.toContain('one');
});

it('says how long the state before lasted', async () => {
  log.level = 'debug';
  const at = await open({ engines: [failing({ class: 'recoverable', code: 'HTTP_503', message: 'in trouble' })] });
  await run(at, 'job');
  await at.clock.advance(1_000);
  await at.reached('engine/job', ({ context }) => context.last !== null);
  expect(lines.find(({ from }) => from === 'backoff')).toMatchObject({ to: 'running', durationMs: 1_000 });
});

it('puts no line together that nobody wants', () => {
  const observer = observed(() => false);
  // A line says when the actor wakes; asking this one for its timers would throw.
  const snapshot = { value: 'b', hasTag: () => false, context: {} };
  const event = { type: 'x.happened' };
  observer.transition?.({ address: 'engine/job', at: 1, from: 'a', path: ['b'], event, snapshot, facts: [] } as never);
  expect(lines).toEqual([]);
});

it('leaves the begin of a scheduled run to debug', async () => {
  const at = await open({ engines: [engine('job', { every: '1m', run: () => 1 })] });
  await at.clock.advance(60_000);
  await at.reached('engine/job', ({ context }) => context.last !== null);
  expect(new Set(lines.map(({ msg }) => msg))).toEqual(new Set(['run.succeeded']));
});

it('tells of a failure that may pass with its class, service and status, the attempt, and when it goes on', async () => {
  const at = await open({ engines: [failing({ class: 'recoverable', code: 'HTTP_503', message: 'in trouble' })] });
  await run(at, 'job');
  expect(lines.at(-1)).toMatchObject({
    level: warn,
    msg: 'state.changed',
    to: 'backoff',
    run: expect.any(String),
    attempt: 1,
    failure: { class: 'recoverable', code: 'HTTP_503', message: 'in trouble', service: 'shop', status: 503 },
    next: new Date(at.clock.now() + 1_000).toISOString(),
  });
});

it('tells of the last failure once, as the end of the run, with the same keys as a success', async () => {
  const at = await open({ engines: [failing({ class: 'recoverable', code: 'HTTP_503', message: 'in trouble' })] });
  await run(at, 'job');
  await at.clock.advance(1_000);
  await at.reached('engine/job', ({ context }) => context.last !== null);
  const ends = lines.filter(({ msg }) => msg.startsWith('run.'));
  expect(ends).toMatchObject([
    { level: error, msg: 'run.failed', attempt: 2, durationMs: 1_000, failure: { code: 'HTTP_503' } },
  ]);
});

it('says what a person has to do when an engine halts', async () => {
  const at = await open({ engines: [failing({ class: 'fatal', code: 'NO_ROOM', message: 'no room left' })] });
  await run(at, 'job');
  expect(lines.at(-1)).toMatchObject({
    level: error,
    msg: 'run.failed',
    to: 'halted',
    failure: { class: 'fatal', message: 'no room left' },
    todo: 'mend the cause, then: nightshift resume job',
  });
});

it('keeps the causes of an error', async () => {
  const cause = Object.assign(new Error('socket gone'), { code: 'EPIPE' });
  const job = engine('job', {
    run: () => {
      throw new Error('no luck', { cause });
    },
  });
  await run(await open({ engines: [job] }), 'job');
  expect(lines.at(-1)).toMatchObject({
    failure: { message: expect.stringContaining('no luck'), causes: [{ code: 'EPIPE', message: 'socket gone' }] },
  });
});

it('tells of a run that took too long, though no error came with it', async () => {
  const hanging = engine('job', { timeout: '5s', retry: { tries: 2 }, run: () => new Promise<never>(() => {}) });
  const at = await open({ engines: [hanging] });
  await at.host.ask('engine/job', { type: 'engine.trigger' });
  await at.clock.advance(5_000);
  await at.reached('engine/job', ({ value }) => value === 'backoff');
  expect(lines.at(-1)).toMatchObject({ level: warn, to: 'backoff', failure: { code: 'RUN_TIMEOUT' } });
});

it('tells of a run that waits for the hours of a step as of no trouble', async () => {
  const at = await open({
    timeZone: 'UTC',
    windows: { night: { from: '02:00', to: '04:00' } },
    engines: [engine('blog', { run: ({ step }) => step('publish', () => 1, { window: 'night' }) })],
  });
  await at.trigger('blog');
  await at.reached('engine/blog', ({ value }) => typeof value === 'object' && 'held' in value);
  expect(lines.at(-1)).toMatchObject({ level: info, to: 'held.forTime', reason: expect.stringContaining("'night'") });
});

it('tells of an opening breaker why and until when, of the engine held by it, and of their recovery', async () => {
  let well = false;
  const at = await open({
    services: { shop: { breaker: { failures: 1, cooldown: '1m' } } },
    engines: [
      engine('job', {
        retry: { tries: 2, base: '1s', jitter: 'none' },
        run: ({ service }) =>
          service('shop').call(async () => {
            if (!well) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
          }),
      }),
    ],
  });
  await run(at, 'job');
  await at.clock.advance(1_000);
  await at.reached('engine/job', ({ value }) => typeof value === 'object');
  expect(lines.find(({ actor }) => actor === 'breaker/shop')).toMatchObject({
    level: warn,
    from: 'closed',
    to: 'open',
    reason: expect.stringContaining('reset'),
    failure: { code: 'ECONNRESET' },
    next: expect.any(String),
  });
  expect(lines.findLast(({ actor }) => actor === 'engine/job')).toMatchObject({
    level: warn,
    to: 'held.forActor',
    waitsFor: 'breaker/shop',
  });
  well = true;
  lines.length = 0;
  await at.clock.advance(60_000);
  await at.reached('engine/job', ({ context }) => context.last !== null);
  await at.reached('breaker/shop', ({ value }) => value === 'closed');
  const ofOthers = lines.filter(({ actor }) => !String(actor).startsWith('incident/'));
  expect(ofOthers.map(({ level, msg, to }) => [level, msg, to])).toEqual([
    [info, 'state.changed', 'running'],
    [info, 'state.changed', 'closed'],
    [info, 'run.succeeded', 'idle.onDemand'],
  ]);
});

it('warns of a breaker that opens on calls which were answered, but slowly', async () => {
  const at = await open({ services: { shop: { breaker: { slowCall: '1s', slowRate: 1, of: 1, atLeast: 1 } } } });
  const slow = { type: 'call.succeeded', epoch: 0, id: 'a', durationMs: 5_000 };
  expect(await at.host.ask('breaker/shop', slow)).toBe(true);
  expect(lines[0]).toMatchObject({ level: warn, to: 'open', reason: expect.stringContaining('took 1000 ms or more') });
  expect(lines[0]).not.toHaveProperty('failure');
});

it("tells of an operator's hand without raising an alarm", async () => {
  const at = await open({ services: { shop: {} }, engines: [engine('job', { run: () => 1 })] });
  await at.host.ask('engine/job', { type: 'engine.pause' });
  await at.host.ask('breaker/shop', { type: 'breaker.isolate', reason: 'moving house' } as never);
  expect(lines).toMatchObject([
    { level: info, to: 'paused', todo: expect.stringContaining('nightshift resume job') },
    { level: info, to: 'isolated', reason: 'moving house', todo: 'nightshift reset shop' },
  ]);
});

it('names the due times that no run served', async () => {
  const at = await open({ engines: [engine('job', { every: '1m', run: () => 1 })] });
  await at.host.ask('engine/job', { type: 'engine.pause' });
  const { due } = at.at('engine/job').context;
  await at.clock.advance(150_000);
  await at.host.ask('engine/job', { type: 'engine.resume' });
  expect(lines.find(({ msg }) => msg === 'due.skipped')).toMatchObject({
    level: info,
    actor: 'engine/job',
    dueFrom: new Date(due?.at ?? 0).toISOString(),
    reason: 'the engine was paused',
  });
});

it('tells of a store that fails once for each trouble, and when it is over', () => {
  const observer = observed();
  for (const message of ['disk full', 'disk full', 'read-only']) observer.storeFailing?.(new Error(message));
  observer.storeRecovered?.();
  observer.storeFailing?.(new Error('read-only'));
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [error, 'store.failing'],
    [error, 'store.failing'],
    [warn, 'store.recovered'],
    [error, 'store.failing'],
  ]);
});

it('tells of an actor that was given up, with the command that puts it back, and of a record in quarantine', () => {
  const observer = observed();
  observer.crashed?.({ address: 'engine/job', at: 1, error: new Error('odd'), halted: false });
  observer.crashed?.({ address: 'engine/job', at: 2, error: new Error('odd'), halted: true });
  observer.quarantined?.({ address: 'engine/old', at: 3, reason: 'found version 9', key: 'quarantine:engine/old:3' });
  expect(lines).toMatchObject([
    { level: error, msg: 'actor.crashed', err: { message: 'odd', stack: expect.any(String) } },
    { level: error, msg: 'actor.halted', todo: 'mend the cause, then: nightshift reset engine/job' },
    { level: error, msg: 'record.quarantined', actor: 'engine/old', reason: 'found version 9' },
  ]);
});
