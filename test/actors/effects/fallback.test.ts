/**
 * Fallback against real servers: who is called, who is called instead, and who is waited for.
 */
import { type ConfigDefinition, engine, type RunScope, type ServiceClient } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, HttpServer, inTurn, json, ok, silence } from './http-server.ts';
import { Workplace } from './workplace.ts';

let place: Workplace;
let groq: HttpServer;
let ollama: HttpServer;

beforeEach(async () => {
  [groq, ollama] = [await HttpServer.open(), await HttpServer.open()];
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await groq.close();
  await ollama.close();
});

type Services = NonNullable<ConfigDefinition['services']>;

const ask = async (llm: ServiceClient) => (await (await llm.fetch('/chat')).json()) as object;
const inStep = ({ step, service }: RunScope) => step('ask', () => ask(service('llm')));

async function open(run: (scope: RunScope) => unknown = inStep, more: { groq?: object; ollama?: object } = {}) {
  const services: Services = {
    groq: { url: groq.url, breaker: { failures: 1, cooldown: '1m' }, ...more.groq },
    ollama: { url: ollama.url, breaker: { failures: 1, cooldown: '1m' }, ...more.ollama },
    llm: { fallback: ['groq', 'ollama'] },
  };
  place = await Workplace.open({ services, engines: [engine('job', { retry: { tries: 1 }, maxFailures: 99, run })] });
}

const keys = (server: HttpServer) => server.arrivals.map(({ headers }) => headers['idempotency-key']);
const entries = async () => (await place.ledger('engine/job')).map(({ result, served }) => ({ result, served }));
const isHeld = () => place.state('engine/job', 'held.forActor');

describe('a service that stands for several', () => {
  it('is the first one while that is well', async () => {
    await open();
    await place.run('job');
    expect([groq.arrivals.length, ollama.arrivals.length]).toEqual([1, 0]);
    expect(await entries()).toEqual([{ result: 'success', served: { llm: ['groq'] } }]);
  });

  it('is the next when the first one fails, in the same call and under the same key', async () => {
    await open();
    groq.answer = json(500);
    await place.run('job');
    expect(await entries()).toEqual([{ result: 'success', served: { llm: ['ollama'] } }]);
    expect(keys(groq)).toEqual(keys(ollama));
  });

  it('leaves the first one alone while its breaker is open, and is back at it when it is well', async () => {
    await open();
    groq.answer = inTurn(json(500), ok());
    await place.run('job');
    await place.run('job');
    expect([groq.arrivals.length, ollama.arrivals.length]).toEqual([1, 2]);
    await place.clock.advance(60_000);
    await place.run('job');
    expect([groq.arrivals.length, ollama.arrivals.length]).toEqual([2, 2]);
    expect(place.at('breaker/groq').value).toBe('closed');
    expect((await entries()).map(({ served }) => served?.llm)).toEqual([['ollama'], ['ollama'], ['groq']]);
  });

  it.each([
    ['its quota is used up', { quota: { limit: 1, per: 'hour' } }],
    ['its token is refused', { token: 'key' }],
  ])('is the next when %s', async (_, more) => {
    const services: Services = {
      groq: { url: groq.url, ...(more as object) },
      ollama: { url: ollama.url },
      llm: { fallback: ['groq', 'ollama'] },
    };
    const tokens = { key: { grant: 'static', secret: 'a-secret', header: 'Authorization', scheme: 'Bearer' } } as const;
    place = await Workplace.open({ tokens, services, engines: [engine('job', { run: inStep })] });
    groq.answer = inTurn(json('token' in more ? 401 : 200), ok());
    await place.run('job');
    await place.run('job');
    expect(groq.arrivals).toHaveLength(1);
    expect((await entries()).at(-1)).toEqual({ result: 'success', served: { llm: ['ollama'] } });
  });

  it('is not tried elsewhere when the call itself is wrong', async () => {
    await open();
    groq.answer = json(400);
    const { last, failure } = await place.run('job');
    expect([last?.result, failure?.status]).toEqual(['failure', 400]);
    expect(ollama.arrivals).toHaveLength(0);
  });

  it.each([402, 404, 410, 413, 451])(
    'is the next when the first one answers %i: that speaks of it alone',
    async (status) => {
      await open();
      groq.answer = json(status);
      await place.run('job');
      expect(await entries()).toEqual([{ result: 'success', served: { llm: ['ollama'] } }]);
    },
  );

  it.each([
    ['400', ({ service }: RunScope) => ask(service('llm')), 400],
    ['422', ({ service }: RunScope) => ask(service('llm')), 422],
    [
      'a bug of the job',
      ({ service }: RunScope) => service('llm').call(() => Promise.reject(new TypeError('mine'))),
      200,
    ],
  ])('is not tried elsewhere for %s', async (_, run, status) => {
    await open(run);
    groq.answer = json(status);
    expect((await place.run('job')).failure?.class).toBe('bug');
    expect(ollama.arrivals).toHaveLength(0);
  });

  it('tries the run again when all of them fail in passing', async () => {
    await open();
    groq.answer = json(503);
    ollama.answer = json(502);
    const { failure } = await place.run('job');
    expect(failure).toMatchObject({ class: 'recoverable', step: 'ask' });
    expect(failure?.message).toMatch(/^llm: none of its services answered\. .*503.*502/);
  });

  it('holds the run when none may be called, until any of them may', async () => {
    await open(inStep, { groq: { breaker: { failures: 1, cooldown: '10m' } } });
    groq.answer = json(500);
    ollama.answer = inTurn(json(500), ok());
    await place.run('job');
    await place.trigger('job');
    const { context } = await isHeld();
    expect(context.hold).toMatchObject({
      address: 'breaker/groq',
      tag: 'admitting',
      or: [{ address: 'breaker/ollama', tag: 'admitting' }],
    });
    await place.crash();
    const over = place.reached('engine/job', ({ context: { last } }) => last?.result === 'success');
    await place.clock.advance(60_000);
    await over;
    expect([groq.arrivals.length, ollama.arrivals.length]).toEqual([1, 2]);
  });

  it('skips a step that may be left out when none may be called', async () => {
    await open(({ step, service }) => step('ask', () => ask(service('llm')), { whenDown: 'skip' }));
    groq.answer = json(500);
    ollama.answer = json(500);
    await place.run('job');
    await place.run('job');
    expect((await place.ledger('engine/job')).at(-1)).toMatchObject({ result: 'success', skipped: ['ask'] });
  });

  it('does not change what later calls of the step are named after', async () => {
    await open(({ step, service }) =>
      step('ask', async () => {
        await ask(service('llm'));
        await ask(service('ollama'));
      }),
    );
    await place.run('job');
    const [first] = keys(groq);
    expect(keys(ollama)).toEqual([`${first}-2`]);
    groq.answer = json(500);
    await place.run('job');
    const [, after, later] = keys(ollama);
    expect(later).toBe(`${after}-2`);
  });

  it('says which one is called, so that the call can be made for it', async () => {
    const bodies: unknown[] = [];
    await open(async ({ step, service }) => {
      await step('fetch', async () => {
        await service('llm').fetch('/chat', ({ service: by }) => ({ method: 'POST', body: `for ${by}` }));
      });
      await step('call', () => service('llm').call(async ({ service: by }) => bodies.push(by)));
    });
    groq.answer = json(500);
    await place.run('job');
    expect(ollama.arrivals.map(({ body }) => body)).toEqual(['for ollama']);
    expect(bodies).toEqual(['ollama']);
  });

  it('is noted in the record also when it was called outside of a step', async () => {
    await open(({ service }) => ask(service('llm')));
    await place.run('job');
    expect(await entries()).toEqual([{ result: 'success', served: { llm: ['groq'] } }]);
  });

  it('is noted with every service that answered, within steps and outside of them', async () => {
    await open(async ({ step, service }) => {
      await step('ask', () => ask(service('groq')));
      await ask(service('ollama'));
    });
    await place.run('job');
    expect((await place.ledger('engine/job')).map(({ services }) => services)).toEqual([['groq', 'ollama']]);
  });

  it('is noted once, however often it answered', async () => {
    await open(async ({ step, service }) => {
      await step('one', () => ask(service('llm')));
      await step('two', () => ask(service('llm')));
      groq.answer = json(500);
      await step('three', () => ask(service('llm')));
      await ask(service('llm'));
    });
    await place.run('job');
    expect(await entries()).toEqual([{ result: 'success', served: { llm: ['groq', 'ollama'] } }]);
  });

  it('is noted with the step that it served, for who comes back after a crash', async () => {
    let patience: Promise<unknown> = new Promise(() => {});
    const reached = Promise.withResolvers<void>();
    await open(async ({ step, service }) => {
      await step('ask', () => ask(service('llm')));
      await step('wait', () => {
        reached.resolve();
        return patience as Promise<null>;
      });
    });
    groq.answer = json(500);
    await place.trigger('job');
    await reached.promise;
    expect(place.at('engine/job').context.run?.served).toEqual({ llm: ['ollama'] });
    patience = Promise.resolve(null);
    await place.crash();
    await place.reached('engine/job', ({ context }) => context.last !== null);
    expect(await entries()).toEqual([{ result: 'success', served: { llm: ['ollama'] } }]);
  });
});

describe('when none of several services serves', () => {
  const auth = { grant: 'client_credentials', clientId: 'me', clientSecret: 'a-secret-1' } as const;
  const refused = json(401);
  const tokens = () => ({ auth: { ...auth, tokenUrl: `${issuer.url}/token` } });
  let issuer: HttpServer;
  let issued = 0;
  const issue: Answer = (arrival) => {
    issued += 1;
    ok({ access_token: `access-${issued}`, token_type: 'bearer', expires_in: 3_600 })(arrival);
  };

  beforeEach(async () => {
    issuer = await HttpServer.open();
    issuer.answer = issue;
  });
  afterEach(() => issuer.close());

  async function openWith(services: Services, more: object = {}) {
    place = await Workplace.open({
      tokens: tokens(),
      services: { ...services, llm: { fallback: ['groq', 'ollama'] } },
      engines: [engine('job', { retry: { tries: 1 }, maxFailures: 99, run: inStep, ...more })],
    });
    await place.state('token/auth', 'fresh');
  }
  const down = () => ({ url: groq.url, breaker: { failures: 1, cooldown: '30m' } });

  it('refreshes a token that one of them refused, whatever keeps the others', async () => {
    await openWith({ groq: down(), ollama: { url: ollama.url, token: 'auth' } });
    groq.answer = json(500);
    await place.run('job');
    ollama.answer = inTurn(refused, ok());
    const { last } = await place.run('job');
    expect(last?.result).toBe('success');
    expect([groq.arrivals.length, ollama.arrivals.length, issuer.arrivals.length]).toEqual([1, 3, 2]);
  });

  it('waits for the others when the token is refused a second time', async () => {
    await openWith({ groq: down(), ollama: { url: ollama.url, token: 'auth' } });
    groq.answer = json(500);
    await place.run('job');
    ollama.answer = refused;
    await place.trigger('job');
    const { context } = await isHeld();
    expect(context.hold).toMatchObject({ address: 'breaker/groq' });
    expect(context.hold).not.toHaveProperty('or');
    expect(ollama.arrivals).toHaveLength(3);
  });

  it('waits for whichever comes first: a breaker, a quota or a token', async () => {
    await openWith({
      groq: { url: groq.url, quota: { limit: 1, per: 'hour' } },
      ollama: { url: ollama.url, token: 'auth' },
    });
    await place.run('job');
    issuer.answer = json(400, { error: 'invalid_grant' });
    await place.host.send('token/auth', { type: 'token.rejected', version: 1 } as never);
    await place.state('token/auth', 'revoked');
    await place.trigger('job');
    expect((await isHeld()).context.hold).toMatchObject({
      address: 'quota/groq',
      or: [{ address: 'token/auth', tag: 'usable' }],
    });
    issuer.answer = issue;
    const over = place.reached(
      'engine/job',
      ({ context: { last, run } }) => last?.result === 'success' && run === null,
    );
    await place.host.send('token/auth', { type: 'token.provided' });
    await over;
    expect([groq.arrivals.length, ollama.arrivals.length]).toEqual([1, 1]);
  });

  it('asks the next at once while a token is being refreshed', async () => {
    place = await Workplace.open({
      tokens: tokens(),
      services: {
        groq: { url: groq.url, token: 'auth' },
        ollama: { url: ollama.url },
        llm: { fallback: ['groq', 'ollama'] },
      },
      engines: [engine('job', { run: inStep })],
    });
    issuer.answer = silence;
    await place.state('token/auth', 'refreshing');
    // The clock stands still: it waits for nothing.
    await place.run('job');
    expect([groq.arrivals.length, ollama.arrivals.length]).toEqual([0, 1]);
  });

  it('waits for the refresh of the last one’s token', async () => {
    issuer.answer = silence;
    place = await Workplace.open({
      tokens: tokens(),
      services: { groq: down(), ollama: { url: ollama.url, token: 'auth' }, llm: { fallback: ['groq', 'ollama'] } },
      engines: [engine('job', { retry: { tries: 1 }, run: inStep })],
    });
    groq.answer = json(500);
    const run = place.run('job');
    await groq.arrival(1);
    const asked = await issuer.arrival(1);
    issue(asked);
    expect((await run).last?.result).toBe('success');
    expect(ollama.arrivals).toHaveLength(1);
  });
});

it('is not called elsewhere when the service is told to stop, whatever the job makes of that', async () => {
  const out = Promise.withResolvers<() => void>();
  const called: string[] = [];
  await open(({ service, step }) =>
    service('llm').call(async ({ service: by }) => {
      called.push(by);
      await new Promise<void>((go) => out.resolve(go));
      return step('inside', () => null).catch((cause) => {
        throw Object.assign(new Error('busy', { cause }), { status: 503 });
      });
    }),
  );
  await place.trigger('job');
  const go = await out.promise;
  place.host.drain();
  go();
  await place.host.idle();
  expect(called).toEqual(['groq']);
});
