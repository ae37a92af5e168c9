/**
 * The hours of a run: its engine's window, and those of its steps, at every way by which a run comes back.
 */
import {
  type ConfigDefinition,
  clientCredentials,
  type EngineOptions,
  engine,
  type RunScope,
  type StepOptions,
} from 'nightshift';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpServer, json } from './http-server.ts';
import { Workplace } from './workplace.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Every workplace opens at eight in the morning, on a Monday. */
const eight = Date.UTC(2026, 0, 5, 8);
const day = { from: '08:00', to: '08:10' };

let place: Workplace;
/** When the job was called, in minutes after eight. */
let calls: number[];
const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});

async function open(
  run: (scope: RunScope) => unknown,
  options: Omit<EngineOptions<undefined>, 'run'> = {},
  rest: ConfigDefinition = {},
) {
  calls = [];
  const job = engine('job', {
    window: 'day',
    retry: { base: '15m', jitter: 'none', tries: 3 },
    ...options,
    run: (scope) => {
      calls.push((place.clock.now() - eight) / minute);
      return run(scope);
    },
  });
  place = await Workplace.open({ timeZone: 'UTC', windows: { day }, engines: [job], ...rest });
  opened.push(place);
}

const passing = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const failsFirst =
  (times = 1) =>
  () => {
    if (calls.length <= times) throw passing();
  };
const held = () => place.state('engine/job', 'held.forTime');
const over = () => place.reached('engine/job', ({ context }) => context.last !== null && context.run === null);
const nextDay = { kind: 'window', reason: "the window 'day' is closed", until: eight + 24 * hour };

describe('a run that has begun is held outside its window, and goes on when that opens:', () => {
  it('after a backoff, which is a try more', async () => {
    await open(failsFirst(9), { schedule: '5 8 * * *', retry: { base: '15m', jitter: 'none', tries: 2 } });
    await place.clock.advance(5 * minute);
    await place.state('engine/job', 'backoff');
    await place.clock.advance(15 * minute);
    expect((await held()).context).toMatchObject({ hold: nextDay, run: { attempt: 2 } });
    await place.clock.advanceTo(eight + 24 * hour - 1);
    expect(calls).toEqual([5]);
    await place.clock.advance(1);
    expect((await over()).context.last?.result).toBe('failure');
    expect(calls).toEqual([5, 24 * 60]);
  });

  it('after a crash in the middle of it', async () => {
    const begun = Promise.withResolvers<void>();
    await open(
      ({ step }) =>
        step('long', () => {
          begun.resolve();
          return calls.length === 1 ? new Promise(() => {}) : null;
        }),
      { timeout: '20h', schedule: '0 8 * * *' },
    );
    await place.clock.advance(24 * hour);
    await begun.promise;
    await place.crash(undefined, 19 * hour);
    await place.clock.advance(minute);
    expect((await held()).context).toMatchObject({ hold: { kind: 'window', until: eight + 48 * hour } });
    expect(calls).toEqual([24 * 60]);
    await place.clock.advanceTo(eight + 48 * hour);
    expect((await over()).context.last?.result).toBe('success');
    expect(calls).toEqual([24 * 60, 48 * 60]);
  });

  it('after the wait for a breaker', async () => {
    await open(
      ({ service }) => service('api').call(async () => Promise.reject(passing())),
      { schedule: '5 8 * * *', retry: { base: '1m', jitter: 'none' } },
      { services: { api: { breaker: { failures: 1, cooldown: '1h' } } } },
    );
    await place.clock.advance(7 * minute);
    await place.state('engine/job', 'held.forActor');
    await place.clock.advance(hour);
    expect((await held()).context.hold).toEqual(nextDay);
    expect(calls.every((at) => at < 10)).toBe(true);
  });

  it('after the wait for a token', async () => {
    const server = await HttpServer.open();
    opened.push({ [Symbol.asyncDispose]: () => server.close() });
    const letGo = Promise.withResolvers<void>();
    let tokens = 0;
    server.answer = (arrival) => {
      if (!arrival.path.startsWith('/token')) return json(401)(arrival);
      tokens += 1;
      const give = () =>
        json(200, { access_token: `token-${tokens}`, token_type: 'Bearer', expires_in: 36_000 })(arrival);
      if (tokens === 1) return give();
      letGo.promise.then(give);
    };
    await open(
      ({ service }) => service('api').fetch('/'),
      { schedule: '30 9 8 * * *' },
      {
        tokens: {
          key: clientCredentials({ tokenUrl: `${server.url}/token`, clientId: 'me', clientSecret: 'a-secret-1' }),
        },
        services: { api: { url: server.url, token: 'key', timeout: '1h' } },
      },
    );
    await place.state('token/key' as never, 'fresh');
    await place.clock.advance(9.5 * minute);
    await place.state('engine/job', 'refreshing');
    await place.clock.advance(0.5 * minute);
    letGo.resolve();
    expect((await held()).context.hold).toEqual(nextDay);
    expect(calls).toEqual([9.5]);
  });

  it('after somebody has paused it', async () => {
    await open(() => new Promise(() => {}), { schedule: '5 8 * * *', timeout: '5h' });
    await place.clock.advance(5 * minute);
    await place.state('engine/job', 'running');
    await place.host.send('engine/job', { type: 'engine.pause' });
    await place.clock.advance(hour);
    await place.host.send('engine/job', { type: 'engine.resume' });
    expect((await held()).context.hold).toEqual(nextDay);
    expect(calls).toEqual([5]);
  });
});

describe('a run that somebody triggers', () => {
  it('while the window is closed is not held by it, with all its attempts and through a crash', async () => {
    await open(failsFirst());
    await place.clock.advance(hour);
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    await place.crash();
    await place.clock.advance(15 * minute);
    expect((await over()).context.last?.result).toBe('success');
    expect(calls).toEqual([60, 75]);
  });

  it('in its backoff, while the window is closed, goes on at once, and is not held by it any more', async () => {
    await open(failsFirst(2), { schedule: '5 8 * * *' });
    await place.clock.advance(11 * minute);
    await place.state('engine/job', 'backoff');
    await place.trigger('job');
    await place.reached('engine/job', ({ value, context }) => value === 'backoff' && context.run?.attempt === 2);
    await place.clock.advance(30 * minute);
    expect((await over()).context.last?.result).toBe('success');
    expect(calls).toEqual([5, 11, 26]);
  });

  it('while the window is open is held as any other once it has closed', async () => {
    await open(failsFirst());
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    await place.clock.advance(15 * minute);
    expect((await held()).context.hold).toEqual(nextDay);
  });
});

describe('a step with hours of its own', () => {
  const windows = { day: { from: '09:00', to: '22:00' }, night: { from: '22:00', to: '09:00' } };
  const research =
    (options: StepOptions) =>
    async ({ step }: RunScope) => {
      await step('research', () => null);
      await step('publish', () => null, { window: 'day', ...options });
      return step('tidy', failsAfter);
    };
  let fails = 0;
  const failsAfter = () => {
    fails -= 1;
    if (fails >= 0) throw passing();
    return null;
  };

  it('goes by them where its engine is closed: research at night, publishing by day', async () => {
    fails = 1;
    await open(research({}), { schedule: '30 8 * * *', window: 'night' }, { windows });
    await place.clock.advance(30 * minute);
    expect((await held()).context.hold).toMatchObject({ kind: 'window', window: 'day', until: eight + hour });
    await place.clock.advance(30 * minute);
    await place.state('engine/job', 'backoff');
    await place.clock.advance(15 * minute);
    expect((await over()).context.last?.result).toBe('success');
    expect(calls).toEqual([30, 60, 75]);
  });

  it('says nothing of the hours of its engine where that is open too', async () => {
    fails = 1;
    const both = { day: { from: '08:30', to: '08:40' }, whole: { from: '08:00', to: '08:45' } };
    await open(research({}), { every: '24h', window: 'whole' }, { windows: both });
    await place.clock.advance(0);
    await held();
    await place.clock.advance(30 * minute);
    await place.state('engine/job', 'backoff');
    await place.clock.advance(15 * minute);
    expect((await held()).context.hold).toMatchObject({
      reason: "the window 'whole' is closed",
      until: eight + 24 * hour,
    });
    expect(calls).toEqual([0, 30]);
  });

  it('is waited for anew, and not called, when nobody was there while they were open', async () => {
    await open(research({}), { every: '72h', window: 'night' }, { windows });
    await place.clock.advance(0);
    await held();
    await place.crash(undefined, 15 * hour);
    await place.clock.advance(1_000);
    const { context } = await held();
    expect(context.hold).toMatchObject({ window: 'day', until: eight + 25 * hour });
    expect(calls).toEqual([0]);
  });

  it('that have changed are those of the new configuration', async () => {
    const run = research({});
    await open(run, { every: '72h', window: 'night' }, { windows });
    await place.clock.advance(0);
    await held();
    fails = 0;
    const job = engine('job', { every: '72h', window: 'night', run });
    await place.crash({
      timeZone: 'UTC',
      windows: { ...windows, day: { from: '08:20', to: '22:00' } },
      engines: [job],
    });
    expect((await held()).context.hold).toMatchObject({ window: 'day', until: eight + 20 * minute });
    await place.clock.advance(20 * minute);
    expect((await over()).context.last?.result).toBe('success');
  });
});

it('a window that stays closed for years keeps nobody from starting', async () => {
  const closed = { ...day, except: ['2026-01-01/2128-12-31'] };
  await open(() => null, { every: '10m' }, { windows: { day: closed } });
  await place.clock.advance(0);
  expect((await held()).context.hold).toMatchObject({ kind: 'window', until: eight + 736 * 24 * hour });
});

it('a held run goes by the new hours of its engine', async () => {
  await open(() => null, { schedule: '20 8 * * *' });
  await place.clock.advance(20 * minute);
  expect((await held()).context.hold).toEqual(nextDay);
  const job = engine('job', { schedule: '20 8 * * *', window: 'day', run: () => null });
  await place.crash({ timeZone: 'UTC', windows: { day: { from: '08:40', to: '09:00' } }, engines: [job] });
  expect((await held()).context.hold).toMatchObject({ until: eight + 40 * minute });
  await place.clock.advance(20 * minute);
  expect((await over()).context.last?.result).toBe('success');
});

it('a run that comes back when its window has closed goes by the new hours of its engine, whatever they are called', async () => {
  const early = { from: '08:00', to: '09:00' };
  const late = { from: '12:00', to: '13:00' };
  const options = { every: '72h', timeout: '20h' };
  await open(() => new Promise(() => {}), { ...options, window: 'early' }, { windows: { early, late } });
  await place.clock.advance(0);
  await place.state('engine/job', 'running');
  await place.crash(undefined, 2 * hour);
  await place.clock.advance(0);
  expect((await held()).context.hold).toMatchObject({ kind: 'window', until: eight + 24 * hour });
  const moved = engine('job', {
    ...options,
    window: 'late',
    run: () => calls.push((place.clock.now() - eight) / minute),
  });
  await place.crash({ timeZone: 'UTC', windows: { early, late }, engines: [moved] });
  expect((await held()).context.hold).toEqual({
    kind: 'window',
    reason: "the window 'late' is closed",
    until: eight + 4 * hour,
  });
  await place.clock.advance(4 * hour);
  expect((await over()).context.last?.result).toBe('success');
  expect(calls).toEqual([0, 4 * 60]);
});
