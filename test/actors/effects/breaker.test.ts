/**
 * Breakers against a real server, from the configuration to the call that does not leave: slow calls, a probe that is answered, and
 * the operator's hand.
 */
import { type ConfigDefinition, engine, type RunScope } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpServer, inTurn, json, ok, silence } from './http-server.ts';
import { Workplace } from './workplace.ts';

let place: Workplace;
let server: HttpServer;
beforeEach(async () => {
  server = await HttpServer.open();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await server.close();
});

type Service = NonNullable<ConfigDefinition['services']>[string];

const second = 1_000;
const get = async ({ service }: RunScope) => {
  await (await service('api').fetch('/')).body?.cancel();
};

async function open(service: Service, run: (scope: RunScope) => unknown = get) {
  place = await Workplace.open({
    services: { api: { url: server.url, ...service } },
    engines: [engine('job', { retry: { tries: 1 }, maxFailures: 99, run })],
  });
}

const breaker = () => place.at('breaker/api');

describe('slow calls', () => {
  const slow = { failures: 99, rate: 1, slowCall: '5s', slowRate: 0.6, of: 3, atLeast: 3 } as const;

  /** Runs the job, whose call is answered after so long. */
  async function runFor(ms: number, status = 200) {
    const arrived = Promise.withResolvers<() => void>();
    server.answer = (arrival) => arrived.resolve(() => json(status)(arrival));
    const run = place.run('job');
    const answer = await arrived.promise;
    await place.clock.advance(ms);
    answer();
    return run;
  }

  it('open it when they are too many, although they succeed', async () => {
    await open({ breaker: slow });
    await runFor(6 * second);
    await runFor(second);
    expect(breaker().value).toBe('closed');
    await runFor(6 * second);
    expect(breaker()).toMatchObject({
      value: 'open',
      context: { reason: expect.stringContaining('2 of the last 3 calls took') },
    });
  });

  it('count when they fail in the end as well', async () => {
    await open({ breaker: slow });
    await runFor(6 * second, 500);
    await runFor(second);
    await runFor(6 * second, 500);
    expect(breaker()).toMatchObject({
      value: 'open',
      context: { reason: expect.stringContaining('2 of the last 3 calls took') },
    });
  });
});

it.each([404, 429, 401])('is closed by a probe that is answered with %i: somebody is there', async (status) => {
  server.answer = inTurn(json(500), json(status));
  await open({ breaker: { failures: 1, cooldown: '1m' } });
  await place.run('job');
  await place.clock.advance(60 * second);
  await place.run('job');
  expect(breaker().value).toBe('closed');
});

describe('one that an operator has isolated', () => {
  const isolate = () => place.host.send('breaker/api', { type: 'breaker.isolate', reason: 'moving house' } as never);

  it('lets no call leave, and holds whoever needs it until it is reset', async () => {
    await open({ breaker: { failures: 1, cooldown: '1m' } });
    await isolate();
    await place.trigger('job');
    const { context } = await place.state('engine/job', 'held.forActor');
    expect(context.hold).toMatchObject({ address: 'breaker/api', reason: expect.stringContaining('moving house') });
    await place.clock.advance(24 * 60 * 60 * second);
    expect(server.arrivals).toHaveLength(0);
    const over = place.reached('engine/job', ({ context: { last } }) => last?.result === 'success');
    await place.host.send('breaker/api', { type: 'breaker.reset' });
    await over;
    expect(server.arrivals).toHaveLength(1);
  });

  it('leaves out a step that may be left out', async () => {
    await open({}, async (scope) => {
      await scope.step('announce', () => get(scope).then(() => null), { whenDown: 'skip' });
    });
    await isolate();
    expect((await place.run('job')).last).toMatchObject({ result: 'success', degraded: ['announce'] });
    expect(server.arrivals).toHaveLength(0);
  });

  it('keeps a call from leaving that had been allowed already', async () => {
    await open({ quota: { limit: 9, per: 'hour' } });
    const written = place.afterWrite((keys) => keys.includes('actor:engine/job'));
    await place.trigger('job');
    const release = await written;
    // It has its permit, and waits for its place in the quota to be on disk.
    await place.inMemory('quota/api', ({ context }) => context.spent.length === 1);
    void isolate();
    await place.inMemory('breaker/api', ({ value }) => value === 'isolated');
    release();
    await place.state('engine/job', 'held.forActor');
    expect(server.arrivals).toHaveLength(0);
  });

  it('knows of no probe any more', async () => {
    server.answer = inTurn(json(500), silence, ok());
    await open({ breaker: { failures: 1, cooldown: '1m' } });
    await place.run('job');
    await place.clock.advance(60 * second);
    await place.trigger('job');
    await server.arrival(2);
    await isolate();
    expect(breaker()).toMatchObject({ value: 'isolated', context: { probe: null } });
    await place.clock.advance(60 * second);
    expect(breaker().value).toBe('isolated');
  });
});
