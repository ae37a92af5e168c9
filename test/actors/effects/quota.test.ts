/**
 * Quotas against a real server: it counts, and what it says of itself is heeded.
 */
import { type ConfigDefinition, engine, type RunScope } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpServer, inTurn, json, ok } from './http-server.ts';
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
const names = ['ada', 'bob', 'cyd'];
const get = async ({ service }: RunScope) => {
  await (await service('api').fetch('/')).body?.cancel();
};

async function open(service: Service = {}, run: (scope: RunScope) => unknown = get) {
  place = await Workplace.open({
    services: { api: { url: server.url, ...service } },
    engines: names.map((name) => engine(name, { retry: { tries: 1 }, run })),
  });
}

const isHeld = (name: string) => place.state(`engine/${name}`, 'held.forActor');
const quota = () => place.at('quota/api');
const limited = (status: number, headers: Record<string, string>, body: object = {}) => json(status, body, headers);

describe('a configured quota', () => {
  it('is shared by all engines: what would be too much waits, and goes out when there is room', async () => {
    await open({ quota: { limit: 2, per: 'minute' } });
    await place.run('ada');
    await place.run('bob');
    expect(quota().value).toBe('exhausted');
    await place.trigger('cyd');
    const { context } = await isHeld('cyd');
    expect(context.hold).toEqual({
      kind: 'actor',
      reason: 'api: its quota lets no call through (its 2 calls a minute are used up, until 2026-01-05T08:01:06.000Z).',
      address: 'quota/api',
      tag: 'available',
    });
    expect(server.arrivals).toHaveLength(2);
    const over = place.reached('engine/cyd', ({ context: { last } }) => last?.result === 'success');
    await place.clock.advance(65_999);
    expect(server.arrivals).toHaveLength(2);
    await place.clock.advance(1);
    await over;
    expect(server.arrivals).toHaveLength(3);
    expect(await place.ledger('engine/cyd')).toMatchObject([{ result: 'success', attempts: 1 }]);
  });

  it('stays used up through a crash', async () => {
    await open({ quota: { limit: 1, per: 'minute' } });
    await place.run('ada');
    await place.crash(undefined, 10 * second);
    await place.trigger('bob');
    await isHeld('bob');
    expect(server.arrivals).toHaveLength(1);
  });

  it('leaves out a step that may be left out', async () => {
    await open({ quota: { limit: 1, per: 'day' } }, async (scope) => {
      await scope.step('one', () => get(scope).then(() => null));
      await scope.step('two', () => get(scope).then(() => null), { whenDown: 'skip' });
    });
    const { last } = await place.run('ada');
    expect(last?.result).toBe('success');
    expect(await place.ledger('engine/ada')).toMatchObject([{ result: 'success', skipped: ['two'] }]);
    expect(server.arrivals).toHaveLength(1);
  });

  it('gives the probe of a breaker back when it lets no call through', async () => {
    server.answer = json(500);
    await open({ quota: { limit: 1, per: 'hour' }, breaker: { failures: 1, cooldown: '1m' } });
    await place.run('ada');
    const halfOpen = place.state('breaker/api', 'halfOpen.ready');
    await place.clock.advance(60 * second);
    await halfOpen;
    await place.trigger('bob');
    expect((await isHeld('bob')).context.hold).toMatchObject({ address: 'quota/api' });
    expect((await place.state('breaker/api', 'halfOpen.ready')).context.probe).toBeNull();
    expect(server.arrivals).toHaveLength(1);
  });

  it('has room again when it is reset by hand, or the configuration gives more', async () => {
    await open({ quota: { limit: 1, per: 'day' } });
    await place.run('ada');
    await place.host.send('quota/api', { type: 'quota.reset' });
    await place.run('ada');
    expect(quota().value).toBe('exhausted');
    await place.restart({
      services: { api: { url: server.url, quota: { limit: 2, per: 'day' } } },
      engines: names.map((name) => engine(name, { run: get })),
    });
    expect(quota().value).toBe('available');
    await place.run('bob');
    expect(server.arrivals).toHaveLength(3);
  });
});

describe('what a service says of its quota', () => {
  it.each([
    ['Retry-After in seconds', limited(429, { 'retry-after': '90' })],
    ['Retry-After as a date', limited(429, { 'retry-after': 'Mon, 05 Jan 2026 08:01:30 GMT' })],
    ['a 403 with Retry-After', limited(403, { 'retry-after': '90' })],
    ['a 429 with RateLimit headers', limited(429, { 'ratelimit-remaining': '0', 'ratelimit-reset': '90' })],
    ['the last call of its window', limited(200, { 'ratelimit-remaining': '0', 'ratelimit-reset': '90' })],
    ['the same in the newest form', limited(200, { ratelimit: '"default";r=0;t=90' })],
    ['the same as GitHub says it', limited(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767600090' })],
  ])('keeps every call away until then: %s', async (_, answer) => {
    server.answer = inTurn(answer, ok());
    await open();
    await place.run('ada');
    expect(quota()).toMatchObject({ value: 'exhausted', context: { reason: expect.stringContaining('08:01:30') } });
    await place.trigger('bob');
    await isHeld('bob');
    await place.clock.advance(90 * second - 1);
    expect(server.arrivals).toHaveLength(1);
    const over = place.reached('engine/bob', ({ context: { last } }) => last?.result === 'success');
    await place.clock.advance(1);
    await over;
    expect(server.arrivals).toHaveLength(2);
  });

  it('is counted down by the calls that are still out', async () => {
    server.answer = inTurn(limited(200, { 'ratelimit-remaining': '1', 'ratelimit-reset': '30' }), ok());
    await open();
    await place.run('ada');
    expect(quota().value).toBe('available');
    await place.run('bob');
    expect(quota().value).toBe('exhausted');
    await place.trigger('cyd');
    await isHeld('cyd');
    expect(server.arrivals).toHaveLength(2);
  });

  it('does not grow within a window by an answer that does not know of later calls yet', async () => {
    await open();
    const told = (left: number, inMs: number) =>
      place.host.send('quota/api', { type: 'quota.told', left, until: place.clock.now() + inMs } as never);
    await told(3, 60 * second);
    await place.run('ada');
    // Two answers of one window name its end in whole seconds.
    await told(9, 61 * second);
    expect(quota().context.told?.left).toBe(2);
    await told(9, 120 * second);
    expect(quota().context.told?.left).toBe(9);
  });

  it('is that of the tighter of two windows: a minute’s end is no day’s', async () => {
    await open();
    const told = (left: number, inMs: number) =>
      place.host.send('quota/api', { type: 'quota.told', left, until: place.clock.now() + inMs } as never);
    await told(60, 40 * 60 * second);
    await told(1, 30 * second);
    await place.run('ada');
    expect(quota()).toMatchObject({ value: 'exhausted', context: { reason: expect.stringContaining('08:00:30') } });
    await place.clock.advance(30 * second);
    expect(quota().value).toBe('available');
    await told(2, 60 * 60 * second);
    await told(50, 30 * second);
    expect(quota().context.told?.left).toBe(2);
  });

  it.each([
    ['that there is plenty', { 'ratelimit-remaining': '4999', 'ratelimit-reset': '90' }],
    ['nothing', {}],
  ])('costs no write when it is %s', async (_, headers) => {
    server.answer = limited(200, headers);
    await open();
    place.writes.length = 0;
    await place.run('ada');
    expect(place.writes.flat().filter((key) => key === 'actor:quota/api')).toEqual([]);
  });

  it('is not taken from a 503: that is the breaker’s', async () => {
    server.answer = inTurn(limited(503, { 'retry-after': '90' }), ok());
    await open();
    await place.run('ada');
    expect(quota().value).toBe('available');
  });
});
