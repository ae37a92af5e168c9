import { type ConfigDefinition, clientCredentials, type EngineOptions, engine, type RunScope } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClassifiedError, type Failure } from '../../../src/policies/failure.ts';
import { HttpServer, json } from './http-server.ts';
import { Workplace } from './workplace.ts';

const minute = 60_000;

let place: Workplace;
/** What the next runs do, in order; after that they end at once. */
let plans: ((scope: RunScope) => unknown)[];
/** When the engine first existed: its first due time. */
let anchor: number;

async function openUnrun(options: Omit<EngineOptions<undefined>, 'run'> = {}) {
  const job = engine('job', {
    every: '10m',
    grace: '1m',
    timeout: '2h',
    ...options,
    run: (scope) => plans.shift()?.(scope),
  });
  place = await Workplace.open({ engines: [job] });
  anchor = place.at('engine/job').context.anchorAt;
}

async function open(options: Omit<EngineOptions<undefined>, 'run'> = {}) {
  await openUnrun(options);
  await endedAfter(0);
}

/** Lets the time go by, in minutes, and resolves once a run more has ended. */
async function endedAfter(minutes: number) {
  const before = place.at('engine/job').context.last?.run;
  const over = place.reached('engine/job', ({ context }) => context.last !== null && context.last.run !== before);
  await place.clock.advance(minutes * minute);
  await over;
}

/** What the ledger says, in minutes since the first due time, and without what differs from run to run. */
async function entries() {
  const since = (at: number) => (at - anchor) / minute;
  return (await place.ledger('engine/job')).map(({ outcome, due, result, reason, startedAt }) => ({
    outcome,
    due: due && [since(due.from), since(due.to)],
    ...(result && { result }),
    ...(startedAt !== undefined && { startedAt: since(startedAt) }),
    ...(reason && { reason: reason.replace(/job\.\S+/, 'RUN') }),
  }));
}

/** What the ledger says once it has so many entries, without time going by. */
async function entriesUpTo(count: number) {
  for (let turns = 0; (await entries()).length < count; turns++) {
    if (turns > 1_000) throw new Error(`only ${JSON.stringify(await entries())}`);
    await place.clock.advance(0);
  }
  return entries();
}

const ran = (at: number) => ({ outcome: 'ran', due: [at, at], result: 'success', startedAt: at });

beforeEach(() => {
  plans = [];
});
afterEach(() => place[Symbol.asyncDispose]());

describe('the ledger says of each due time', () => {
  it('that it ran', async () => {
    await open();
    await endedAfter(10);
    expect(await entries()).toEqual([ran(0), ran(10)]);
  });

  it('that it was skipped, for the run before had not ended yet', async () => {
    await open();
    const long = Promise.withResolvers<void>();
    plans = [() => long.promise];
    await place.clock.advance(35 * minute);
    long.resolve();
    await endedAfter(0);
    expect(await entries()).toEqual([
      ran(0),
      ran(10),
      { outcome: 'skipped', due: [20, 30], reason: 'the run RUN had not ended yet' },
    ]);
    await endedAfter(5);
    expect((await entries()).at(-1)).toEqual(ran(40));
  });

  it('that it was late after an outage, and which ones it served as well', async () => {
    await open();
    await place.crash(undefined, 35 * minute);
    await endedAfter(0);
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'coalesced', due: [10, 20] },
      { outcome: 'late', due: [30, 30], result: 'success', startedAt: 35 },
    ]);
  });

  it('that it was missed, when an outage took longer than it may be caught up with', async () => {
    await open({ catchUpWithin: '3m' });
    await place.crash(undefined, 35 * minute);
    await endedAfter(5);
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'missed', due: [10, 30], reason: 'nobody was there for more than 3m after it' },
      ran(40),
    ]);
  });

  it('that it was skipped, for the engine was paused', async () => {
    await open();
    await place.host.send('engine/job', { type: 'engine.pause' });
    await place.clock.advance(35 * minute);
    await place.host.send('engine/job', { type: 'engine.resume' });
    await endedAfter(5);
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'skipped', due: [10, 30], reason: 'the engine was paused' },
      ran(40),
    ]);
  });

  it('that it was skipped, for the engine was halted', async () => {
    await open();
    const fatal = new ClassifiedError({ class: 'fatal', code: 'EACCES', message: 'no access' });
    plans = [() => Promise.reject(fatal)];
    const over = place.state('engine/job', 'halted');
    await place.clock.advance(35 * minute);
    await over;
    await place.host.send('engine/job', { type: 'engine.resume' });
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'ran', due: [10, 10], result: 'failure', startedAt: 10, reason: 'no access' },
      { outcome: 'skipped', due: [20, 30], reason: 'the engine was halted' },
    ]);
  });
});

describe('after an outage', () => {
  it('each due time gets a run of its own, the earliest first, where that is wanted', async () => {
    await open({ catchUp: 'all' });
    await place.crash(undefined, 35 * minute);
    const late = (at: number) => ({ outcome: 'late', due: [at, at], result: 'success', startedAt: 35 });
    expect(await entriesUpTo(4)).toEqual([ran(0), late(10), late(20), late(30)]);
    await endedAfter(5);
    expect((await entries()).at(-1)).toEqual(ran(40));
  });

  it('those too late to be made up for are missed, the others each get a run', async () => {
    await open({ catchUp: 'all', catchUpWithin: '15m' });
    await place.crash(undefined, 35 * minute);
    expect(await entriesUpTo(4)).toEqual([
      ran(0),
      { outcome: 'missed', due: [10, 10], reason: 'nobody was there for more than 15m after it' },
      { outcome: 'late', due: [20, 20], result: 'success', startedAt: 35 },
      { outcome: 'late', due: [30, 30], result: 'success', startedAt: 35 },
    ]);
  });

  it('none is made up for where that is not wanted', async () => {
    await open({ catchUp: 'skip' });
    await place.crash(undefined, 35 * minute);
    await endedAfter(5);
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'missed', due: [10, 30], reason: 'nobody was there for more than 1m after it' },
      ran(40),
    ]);
  });

  it('one that is hardly late is made up for all the same', async () => {
    await open({ catchUp: 'skip' });
    await place.crash(undefined, 10 * minute + 30_000);
    await endedAfter(0);
    expect(await entries()).toEqual([ran(0), { ...ran(10), startedAt: 10.5 }]);
  });
});

describe('a due time that comes while a run is under way', () => {
  it('has its run afterwards, together with those before it, where runs queue', async () => {
    await open({ overlap: 'queue' });
    const long = Promise.withResolvers<void>();
    plans = [() => long.promise];
    await place.clock.advance(35 * minute);
    long.resolve();
    expect(await entriesUpTo(4)).toEqual([
      ran(0),
      ran(10),
      { outcome: 'coalesced', due: [20, 20] },
      { outcome: 'late', due: [30, 30], result: 'success', startedAt: 35 },
    ]);
  });

  it('has its run afterwards, where runs queue and nothing is made up for', async () => {
    await open({ overlap: 'queue', catchUp: 'skip' });
    const long = Promise.withResolvers<void>();
    plans = [() => long.promise];
    await place.clock.advance(23 * minute);
    long.resolve();
    expect((await entriesUpTo(3)).map(({ outcome, due }) => [outcome, due])).toEqual([
      ['ran', [0, 0]],
      ['ran', [10, 10]],
      ['late', [20, 20]],
    ]);
  });

  it('stops that run and begins its own, where it cancels', async () => {
    await open({ overlap: 'cancel' });
    const signals: AbortSignal[] = [];
    plans = [
      (scope) => {
        signals.push(scope.signal);
        return new Promise(() => {});
      },
    ];
    await place.clock.advance(15 * minute);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await endedAfter(5);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    const next = new Date(anchor + 20 * minute).toISOString();
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'skipped', due: [10, 10], reason: `the run due at ${next} began before it had ended`, startedAt: 10 },
      ran(20),
    ]);
  });

  it('stops a run that somebody triggered as well, and all is settled once after an outage', async () => {
    await open({ overlap: 'cancel' });
    plans = [() => new Promise(() => {})];
    await place.clock.advance(5 * minute);
    await place.trigger('job');
    await place.crash(undefined, 30 * minute);
    await endedAfter(0);
    const next = new Date(anchor + 30 * minute).toISOString();
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'skipped', due: null, reason: `the run due at ${next} began before it had ended`, startedAt: 5 },
      { outcome: 'coalesced', due: [10, 20] },
      { outcome: 'late', due: [30, 30], result: 'success', startedAt: 35 },
    ]);
  });
});

describe('where a due time cancels the run before it, so it does one', () => {
  const replaced = (at: number, by: number, startedAt = at) => ({
    outcome: 'skipped',
    due: [at, at],
    reason: `the run due at ${new Date(anchor + by * minute).toISOString()} began before it had ended`,
    startedAt,
  });
  const passing = () => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  const settings: Partial<EngineOptions<undefined>> = { overlap: 'cancel', retry: { base: '2h', cap: '2h' } };

  /** Jobs that call a service. */
  async function withService(options: Partial<EngineOptions<undefined>>, definition: ConfigDefinition) {
    const job = engine('job', { every: '10m', overlap: 'cancel', ...options, run: (scope) => plans.shift()?.(scope) });
    place = await Workplace.open({ ...definition, engines: [job, ...(definition.engines ?? [])] });
    anchor = place.at('engine/job').context.anchorAt;
  }

  it('in its backoff', async () => {
    plans = [passing];
    await openUnrun(settings);
    await place.clock.advance(0);
    await place.state('engine/job', 'backoff');
    await endedAfter(10);
    expect(await entries()).toEqual([replaced(0, 10), ran(10)]);
  });

  it('whose attempt is out of time before that', async () => {
    plans = [() => new Promise(() => {})];
    await openUnrun({ ...settings, timeout: '3m' });
    await place.clock.advance(3 * minute);
    const { context } = await place.state('engine/job', 'backoff');
    expect(context.failure?.code).toBe('RUN_TIMEOUT');
    await endedAfter(7);
    expect(await entries()).toEqual([replaced(0, 10), ran(10)]);
  });

  it('that is held for a breaker, also when nobody was there at that time', async () => {
    const call = ({ service }: RunScope) => service('api').call(passing);
    plans = [call, call];
    await withService(
      { retry: { base: '1s', jitter: 'none' } },
      { services: { api: { breaker: { failures: 1, cooldown: '25m' } } } },
    );
    await place.clock.advance(minute);
    await place.state('engine/job', 'held.forActor');
    await endedAfter(9);
    expect(await entries()).toEqual([replaced(0, 10), ran(10)]);
    plans = [call];
    await place.clock.advance(10 * minute);
    await place.state('engine/job', 'held.forActor');
    await place.crash(undefined, 13 * minute);
    await endedAfter(0);
    expect((await entries()).slice(2)).toEqual([
      replaced(20, 30),
      { outcome: 'late', due: [30, 30], result: 'success', startedAt: 33 },
    ]);
  });

  it('whose token is being refreshed', async () => {
    const server = await HttpServer.open();
    let tokens = 0;
    server.answer = (arrival) => {
      if (!arrival.path.startsWith('/token')) return json(401)(arrival);
      tokens += 1;
      if (tokens > 1) return undefined;
      return json(200, { access_token: 'first', token_type: 'Bearer', expires_in: 36_000 })(arrival);
    };
    try {
      plans = [
        async ({ service, step }) => {
          await step('wait', () => place.clock.advance(9.5 * minute));
          await service('api').fetch('/');
        },
      ];
      await withService(
        {},
        {
          tokens: {
            key: clientCredentials({ tokenUrl: `${server.url}/token`, clientId: 'me', clientSecret: 'a-secret-1' }),
          },
          services: { api: { url: server.url, token: 'key', timeout: '1h' } },
        },
      );
      await place.state('token/key', 'fresh');
      void place.clock.advance(0);
      await place.state('engine/job', 'refreshing');
      await endedAfter(0.5);
      expect(await entries()).toEqual([replaced(0, 10), ran(10)]);
    } finally {
      await server.close();
    }
  });

  it('that could not begin: its due time is served by the next one, once that can', async () => {
    const long = Promise.withResolvers<void>();
    const begun: number[] = [];
    await withService({}, { maxConcurrent: 1, engines: [engine('long', { timeout: '5h', run: () => long.promise })] });
    plans = [() => begun.push(1)];
    await place.trigger('long');
    await place.state('engine/long', 'running');
    await place.clock.advance(0);
    const { context } = await place.state('engine/job', 'held.forActor');
    await place.clock.advance(25 * minute);
    expect(place.at('engine/job').context.run?.id).toBe(context.run?.id);
    long.resolve();
    expect(await entriesUpTo(3)).toEqual([
      { outcome: 'coalesced', due: [0, 0] },
      { outcome: 'coalesced', due: [10, 10] },
      { outcome: 'late', due: [20, 20], result: 'success', startedAt: 25 },
    ]);
    // Whoever looks for the run that serves the first one finds it.
    const runs = (await place.ledger('engine/job')).map(({ run }) => run);
    expect(new Set(runs)).toEqual(new Set([context.run?.id]));
    expect(begun).toEqual([1]);
  });
});

describe('a run that waits for its window', () => {
  const hour = 60 * minute;

  it('waits for the next opening when it waited for something else until it closed', async () => {
    const long = Promise.withResolvers<void>();
    let begun = 0;
    place = await Workplace.open({
      timeZone: 'UTC',
      windows: { morning: { from: '08:00', to: '08:10' } },
      maxConcurrent: 1,
      engines: [
        engine('long', { timeout: '5h', run: () => long.promise }),
        engine('job', {
          schedule: '5 8 * * *',
          window: 'morning',
          run: () => {
            begun += 1;
          },
        }),
      ],
    });
    await place.trigger('long');
    await place.clock.advance(6 * minute);
    await place.state('engine/job', 'held.forActor');
    await place.clock.advance(30 * minute);
    const held = place.state('engine/job', 'held.forTime');
    long.resolve();
    await held;
    expect(begun).toBe(0);
    await place.clock.advance(23 * 60 * minute + 25 * minute);
    await place.reached('engine/job', ({ context: { last } }) => last !== null);
    expect(begun).toBeGreaterThan(0);
  });

  it('goes on waiting when nobody was there while it was open', async () => {
    const job = engine('job', { schedule: '0 3 * * *', window: 'day', run: (scope) => plans.shift()?.(scope) });
    const windows = { day: { from: '09:00', to: '22:00' } };
    place = await Workplace.open({ timeZone: 'UTC', windows, engines: [job] });
    // It is eight in the morning when the walk begins.
    const held = place.state('engine/job', 'held.forTime');
    await place.clock.advance(19 * hour);
    const { context } = await held;
    await place.crash(undefined, 20 * hour);
    await place.clock.advance(1_000);
    expect(new Date(place.clock.now()).getUTCHours()).toBe(23);
    expect(place.at('engine/job').value).toEqual({ held: 'forTime' });
    expect(place.at('engine/job').context).toMatchObject({
      run: { id: context.run?.id, startedAt: null },
      hold: { until: (context.hold as { until: number }).until + 24 * hour },
    });
    await endedAfter(10 * 60);
    const [first] = await place.ledger('engine/job');
    expect(first).toMatchObject({ outcome: 'late', run: context.run?.id, result: 'success' });
  });
});

describe('failures', () => {
  const failing = (failure: Failure) => () => Promise.reject(new ClassifiedError(failure));
  const refused = { class: 'critical', code: 'HTTP_401', message: 'unauthorized' } as const;
  const broken = () => Promise.reject(new TypeError('a bug'));

  it('are forgotten with a run that succeeds', async () => {
    await open({ maxFailures: 3 });
    plans = [broken, broken, () => null, broken, broken];
    for (let run = 0; run < 5; run++) await place.run('job');
    expect(place.at('engine/job').context.failures).toBe(2);
    expect(place.at('engine/job').value).not.toBe('halted');
    plans = [broken];
    await place.run('job');
    expect(place.at('engine/job').value).toBe('halted');
  });

  it.each<[string, (scope: RunScope) => unknown, Omit<EngineOptions<undefined>, 'run'>]>([
    ['what passes by itself', () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })), {}],
    ['an attempt that takes too long', () => new Promise(() => {}), { timeout: '1m' }],
    ['a run that takes too long', () => new Promise(() => {}), { endWithin: '1m' }],
  ])('halt nobody where they are %s, and leave the count of the others as it is', async (_, passes, options) => {
    await openUnrun({ retry: { tries: 1 }, maxFailures: 2, ...options });
    plans = [broken, passes, passes, passes, broken];
    for (let runs = 0; runs < 4; runs++) {
      await place.clock.advance((runs === 0 ? 0 : 8) * minute);
      await place.reached('engine/job', ({ value }) => value !== 'idle');
      await place.clock.advance(2 * minute);
      await place.reached('engine/job', ({ context }) => context.run === null);
      expect(place.at('engine/job').context).toMatchObject({ failures: 1, last: { result: 'failure' } });
    }
    await place.clock.advance(8 * minute);
    expect((await place.state('engine/job', 'halted')).context.failures).toBe(2);
  });

  it('of a login that no token renews count', async () => {
    await open({ maxFailures: 2 });
    plans = [failing(refused), failing(refused)];
    await place.run('job');
    await place.run('job');
    expect(place.at('engine/job').value).toBe('halted');
  });

  it('are forgiven when a person lets it go on', async () => {
    await open({ maxFailures: 2 });
    plans = [broken, broken, broken];
    for (let run = 0; run < 2; run++) await place.run('job');
    await place.host.send('engine/job', { type: 'engine.resume' });
    expect(place.at('engine/job').context).toMatchObject({ failures: 0, failure: null });
    await place.run('job');
    expect(place.at('engine/job').context.failures).toBe(1);
    expect(place.at('engine/job').value).not.toBe('halted');
  });
});

it('has a run of its own when it had passed before somebody triggered another', async () => {
  await open({ cooldown: '25m' });
  await place.clock.advance(12 * minute);
  const over = place.run('job');
  await over;
  await endedAfter(25);
  expect(await entries()).toEqual([
    ran(0),
    { outcome: 'ran', due: null, result: 'success', startedAt: 12 },
    { outcome: 'coalesced', due: [10, 20] },
    { outcome: 'late', due: [30, 30], result: 'success', startedAt: 37 },
  ]);
});

describe('a rest after each run', () => {
  it('makes nothing missed, also where nothing is made up for: somebody was there', async () => {
    await open({ cooldown: '15m', catchUp: 'skip' });
    await endedAfter(15);
    await endedAfter(15);
    await place.crash(undefined, 35 * minute);
    await endedAfter(5);
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'late', due: [10, 10], result: 'success', startedAt: 15 },
      { outcome: 'coalesced', due: [20, 20] },
      { ...ran(30) },
      { outcome: 'missed', due: [40, 60], reason: 'nobody was there for more than 1m after it' },
      ran(70),
    ]);
  });

  it('takes as long as it says, whatever is due, and no run is lost by it', async () => {
    await open({ cooldown: '25m' });
    expect(place.at('engine/job').value).toBe('cooldown');
    await place.clock.advance(25 * minute - 1);
    expect(place.at('engine/job').value).toBe('cooldown');
    await endedAfter(1);
    expect(await entries()).toEqual([
      ran(0),
      { outcome: 'coalesced', due: [10, 10] },
      { outcome: 'late', due: [20, 20], result: 'success', startedAt: 25 },
    ]);
  });
});
