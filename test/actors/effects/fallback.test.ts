/**
 * Fallback against real servers: who is called, who is called instead, and who is waited for.
 */
import { type ConfigDefinition, engine, type RunScope, type ServiceClient } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpServer, inTurn, json, ok } from './http-server.ts';
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
