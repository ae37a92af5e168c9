/**
 * Quotas against a real server: it counts, and what it says of itself is heeded.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConfigDefinition, engine, type RunScope } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QuotaDefinition } from '../../../src/config/definition.ts';
import { seededRandom } from '../../../src/random.ts';
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
const minute = 60 * second;
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
      since: place.clock.now(),
      reason:
        'api: its quota lets no call through (its 2 calls per minute are used up, until 2026-01-05T08:01:06.000Z).',
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

describe('the limit that a service names', () => {
  it('holds for the next window as well, also while its answers are slow', async () => {
    const perMinute = 5;
    let window = 0;
    let arrived = 0;
    let refused = 0;
    let slow = false;
    server.answer = (arrival) => {
      const now = place.clock.now();
      if (Math.floor(now / minute) !== window) [window, arrived] = [Math.floor(now / minute), 0];
      arrived += 1;
      if (arrived > perMinute) refused += 1;
      const answer = limited(arrived > perMinute ? 429 : 200, {
        'ratelimit-limit': `${perMinute}`,
        'ratelimit-remaining': `${Math.max(0, perMinute - arrived)}`,
        'ratelimit-reset': `${60 - Math.floor((now % minute) / second)}`,
      });
      if (slow) place.clock.after(8 * second, () => answer(arrival));
      else answer(arrival);
    };
    const many = Array.from({ length: 25 }, (_, n) => `e${n}`);
    place = await Workplace.open({
      services: { api: { url: server.url } },
      engines: many.map((name) => engine(name, { retry: { tries: 1 }, run: get })),
    });
    for (const name of many.slice(0, perMinute)) await place.run(name);
    expect(quota()).toMatchObject({ value: 'exhausted', context: { told: { left: 0, limit: perMinute } } });
    place.chance = seededRandom(3);
    slow = true;
    const others = many.slice(perMinute);
    await Promise.all(others.map((name) => place.trigger(name)));
    await Promise.all(others.map((name) => isHeld(name)));
    for (let minutes = 0; minutes < 6; minutes++) {
      for (let at = 0; at < minute; at += second) {
        await place.clock.advance(second);
        await settledCalls();
      }
    }
    expect(refused).toBe(0);
    expect(others.map((name) => place.at(`engine/${name}`).context.last?.result)).toEqual(others.map(() => 'success'));
  });

  it('is forgotten when no answer of a whole window has borne it out', async () => {
    server.answer = inTurn(
      limited(200, { 'ratelimit-limit': '5', 'ratelimit-remaining': '4', 'ratelimit-reset': '30' }),
      limited(200, { 'ratelimit-limit': '5000', 'ratelimit-remaining': '4999', 'ratelimit-reset': '3600' }),
    );
    await open();
    await place.run('ada');
    expect(quota().context.told).toMatchObject({ left: 4, limit: 5, lengthMs: minute });
    await place.clock.advance(31 * second);
    await place.run('bob');
    // That may have been about another window than the five a minute.
    expect(quota().context.told).toMatchObject({ left: 4, limit: 5 });
    await place.clock.advance(minute);
    await place.run('cyd');
    expect(quota().context.told).toBeNull();
    place.writes.length = 0;
    await place.run('cyd');
    expect(place.writes.flat().filter((key) => key === 'actor:quota/api')).toEqual([]);
  });
});

describe('more calls at once than an answer has left', () => {
  it('wait, however many they are', async () => {
    const many = Array.from({ length: 160 }, (_, n) => `e${n}`);
    let left = 120;
    let refused = 0;
    server.answer = (arrival) => {
      left -= 1;
      if (left < 0) refused += 1;
      const headers = { 'ratelimit-remaining': `${Math.max(0, left)}`, 'ratelimit-reset': '90' };
      limited(left < 0 ? 429 : 200, headers)(arrival);
    };
    place = await Workplace.open({
      services: { api: { url: server.url } },
      engines: many.map((name) => engine(name, { retry: { tries: 1 }, run: get })),
    });
    const [first, ...others] = many as [string, ...string[]];
    await place.run(first);
    expect(quota().context.told, 'of plenty').toBeNull();
    await Promise.all(others.map((name) => place.trigger(name)));
    await Promise.all(
      others.map((name) =>
        place.reached(`engine/${name}`, ({ value, context }) => context.last !== null || typeof value === 'object'),
      ),
    );
    await place.state('quota/api', 'exhausted');
    expect(refused).toBe(0);
    expect(server.arrivals).toHaveLength(120);
  });
});

describe('a refusal that speaks of a quota, and of no end', () => {
  const spent = (reason: string, status = 403) => json(status, { error: { code: status, errors: [{ reason }] } });
  const manyTries = { retry: { tries: 99, base: '1s', jitter: 'none' } } as const;

  it('is the quota’s, not the breaker’s: a day’s is waited for until its reset', async () => {
    server.answer = inTurn(spent('quotaExceeded'), ok());
    place = await Workplace.open({
      services: {
        api: {
          url: server.url,
          breaker: { failures: 1 },
          quota: { limit: 10_000, per: 'day', resets: '00:00 America/Los_Angeles' },
        },
      },
      engines: [engine('job', { ...manyTries, run: get })],
    });
    await place.trigger('job');
    expect((await place.state('quota/api', 'exhausted')).context.reason).toBe(
      'the service refused a call because of its quota, until 2026-01-06T08:00:00.000Z',
    );
    await place.state('engine/job', 'backoff');
    await place.clock.advance(second);
    expect((await isHeld('job')).context.hold).toMatchObject({ address: 'quota/api' });
    expect(place.at('breaker/api')).toMatchObject({ value: 'closed', context: { recent: '' } });
    await place.clock.advance(24 * 60 * minute - 2 * second);
    expect(server.arrivals).toHaveLength(1);
    const over = place.reached('engine/job', ({ context: { last } }) => last?.result === 'success');
    await place.clock.advance(second);
    await over;
    expect(server.arrivals).toHaveLength(2);
  });

  it('is waited for longer each time that the wait was too short, and an hour at most', async () => {
    server.answer = spent('userRateLimitExceeded');
    place = await Workplace.open({
      services: { api: { url: server.url } },
      engines: [engine('job', { ...manyTries, run: get })],
    });
    await place.trigger('job');
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      const { context } = await place.reached(
        'quota/api',
        ({ value, context: { refusedUntil } }) => value === 'exhausted' && refusedUntil > place.clock.now(),
      );
      waits.push((context.guess?.ms ?? 0) / minute);
      const { retryAt } = (await place.state('engine/job', 'backoff')).context;
      await place.clock.advance(retryAt - place.clock.now());
      await isHeld('job');
      await place.clock.advance(context.refusedUntil - place.clock.now());
      await server.arrival(n + 2);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(place.at('breaker/api').value).toBe('closed');
  });

  it('begins with a short wait again after a longer while', async () => {
    server.answer = spent('userRateLimitExceeded');
    await open();
    await place.run('ada');
    await place.state('quota/api', 'exhausted');
    await place.clock.advance(10 * minute);
    await place.run('bob');
    expect((await place.state('quota/api', 'exhausted')).context.guess).toMatchObject({ ms: minute });
  });

  it('counts once for all calls that were out at the time', async () => {
    const out: (() => void)[] = [];
    const all = Promise.withResolvers<void>();
    server.answer = (arrival) => {
      if (out.push(() => spent('rateLimitExceeded')(arrival)) === names.length) all.resolve();
    };
    await open();
    const runs = names.map((name) => place.run(name));
    await all.promise;
    for (const answer of out) answer();
    await Promise.all(runs);
    expect(quota().context.guess).toEqual({ ms: minute, until: place.clock.now() + minute });
  });

  it.each([
    ['a 429 about a day', spent('dailyLimitExceeded', 429), 'exhausted'],
    ['a 429 that says nothing more', json(429), 'available'],
  ])('%s: %s', async (_, answer, state) => {
    server.answer = answer;
    await open();
    await place.run('ada');
    expect(quota().value).toBe(state);
  });

  it('of a window that is over, or shorter than one that is known, changes nothing', async () => {
    await open();
    const refused = (inMs: number) =>
      place.host.send('quota/api', { type: 'quota.refused', until: place.clock.now() + inMs } as never);
    await refused(-second);
    expect(quota().value).toBe('available');
    await refused(90 * second);
    await refused(30 * second);
    await place.clock.advance(30 * second);
    expect(quota().value).toBe('exhausted');
    const told = { type: 'quota.told', left: 0, until: place.clock.now() - second };
    await place.host.send('quota/api', { type: 'quota.reset' });
    await place.host.send('quota/api', told as never);
    expect(quota().value).toBe('available');
  });
});

describe('a configured reset', () => {
  it('fills the quota up at its time of day', async () => {
    await open({ quota: { limit: 1, per: 'day', resets: '10:00 Europe/Berlin' } });
    await place.run('ada');
    await place.trigger('bob');
    expect((await isHeld('bob')).context.hold?.reason).toContain('until 2026-01-05T09:00:00.000Z');
    await place.clock.advance(60 * minute - 1);
    expect(server.arrivals).toHaveLength(1);
    const over = place.reached('engine/bob', ({ context: { last } }) => last?.result === 'success');
    await place.clock.advance(1);
    await over;
  });

  it('that is moved, or that comes in place of a minute, counts what was spent before', async () => {
    const restarted = (quota: QuotaDefinition) =>
      place.restart({
        services: { api: { url: server.url, quota } },
        engines: names.map((name) => engine(name, { run: get })),
      });
    await open({ quota: { limit: 2, per: 'minute' } });
    await place.run('ada');
    await restarted({ limit: 2, per: 'day', resets: '00:00 UTC' });
    await place.run('bob');
    expect(quota()).toMatchObject({ value: 'exhausted', context: { reason: expect.stringContaining('01-06T00:00') } });
    await restarted({ limit: 2, per: 'day', resets: '10:00 UTC' });
    expect(quota()).toMatchObject({ value: 'exhausted', context: { reason: expect.stringContaining('01-05T10:00') } });
    await place.clock.advance(2 * 60 * minute);
    expect(quota().value).toBe('available');
  });
});

describe('call(work)', () => {
  it.each([
    ['a Response', (headers: Record<string, string>) => new Response('{}', { headers })],
    ['what a library makes of one', (headers: Record<string, string>) => ({ status: 200, headers, data: {} })],
  ])('heeds the headers of what it returns: %s', async (_, answer) => {
    await open({}, async ({ service }) => {
      await service('api').call(async () => answer({ 'ratelimit-remaining': '0', 'ratelimit-reset': '90' }));
    });
    await place.run('ada');
    expect(quota()).toMatchObject({ value: 'exhausted', context: { reason: expect.stringContaining('08:01:30') } });
  });
});

/** Lets what is under way with the server and the disk get as far as it can while the clock stands still. */
async function settledCalls() {
  for (let turns = 0; turns < 20; turns++) await nextTurn();
  await place.host.ask('quota/api', { type: 'nothing' });
}
