import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  apiKey,
  bearer,
  type CallScope,
  type ConfigDefinition,
  clientCredentials,
  engine,
  type RunScope,
} from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeKey } from '../../../src/actors/effects/step-place.ts';
import { seededRandom } from '../../../src/random.ts';
import { HttpServer, inTurn, json, ok, silence } from './http-server.ts';
import { Workplace } from './workplace.ts';

let place: Workplace;
let server: HttpServer;
const opened: { close(): Promise<void> }[] = [];

async function newServer() {
  const another = await HttpServer.open();
  opened.push(another);
  return another;
}

beforeEach(async () => {
  server = await newServer();
});

afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

type Service = NonNullable<ConfigDefinition['services']>[string];

const oneTry = { base: '1s', tries: 1, jitter: 'none' } as const;
const twoTries = { base: '1s', tries: 2, jitter: 'none' } as const;

/** A configuration with one engine, `job`, and one service, `api`. */
function job(
  run: (scope: RunScope) => unknown,
  service: Service = {},
  rest: Omit<ConfigDefinition, 'services' | 'engines'> & { retry?: object } = {},
): ConfigDefinition {
  const { retry = oneTry, ...others } = rest;
  return {
    ...others,
    services: {
      api: { url: `${server.url}/v1`, timeout: '5s', breaker: { failures: 100, of: 100, atLeast: 100 }, ...service },
    },
    engines: [engine('job', { retry, maxFailures: 100, run })],
  };
}

async function open(definition: ConfigDefinition) {
  place = await Workplace.open(definition);
}

const get = ({ service }: RunScope) =>
  service('api')
    .fetch('/things')
    .then((response) => response.json());
const call = (path: string, init?: RequestInit) => (scope: RunScope) =>
  scope
    .service('api')
    .fetch(path, init)
    .then((response) => response.text());

describe('a call', () => {
  it('goes below the url of its service and hands back the answer', async () => {
    server.answer = ok({ things: [1, 2] });
    await open(job(get));
    expect((await place.run('job')).lastGood).toEqual({ things: [1, 2] });
    expect(server.arrivals.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/things']);
  });

  it.each(['things', '/things', '//things'])('takes %s for a path', async (path) => {
    await open(job(call(path)));
    await place.run('job');
    expect(server.arrivals[0]?.path).toBe('/v1/things');
  });

  it('keeps method, body, query and headers', async () => {
    const init = { method: 'PUT', body: 'text', headers: { 'x-mine': 'yes' } };
    await open(job(call('/things?a=1&b=ä', init)));
    await place.run('job');
    expect(server.arrivals[0]).toMatchObject({ method: 'PUT', path: '/v1/things?a=1&b=%C3%A4', body: 'text' });
    expect(server.arrivals[0]?.headers['x-mine']).toBe('yes');
  });

  it('without a token carries no authorization', async () => {
    await open(job(get));
    await place.run('job');
    expect(server.arrivals[0]?.headers.authorization).toBeUndefined();
  });

  it('is possible with a whole URL below the same origin', async () => {
    await open(
      job(({ service }) =>
        service('api')
          .fetch(`${server.url}/v2/x`)
          .then((answer) => answer.status),
      ),
    );
    expect((await place.run('job')).lastGood).toBe(200);
    expect(server.arrivals[0]?.path).toBe('/v2/x');
  });

  it('needs a whole URL when its service has none', async () => {
    const bare: ConfigDefinition = {
      services: { api: {} },
      engines: [
        engine('whole', {
          run: ({ service }) =>
            service('api')
              .fetch(`${server.url}/x`)
              .then(({ status }) => status),
        }),
        engine('part', {
          run: ({ service }) =>
            service('api')
              .fetch('/x')
              .then(({ status }) => status),
        }),
      ],
    };
    await open(bare);
    expect((await place.run('whole')).lastGood).toBe(200);
    expect((await place.run('part')).failure).toMatchObject({ class: 'bug', code: 'SERVICE_MISUSED' });
  });

  it('gives an answer without a body as it is', async () => {
    server.answer = ({ response }) => response.writeHead(204).end();
    await open(
      job(({ service }) =>
        service('api')
          .fetch('/')
          .then(({ status, body }) => [status, body]),
      ),
    );
    expect((await place.run('job')).lastGood).toEqual([204, null]);
  });
});

describe('the idempotency key', () => {
  it('is that of the step, and numbered from the second call on', async () => {
    await open(
      job(async ({ step, service, runId }) => {
        await step('one', async () => {
          await service('api').fetch('/a');
          await service('api').fetch('/b');
        });
        await service('api').fetch('/c');
        return runId;
      }),
    );
    const { lastGood: runId } = await place.run('job');
    const key = placeKey(runId as string, 'one');
    const keys = server.arrivals.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([key, `${key}-2`, placeKey(runId as string, null)]);
  });

  it('is the same in every attempt', async () => {
    server.answer = inTurn(ok(), json(500), ok());
    await open(
      job(
        ({ step, service }) =>
          step('one', async () => {
            await service('api').fetch('/a');
            await service('api').fetch('/b');
          }),
        {},
        { retry: twoTries },
      ),
    );
    const run = place.run('job');
    await place.state('engine/job', 'backoff');
    await place.clock.advance(1_000);
    expect((await run).last?.result).toBe('success');
    const keys = server.arrivals.map(({ path, headers }) => `${path} ${headers['idempotency-key']}`);
    expect(keys.slice(2)).toEqual(keys.slice(0, 2));
  });

  it('is the same after a crash in the middle of the call', async () => {
    server.answer = inTurn(silence, ok());
    await open(job(({ step, service }) => step('one', async () => void (await service('api').fetch('/a')))));
    await place.trigger('job');
    await server.arrival(1);
    await place.crash();
    await place.reached('engine/job', ({ context: { last } }) => last !== null);
    const keys = server.arrivals.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(keys[1]).toBe(keys[0]);
  });

  it("leaves a key of the job's own alone", async () => {
    await open(job(call('/', { headers: { 'idempotency-key': 'mine' } })));
    await place.run('job');
    expect(server.arrivals[0]?.headers['idempotency-key']).toBe('mine');
  });

  it('travels in the header that the service wants it in', async () => {
    await open(job(get, { idempotencyHeader: 'X-Request-Id' }));
    await place.run('job');
    expect(server.arrivals[0]?.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(server.arrivals[0]?.headers['idempotency-key']).toBeUndefined();
  });
});

describe('an answer that is no success', () => {
  it.each([
    [400, 'bug', 'failure'],
    [403, 'fatal', 'failure'],
    [404, 'bug', 'failure'],
    [409, 'bug', 'failure'],
    [422, 'bug', 'failure'],
  ])('%s is of class %s and not tried again', async (status, name) => {
    server.answer = json(status);
    await open(job(get, {}, { retry: twoTries }));
    const { failure, last } = await place.run('job');
    expect(last?.result).toBe('failure');
    expect(failure).toMatchObject({ class: name, code: `HTTP_${status}`, service: 'api', status });
    expect(server.arrivals).toHaveLength(1);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])('%s is tried again', async (status) => {
    server.answer = inTurn(json(status), ok({ well: true }));
    await open(job(get, {}, { retry: twoTries }));
    const run = place.run('job');
    const { context } = await place.state('engine/job', 'backoff');
    expect(context.failure).toMatchObject({ class: 'recoverable', code: `HTTP_${status}`, service: 'api' });
    await place.clock.advance(1_000);
    expect((await run).lastGood).toEqual({ well: true });
  });

  it('with Retry-After is not tried again before that', async () => {
    server.answer = inTurn(json(429, {}, { 'retry-after': '120' }), ok());
    await open(job(get, {}, { retry: twoTries }));
    const run = place.run('job');
    await place.state('engine/job', 'backoff');
    await place.clock.advance(119_999);
    expect(server.arrivals).toHaveLength(1);
    expect(place.at('engine/job').value).toBe('backoff');
    await place.clock.advance(1);
    expect((await run).last?.result).toBe('success');
  });

  it('says nothing of its body, which may quote what was sent', async () => {
    server.answer = json(400, { message: 'the key canary-0815 is wrong' });
    await open(job(get));
    expect(JSON.stringify((await place.run('job')).failure)).not.toContain('canary');
  });

  it('whose body never ends fails when the time is up', async () => {
    server.answer = ({ response }) => response.writeHead(500).write('a beginning');
    await open(job(get));
    const run = place.run('job');
    await server.arrival(1);
    await place.clock.advance(5_000);
    expect((await run).failure).toMatchObject({ class: 'recoverable' });
  });
});

describe('a call that gets no answer', () => {
  it('ends when its time is up, and its connection with it', async () => {
    server.answer = silence;
    await open(job(get));
    const run = place.run('job');
    const arrival = await server.arrival(1);
    await place.clock.advance(4_999);
    expect(place.at('engine/job').value).toBe('running');
    await place.clock.advance(1);
    expect((await run).failure).toMatchObject({ class: 'recoverable', code: 'TIMEOUT', service: 'api' });
    await arrival.hungUp;
  });

  it('may be tried again when its connection was reset', async () => {
    server.answer = inTurn((arrival) => arrival.reset(), ok());
    await open(job(get, {}, { retry: twoTries }));
    const run = place.run('job');
    const { context } = await place.state('engine/job', 'backoff');
    expect(context.failure).toMatchObject({ class: 'recoverable', code: 'ECONNRESET', service: 'api' });
    await place.clock.advance(1_000);
    expect((await run).last?.result).toBe('success');
  });

  it('may be tried again when nobody listened', async () => {
    await server.close();
    await open(job(get, {}, { retry: twoTries }));
    const run = place.run('job');
    const { context } = await place.state('engine/job', 'backoff');
    expect(context.failure).toMatchObject({ class: 'recoverable', code: 'ECONNREFUSED' });
    await server.listen();
    await place.clock.advance(1_000);
    expect((await run).last?.result).toBe('success');
  });

  it('ends with the signal that the job gave it', async () => {
    server.answer = silence;
    const own = new AbortController();
    await open(job(call('/', { signal: own.signal })));
    const run = place.run('job');
    const arrival = await server.arrival(1);
    own.abort();
    expect((await run).last?.result).toBe('failure');
    await arrival.hungUp;
  });

  it('ends when an operator pauses its engine', async () => {
    server.answer = inTurn(silence, ok());
    await open(job(get));
    const run = place.run('job');
    const arrival = await server.arrival(1);
    await place.host.send('engine/job', { type: 'engine.pause' });
    await arrival.hungUp;
    await place.host.send('engine/job', { type: 'engine.resume' });
    expect((await run).last?.result).toBe('success');
  });
});

describe('a body that stalls', () => {
  it('fails what reads it, by name', async () => {
    server.answer = ({ response }) => response.writeHead(200).write('a beginning');
    await open(job(get));
    const run = place.run('job');
    await server.arrival(1);
    await place.reached('breaker/api', ({ context }) => context.recent === 's');
    await place.clock.advance(4_999);
    expect(place.at('engine/job').value).toBe('running');
    await place.clock.advance(1);
    expect((await run).failure).toMatchObject({ class: 'recoverable', code: 'BODY_STALLED', service: 'api' });
    expect(place.at('breaker/api').context.recent).toBe('f');
  });

  it('may come as slowly as it likes while something comes', async () => {
    const asked = Promise.withResolvers<(text: string) => void>();
    server.answer = ({ response }) => {
      response.writeHead(200).write('0');
      asked.resolve((text) => (text === '' ? response.end() : response.write(text)));
    };
    const parts: string[] = [];
    let arrived = Promise.withResolvers<void>();
    await open(
      job(async ({ service }) => {
        const { body } = await service('api').fetch('/');
        for await (const part of body ?? []) {
          parts.push(Buffer.from(part).toString());
          arrived.resolve();
        }
        return parts.join('');
      }),
    );
    const run = place.run('job');
    const send = await asked.promise;
    for (const text of ['1', '2', '3', '']) {
      await arrived.promise;
      arrived = Promise.withResolvers();
      await place.clock.advance(4_000);
      send(text);
    }
    expect((await run).lastGood).toBe('0123');
  });

  it('opens the breaker when it breaks off again and again', async () => {
    server.answer = ({ response, reset }) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setImmediate(reset);
    };
    const read = async ({ service }: RunScope) => (await service('api').fetch('/')).text();
    await open(job(read, { breaker: { failures: 3, of: 100, atLeast: 100 } }));
    for (let n = 0; n < 3; n++) await place.run('job');
    await place.state('breaker/api', 'open');
    expect(server.arrivals).toHaveLength(3);
  });

  it('that breaks off in the middle is tried again', async () => {
    const half = Promise.withResolvers<() => void>();
    server.answer = inTurn(({ response, reset }) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      half.resolve(reset);
    }, ok());
    await open(job(get, {}, { retry: twoTries }));
    const run = place.run('job');
    const reset = await half.promise;
    await place.reached('breaker/api', ({ context }) => context.recent === 's');
    reset();
    await place.state('engine/job', 'backoff');
    await place.clock.advance(1_000);
    expect((await run).last?.result).toBe('success');
  });
});

describe('call(fn)', () => {
  it('guards any other client in the same way', async () => {
    const seen: unknown[] = [];
    await open(
      job(
        ({ service, runId }) =>
          service('api').call(async ({ signal, idempotencyKey, authorization }) => {
            seen.push(signal.aborted, idempotencyKey === placeKey(runId, null), authorization);
            return 'from the SDK';
          }),
        { token: 'static' },
        { tokens: { static: bearer('canary-bearer') } },
      ),
    );
    expect((await place.run('job')).lastGood).toBe('from the SDK');
    expect(seen).toEqual([false, true, { Authorization: 'Bearer canary-bearer' }]);
  });

  it('classifies what the client throws and tells the breaker', async () => {
    await open(
      job(({ service }) =>
        service('api').call(() => Promise.reject(Object.assign(new Error('busy'), { status: 503 }))),
      ),
    );
    expect((await place.run('job')).failure).toMatchObject({ class: 'recoverable', service: 'api', status: 503 });
    expect(place.at('breaker/api').context.recent).toBe('f');
  });

  it('leaves a client behind that ignores its signal', async () => {
    const begun = Promise.withResolvers<void>();
    await open(
      job(({ service }) =>
        service('api').call(() => {
          begun.resolve();
          return new Promise(() => {});
        }),
      ),
    );
    const run = place.run('job');
    await begun.promise;
    await place.clock.advance(5_000);
    expect((await run).failure?.code).toBe('TIMEOUT');
  });

  it('that throws before it returns a promise harms nobody, also when the run is aborted later', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const caught = Promise.withResolvers<void>();
    await open(
      job(async ({ service }) => {
        const broken = () => {
          throw new TypeError('at once');
        };
        await service('api')
          .call(broken)
          .catch(() => caught.resolve());
        await new Promise(() => {});
      }),
    );
    await place.trigger('job');
    await caught.promise;
    await place.host.send('engine/job', { type: 'engine.pause' });
    await place.clock.advance(0);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('leaves nothing listening once it has ended', async () => {
    const signals: AbortSignal[] = [];
    const note = async ({ signal }: CallScope) => void signals.push(signal);
    await open(job(({ service }) => service('api').call(note)));
    await place.run('job');
    expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toEqual([0]);
  });
});

describe('the breaker', () => {
  const breaker = { failures: 2, cooldown: '1m', probeTimeout: '30s' } as const;

  it('lets no request leave once it is open', async () => {
    server.answer = json(500);
    await open(job(get, { breaker }));
    await place.run('job');
    await place.run('job');
    expect(place.at('breaker/api').value).toBe('open');
    await place.trigger('job');
    const { context } = await place.state('engine/job', 'held.forActor');
    expect(context.hold).toMatchObject({ address: 'breaker/api', tag: 'admitting' });
    expect(server.arrivals).toHaveLength(2);
  });

  it('lets the held run go on when its cooldown is over', async () => {
    server.answer = inTurn(json(500), json(500), ok());
    await open(job(get, { breaker }));
    await place.run('job');
    await place.run('job');
    await place.trigger('job');
    await place.state('engine/job', 'held.forActor');
    await place.clock.advance(59_999);
    expect(server.arrivals).toHaveLength(2);
    await place.clock.advance(1);
    await place.reached('engine/job', ({ context }) => context.last?.result === 'success');
    expect(place.at('breaker/api').value).toBe('closed');
    expect(server.arrivals).toHaveLength(3);
  });

  it('gives the probe to exactly one of many who call at once', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `e${n}`);
    server.answer = json(500);
    const { services } = job(get, { breaker: { ...breaker, failures: 1 } });
    await open({
      services: services ?? {},
      engines: names.map((name) => engine(name, { retry: oneTry, run: get })),
    });
    await place.run('e0');
    expect(server.arrivals).toHaveLength(1);
    await Promise.all(names.map((name) => place.trigger(name)));
    await Promise.all(names.map((name) => place.state(`engine/${name}`, 'held.forActor')));
    const probe = Promise.withResolvers<() => void>();
    server.answer = (arrival) => probe.resolve(() => ok()(arrival));
    await place.clock.advance(60_000);
    const answer = await probe.promise;
    await place.clock.advance(0);
    expect(server.arrivals).toHaveLength(2);
    expect(place.at('breaker/api').value).toEqual({ halfOpen: 'probing' });
    server.answer = ok();
    answer();
    const well = names.map((name) =>
      place.reached(`engine/${name}`, ({ context: { last } }) => last?.result === 'success'),
    );
    await Promise.all(well);
    expect(server.arrivals).toHaveLength(21);
  });

  it('lets those who waited for it go on one by one, within a tenth of the time that they waited', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `e${n}`);
    server.answer = json(500);
    const { services } = job(get, { breaker: { ...breaker, failures: 1 } });
    await open({ services: services ?? {}, engines: names.map((name) => engine(name, { retry: oneTry, run: get })) });
    place.chance = seededRandom(5);
    await place.run('e0');
    await Promise.all(names.map((name) => place.trigger(name)));
    await Promise.all(names.map((name) => place.state(`engine/${name}`, 'held.forActor')));
    server.answer = ok();
    const began: number[] = [];
    place.host.inspect({
      transition: ({ event, at }) => {
        if (event.type === 'xstate.done.actor.clearance') began.push(at);
      },
    });
    const openedAt = place.clock.now();
    await place.clock.advance(60_000);
    expect(server.arrivals).toHaveLength(1);
    while (began.length < names.length && place.clock.now() < openedAt + 180_000) {
      await place.clock.advance(50);
      await nextTurn();
    }
    const waited = began.map((at) => at - openedAt);
    expect(new Set(waited).size).toBe(names.length);
    expect(Math.min(...waited)).toBeGreaterThan(60_000);
    expect(Math.max(...waited)).toBeLessThan(60_000 * 1.1 * 1.1);
  });

  it('gives up a turn that it waits for when the service stops, and waits on after the restart', async () => {
    server.answer = json(500);
    await open(job(get, { breaker: { ...breaker, failures: 1 } }));
    place.chance = () => 0.5;
    await place.run('job');
    await place.trigger('job');
    await place.state('engine/job', 'held.forActor');
    await place.clock.advance(60_000);
    expect(place.at('engine/job').value).toEqual({ held: 'forActor' });
    expect(server.arrivals).toHaveLength(1);
    server.answer = ok();
    await place.restart();
    await place.clock.advance(3_000);
    await place.reached('engine/job', ({ context }) => context.last?.result === 'success');
    // A wait that had failed would have cost an attempt.
    expect((await place.ledger('engine/job')).at(-1)).toMatchObject({ result: 'success', attempts: 1 });
  });

  it('gets the probe back from a run that is paused in the middle of it', async () => {
    server.answer = inTurn(json(500), json(500), silence);
    await open(job(get, { breaker }));
    await place.run('job');
    await place.run('job');
    await place.trigger('job');
    await place.state('engine/job', 'held.forActor');
    await place.clock.advance(60_000);
    await server.arrival(3);
    const back = place.state('breaker/api', 'halfOpen.ready');
    await place.host.send('engine/job', { type: 'engine.pause' });
    await back;
    expect(place.at('breaker/api').context.probe).toBeNull();
  });

  it('takes a probe for lost that died with its process, and waits again', async () => {
    server.answer = inTurn(json(500), json(500), silence);
    const definition = job(get, { breaker });
    await open(definition);
    await place.run('job');
    await place.run('job');
    await place.trigger('job');
    await place.state('engine/job', 'held.forActor');
    await place.clock.advance(60_000);
    await server.arrival(3);
    await place.crash({ ...definition, engines: [] });
    expect(place.at('breaker/api').value).toEqual({ halfOpen: 'probing' });
    await place.clock.advance(30_000);
    expect(place.at('breaker/api')).toMatchObject({ value: 'open', context: { failedProbes: 1 } });
  });

  it('gives a probe its whole time again when the run that made it comes back and asks', async () => {
    server.answer = inTurn(json(500), json(500), silence, silence);
    const definition = job(get, { breaker });
    await open(definition);
    await place.run('job');
    await place.run('job');
    await place.trigger('job');
    await place.state('engine/job', 'held.forActor');
    await place.clock.advance(60_000);
    await server.arrival(3);
    await place.crash(definition, 30_000);
    await server.arrival(4);
    await place.clock.advance(0);
    expect(place.at('breaker/api')).toMatchObject({
      value: { halfOpen: 'probing' },
      context: { probe: { startedAt: place.clock.now() } },
    });
  });

  it('is not opened by 429, by 4xx or by an error of the job', async () => {
    server.answer = inTurn(json(429), json(404), json(400), json(429));
    await open(job(get, { breaker: { ...breaker, failures: 1 } }));
    for (let n = 0; n < 4; n++) await place.run('job');
    expect(place.at('breaker/api').value).toBe('closed');
    expect(server.arrivals).toHaveLength(4);
  });

  describe('over a length of time', () => {
    const over = { failures: 99, within: '10m', atLeast: 4, rate: 0.5 } as const;
    const answers = (...statuses: number[]) => {
      server.answer = inTurn(...(statuses.map((status) => json(status)) as [ReturnType<typeof json>]));
    };
    const runAll = async (count: number) => {
      for (let n = 0; n < count; n++) await place.run('job');
    };

    it('opens on the share of calls that failed within it, whatever was before', async () => {
      answers(500, 500, 500, 200, 200, 200, 500, 500, 500);
      await open(job(get, { breaker: over }));
      await runAll(3);
      await place.clock.advance(600_000);
      await runAll(5);
      expect(place.at('breaker/api').value).toBe('closed');
      await runAll(1);
      expect(place.at('breaker/api')).toMatchObject({
        value: 'open',
        context: { reason: expect.stringContaining('3 of the 6 calls within 10m failed') },
      });
    });

    it('costs a healthy service no writes', async () => {
      await open(job(get, { breaker: over }));
      await runAll(over.failures);
      place.writes.length = 0;
      await runAll(5);
      expect(place.writes.flat().filter((key) => key === 'actor:breaker/api')).toEqual([]);
      expect(place.at('breaker/api').context.tally).toMatchObject([{ calls: over.failures + 5 }]);
    });

    it('knows after a crash what it knew at its last failure', async () => {
      answers(200, 500, 200, 200, 500);
      await open(job(get, { breaker: { ...over, failures: 2, atLeast: 9 } }));
      await runAll(2);
      await place.crash();
      expect(place.at('breaker/api').context.tally).toMatchObject([{ calls: 2, failed: 1 }]);
    });
  });

  it('of one service leaves the other services alone', async () => {
    const other = await newServer();
    server.answer = json(500);
    await open({
      services: { api: { url: server.url, breaker: { failures: 1 } }, well: { url: other.url } },
      engines: [
        engine('job', { retry: oneTry, run: get }),
        engine('well', {
          run: ({ service }) =>
            service('well')
              .fetch('/')
              .then((answer) => answer.json()),
        }),
      ],
    });
    await place.run('job');
    expect(place.at('breaker/api').value).toBe('open');
    expect((await place.run('well')).last?.result).toBe('success');
  });

  it('that opens while a call waits for the disk keeps that call from leaving', async () => {
    const failed = Promise.withResolvers<() => void>();
    server.answer = (arrival) => failed.resolve(() => json(500)(arrival));
    const gate = Promise.withResolvers<void>();
    const atGate = Promise.withResolvers<void>();
    const services = { api: { url: server.url, breaker: { failures: 1 } } };
    await open({
      services,
      engines: [
        engine('first', { retry: oneTry, run: get }),
        engine('second', {
          retry: oneTry,
          async run(scope) {
            atGate.resolve();
            await gate.promise;
            return get(scope);
          },
        }),
      ],
    });
    const first = place.run('first');
    const fail = await failed.promise;
    await place.trigger('second');
    await atGate.promise;
    const release = place.holdWrites();
    changeSettings('breaker/api', { failures: 1, cooldownMs: 61_000 });
    gate.resolve();
    await place.clock.advance(0);
    fail();
    await place.inMemory('breaker/api', ({ value }) => value === 'open');
    release();
    await first;
    await place.state('engine/second', 'held.forActor');
    expect(server.arrivals).toHaveLength(1);
  });
});

describe('a token', () => {
  it('travels in its header', async () => {
    await open(job(get, { token: 'key' }, { tokens: { key: apiKey('canary-key', { header: 'X-Api-Key' }) } }));
    await place.run('job');
    expect(server.arrivals[0]?.headers).toMatchObject({ 'x-api-key': 'canary-key' });
    expect(server.arrivals[0]?.headers.authorization).toBeUndefined();
  });

  it("replaces a header of the job's own", async () => {
    const own = call('/', { headers: { authorization: 'Bearer stale' } });
    await open(job(own, { token: 'auth' }, { tokens: { auth: bearer('canary-bearer') } }));
    await place.run('job');
    expect(server.arrivals[0]?.headers.authorization).toBe('Bearer canary-bearer');
  });

  it.each([
    ['another host', (other: string) => `${other}/steal`],
    ['another scheme', () => server.url.replace('http:', 'https:')],
    ['another port', () => 'http://127.0.0.1:1/x'],
    ['a user name in the host', (other: string) => other.replace('http://', `http://${new URL(server.url).host}@`)],
    ['no host at all', () => 'data:text/plain,x'],
  ])('does not leave for %s', async (_, target) => {
    const other = await newServer();
    await open(
      job(
        ({ service }) => service('api').fetch(target(other.url)),
        { token: 'auth' },
        { tokens: { auth: bearer('canary-bearer') } },
      ),
    );
    const { failure } = await place.run('job');
    expect(failure).toMatchObject({ class: 'bug', code: 'SERVICE_MISUSED' });
    expect(JSON.stringify(failure)).not.toContain('canary');
    expect(other.arrivals).toEqual([]);
    expect(place.at('breaker/api').context.recent).toBe('');
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %s to another origin', async (status) => {
    const other = await newServer();
    server.answer = ({ response }) => response.writeHead(status, { location: `${other.url}/elsewhere` }).end();
    await open(job(get, { token: 'auth' }, { tokens: { auth: bearer('canary-bearer') } }));
    await place.run('job');
    expect(other.arrivals.map(({ headers }) => headers.authorization)).toEqual(other.arrivals.map(() => undefined));
    expect(JSON.stringify(other.arrivals.map(({ headers }) => headers))).not.toContain('canary');
  });

  it.each([301, 302, 303, 307, 308])(
    'in a header of its own does not follow a %s to another origin',
    async (status) => {
      const other = await newServer();
      server.answer = ({ response }) => response.writeHead(status, { location: `${other.url}/elsewhere` }).end();
      await open(job(get, { token: 'key' }, { tokens: { key: apiKey('canary-key', { header: 'X-Api-Key' }) } }));
      await place.run('job');
      expect(JSON.stringify(other.arrivals.map(({ headers }) => headers))).not.toContain('canary');
    },
  );

  it.each(['auth', 'key'])('follows a redirect within the origin: %s', async (token) => {
    server.answer = inTurn(({ response }) => response.writeHead(307, { location: '/moved' }).end(), ok());
    const tokens = { auth: bearer('canary-bearer'), key: apiKey('canary-key', { header: 'X-Api-Key' }) };
    await open(job(get, { token }, { tokens }));
    expect((await place.run('job')).last?.result).toBe('success');
    const { headers = {}, path } = server.arrivals[1] ?? {};
    expect(path).toBe('/moved');
    expect(headers.authorization ?? headers['x-api-key']).toMatch(/canary/);
  });
});

describe('a key in a header of its own', () => {
  it('is not sent a second time with a request that changes something', async () => {
    server.answer = inTurn(({ response }) => response.writeHead(307, { location: '/moved' }).end(), ok());
    const post = call('/', { method: 'POST', body: 'text' });
    const tokens = { key: apiKey('canary-key', { header: 'X-Api-Key' }) };
    await open(job(post, { token: 'key' }, { tokens }));
    expect((await place.run('job')).failure).toMatchObject({ class: 'bug', code: 'HTTP_307' });
    expect(server.arrivals).toHaveLength(1);
  });

  it('follows no endless chain of redirects', async () => {
    server.answer = ({ response }) => response.writeHead(302, { location: '/again' }).end();
    const tokens = { key: apiKey('canary-key', { header: 'X-Api-Key' }) };
    await open(job(get, { token: 'key' }, { tokens }));
    expect((await place.run('job')).failure?.code).toBe('HTTP_302');
    expect(server.arrivals).toHaveLength(21);
  });
});

it('cut short by a drain says nothing of the service', async () => {
  const out = Promise.withResolvers<() => void>();
  let drained = false;
  const run = ({ service, step }: RunScope) =>
    service('api').call(async () => {
      if (!drained) await new Promise<void>((go) => out.resolve(go));
      return step('inside', () => 'well');
    });
  await open(job(run, { breaker: { failures: 1 } }));
  await place.trigger('job');
  const go = await out.promise;
  drained = true;
  place.host.drain();
  go();
  await place.host.idle();
  expect(place.at('breaker/api')).toMatchObject({ value: 'closed', context: { recent: '' } });
  await place.restart();
  const { context } = await place.reached('engine/job', ({ context: { last } }) => last !== null);
  expect(context.lastGood).toBe('well');
});

describe('a 401', () => {
  /** An authorization server beside the service. */
  async function withToken(retry: object = oneTry, token = {}) {
    const auth = await newServer();
    let issued = 0;
    auth.answer = (arrival) => {
      issued += 1;
      ok({ access_token: `access-${issued}`, token_type: 'bearer', expires_in: 3_600 })(arrival);
    };
    const definition = job(
      async ({ step, service }) => {
        await step('one', async () => void (await service('api').fetch('/one')));
        await step('two', async () => void (await service('api').fetch('/two')));
        return 'done';
      },
      { token: 'auth' },
      {
        retry,
        tokens: {
          auth: clientCredentials({ tokenUrl: `${auth.url}/token`, clientId: 'me', clientSecret: 'secret', ...token }),
        },
      },
    );
    await open(definition);
    await place.state('token/auth', 'fresh');
    return auth;
  }
  const refused = json(401, { error: 'expired' });
  const sent = () => server.arrivals.map(({ path, headers }) => `${path} ${headers.authorization}`);

  it('refreshes the token once and does the same step again, once', async () => {
    server.answer = inTurn(ok(), refused, ok());
    const auth = await withToken();
    const { last, lastGood } = await place.run('job');
    expect(last?.result).toBe('success');
    expect(lastGood).toBe('done');
    expect(sent()).toEqual(['/v1/one Bearer access-1', '/v1/two Bearer access-1', '/v1/two Bearer access-2']);
    const keys = server.arrivals.map(({ headers }) => headers['idempotency-key']);
    expect(keys[2]).toBe(keys[1]);
    expect(auth.arrivals).toHaveLength(2);
  });

  it('costs none of the tries of the run', async () => {
    server.answer = inTurn(refused, ok());
    await withToken();
    await place.run('job');
    expect(await place.ledger('engine/job')).toMatchObject([{ result: 'success', attempts: 1 }]);
  });

  it('is mended once for each step', async () => {
    server.answer = inTurn(refused, ok(), refused, ok());
    await withToken();
    expect((await place.run('job')).last?.result).toBe('success');
    expect(server.arrivals.map(({ path }) => path)).toEqual(['/v1/one', '/v1/one', '/v1/two', '/v1/two']);
  });

  it('for the second time fails the run', async () => {
    server.answer = refused;
    const auth = await withToken({ ...twoTries, tries: 5 });
    const { last, failure } = await place.run('job');
    expect(last?.result).toBe('failure');
    expect(failure).toMatchObject({ class: 'critical', code: 'HTTP_401', service: 'api', token: 'auth', step: 'one' });
    expect(server.arrivals).toHaveLength(2);
    expect(auth.arrivals.length).toBeLessThanOrEqual(3);
    // Whoever gives the tokens may come to reason by itself.
    expect(place.at('engine/job').context.failures).toBe(0);
  });

  it('holds the run at once when only a person can give another token', async () => {
    server.answer = refused;
    const tokens = { auth: bearer('a-bearer-token') };
    const services = { api: { url: server.url, token: 'auth' } };
    await open({ tokens, services, engines: [engine('job', { run: get })] });
    const held = place.state('engine/job', 'held.forActor');
    await place.trigger('job');
    // The clock stands still: it waited for nothing.
    const { context } = await held;
    expect(context.hold).toMatchObject({ address: 'token/auth', reason: expect.stringContaining('revoked') });
    expect(server.arrivals).toHaveLength(1);
  });

  it('does not open the breaker', async () => {
    server.answer = inTurn(refused, ok());
    await withToken();
    await place.run('job');
    expect(place.at('breaker/api').context.recent).toBe('ss');
  });

  it('for many at once refreshes the token once', async () => {
    const auth = await newServer();
    let issued = 0;
    auth.answer = (arrival) => {
      issued += 1;
      ok({ access_token: `access-${issued}`, token_type: 'bearer', expires_in: 3_600 })(arrival);
    };
    const names = Array.from({ length: 10 }, (_, n) => `e${n}`);
    const waiting: (() => void)[] = [];
    const all = Promise.withResolvers<void>();
    server.answer = (arrival) => {
      if (arrival.headers.authorization !== 'Bearer access-1') return ok()(arrival);
      if (waiting.push(() => refused(arrival)) === names.length) all.resolve();
    };
    await open({
      tokens: { auth: clientCredentials({ tokenUrl: auth.url, clientId: 'me', clientSecret: 'secret' }) },
      services: { api: { url: server.url, token: 'auth' } },
      engines: names.map((name) => engine(name, { retry: oneTry, run: get })),
    });
    await place.state('token/auth', 'fresh');
    const runs = names.map((name) => place.run(name));
    await all.promise;
    for (const refuse of waiting) refuse();
    const results = await Promise.all(runs);
    expect(results.map(({ last }) => last?.result)).toEqual(names.map(() => 'success'));
    expect(auth.arrivals).toHaveLength(2);
  });

  it('from a service without a token fails the run', async () => {
    server.answer = refused;
    await open(job(get, {}, { retry: twoTries }));
    expect((await place.run('job')).failure).toMatchObject({ class: 'critical', code: 'HTTP_401' });
    expect(server.arrivals).toHaveLength(1);
  });

  it('to a configured credential stops its use until a person acts, and says so', async () => {
    server.answer = refused;
    await open(job(get, { token: 'auth' }, { tokens: { auth: bearer('canary-bearer') } }));
    await place.trigger('job');
    await place.state('token/auth', 'revoked');
    await place.state('engine/job', 'refreshing');
    await place.clock.advance(60_000);
    const { context } = await place.state('engine/job', 'held.forActor');
    expect(context.hold).toMatchObject({ address: 'token/auth' });
    await place.clock.advance(3_600_000);
    expect(server.arrivals).toHaveLength(1);
    expect(JSON.stringify(place.at('token/auth').context)).not.toContain('canary');
  });
});

describe('a token that expires', () => {
  /** Tokens that live for 100 s; the slow answers of the authorization server are given by hand. */
  async function withShortToken(gate = Promise.resolve()) {
    const auth = await newServer();
    const asked: (() => void)[] = [];
    let issued = 0;
    auth.answer = (arrival) => {
      issued += 1;
      const answer = ok({ access_token: `access-${issued}`, token_type: 'bearer', expires_in: 100 });
      if (issued === 1) answer(arrival);
      else asked.push(() => answer(arrival));
    };
    const token = { tokenUrl: auth.url, clientId: 'me', clientSecret: 'secret', refreshBefore: '20s' };
    const run = (scope: RunScope) => gate.then(() => get(scope));
    await open(job(run, { token: 'auth' }, { tokens: { auth: clientCredentials(token) } }));
    await place.state('token/auth', 'fresh');
    return { auth, asked };
  }

  it('serves while the refresh is under way, and no longer', async () => {
    const { auth, asked } = await withShortToken();
    await place.clock.advance(80_000);
    await auth.arrival(2);
    expect((await place.run('job')).last?.result).toBe('success');
    await place.clock.advance(10_500);
    const waiting = place.run('job');
    await place.clock.advance(0);
    expect(server.arrivals).toHaveLength(1);
    asked[0]?.();
    expect((await waiting).last?.result).toBe('success');
    expect(server.arrivals.map(({ headers }) => headers.authorization)).toEqual(['Bearer access-1', 'Bearer access-2']);
    expect(auth.arrivals).toHaveLength(2);
  });

  it('holds the run when the refresh takes longer than a call may, and lets it go on afterwards', async () => {
    const { auth, asked } = await withShortToken();
    await place.clock.advance(80_000);
    await auth.arrival(2);
    await place.clock.advance(11_000);
    await place.trigger('job');
    await place.clock.advance(5_000);
    await place.state('engine/job', 'held.forActor');
    asked[0]?.();
    await place.reached('engine/job', ({ context: { last } }) => last?.result === 'success');
    expect(server.arrivals).toHaveLength(1);
  });

  it('is not sent when it expired while the call waited for the disk', async () => {
    const gate = Promise.withResolvers<void>();
    const { auth, asked } = await withShortToken(gate.promise);
    await place.trigger('job');
    await place.clock.advance(0);
    const releaseBreaker = place.holdWrites();
    changeSettings('breaker/api', { cooldownMs: 61_000 });
    gate.resolve();
    await place.clock.advance(0);
    changeSettings('token/auth', { refreshBeforeMs: 19_000 });
    releaseBreaker();
    const releaseToken = place.holdWrites();
    await place.clock.advance(95_000);
    expect(server.arrivals).toEqual([]);
    releaseToken();
    await auth.arrival(2);
    await place.clock.advance(0);
    expect(server.arrivals).toEqual([]);
    asked[0]?.();
    await place.reached('engine/job', ({ context: { last } }) => last?.result === 'success');
    expect(server.arrivals.map(({ headers }) => headers.authorization)).toEqual(['Bearer access-2']);
  });
});

/** Leaves the actor with a change that is not on disk yet. */
function changeSettings(address: 'breaker/api' | 'token/auth', change: object) {
  const { settings } = place.at(address).context;
  void place.host.send(address, { type: 'settings.changed', settings: { ...settings, ...change } } as never);
}
