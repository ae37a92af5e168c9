/**
 * Limits: on how many run at once, and on how long a run may wait, take, or be silent.
 */
import { type ConfigDefinition, type EngineOptions, engine, type RunScope } from 'nightshift';
import { afterEach, describe, expect, it } from 'vitest';
import { Workplace } from './workplace.ts';

let place: Workplace;
afterEach(() => place[Symbol.asyncDispose]());

type Timing = Omit<EngineOptions<undefined>, 'run'>;

const second = 1_000;
const minute = 60 * second;
const passing = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const isHeld = (name: string) => place.state(`engine/${name}`, 'held.forActor');
const over = (name: string) =>
  place.reached(`engine/${name}`, ({ context }) => context.last !== null && context.run === null);

async function open(engines: ConfigDefinition['engines'], rest: Omit<ConfigDefinition, 'engines'> = {}) {
  place = await Workplace.open({ ...rest, ...(engines && { engines }) });
}

function job(run: (scope: RunScope) => unknown, timing: Timing = {}) {
  return [engine('job', { retry: { base: '10s', tries: 3, jitter: 'none' }, ...timing, run })];
}

describe('a limit on runs at once', () => {
  /** Jobs that go on until they are let go. */
  function jobs(names: readonly string[], timing: (name: string) => Timing = () => ({})) {
    const begun: string[] = [];
    const letGo = new Map(names.map((name) => [name, Promise.withResolvers<void>()]));
    const engines = names.map((name) =>
      engine(name, {
        ...timing(name),
        run: async () => {
          begun.push(name);
          await letGo.get(name)?.promise;
        },
      }),
    );
    return { engines, begun, end: (name: string) => letGo.get(name)?.resolve() };
  }

  it('holds whoever is too many, with the reason, and lets them go on in the order of coming', async () => {
    const { engines, begun, end } = jobs(['a', 'b', 'c', 'd']);
    await open(engines, { maxConcurrent: 2 });
    for (const name of ['a', 'b', 'c', 'd']) await place.trigger(name);
    await isHeld('d');
    const { context } = await isHeld('c');
    expect(context.hold).toEqual({
      kind: 'actor',
      since: place.clock.now(),
      reason: 'c: 2 runs are under way, as many as maxConcurrent allows.',
      address: 'limit/*',
      tag: 'free',
    });
    expect(context.run?.startedAt).toBeNull();
    end('b');
    await place.reached('engine/c', ({ value }) => value === 'running');
    await place.inMemory('engine/b', ({ context: { last } }) => last !== null);
    expect(begun).toEqual(['a', 'b', 'c']);
    expect(place.at('engine/d').value).toEqual({ held: 'forActor' });
    end('a');
    end('c');
    await place.reached('engine/d', ({ value }) => value === 'running');
    end('d');
    await over('d');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('of a tag counts the engines that have it', async () => {
    const { engines, begun } = jobs(['x', 'y', 'z'], (name) => (name === 'z' ? {} : { tags: ['browser'] }));
    await open(engines, { tags: { browser: { maxConcurrent: 1 } } });
    for (const name of ['x', 'y', 'z']) await place.trigger(name);
    const { context } = await isHeld('y');
    expect(context.hold?.reason).toBe("y: 1 run is under way, as many as the tag 'browser' allows.");
    await place.reached('engine/z', ({ value }) => value === 'running');
    expect(begun.sort()).toEqual(['x', 'z']);
  });

  it('is no longer used up by a run that is paused, and by one that does not heed it', async () => {
    const { engines, begun } = jobs(['a', 'b']);
    await open(engines, { maxConcurrent: 1 });
    await place.trigger('a');
    await place.trigger('b');
    await isHeld('b');
    await place.host.send('engine/a', { type: 'engine.pause' });
    await place.reached('engine/b', ({ value }) => value === 'running');
    await place.inMemory('engine/b', () => begun.length === 2);
    expect(begun).toEqual(['a', 'b']);
  });

  it('holds through a crash: whoever comes back first is first', async () => {
    const { engines, end } = jobs(['a', 'b', 'c']);
    await open(engines, { maxConcurrent: 1 });
    for (const name of ['a', 'b', 'c']) await place.trigger(name);
    await isHeld('b');
    await isHeld('c');
    await place.crash();
    const states = () => ['a', 'b', 'c'].map((name) => place.at(`engine/${name}`).value);
    await place.reached('engine/a', ({ value }) => value === 'running');
    for (const name of ['a', 'b', 'c']) end(name);
    await Promise.all([over('a'), over('b'), over('c')]);
    expect(states()).toEqual([{ idle: 'onDemand' }, { idle: 'onDemand' }, { idle: 'onDemand' }]);
  });

  it('counts what a run waited for it: one that begins after its grace is late', async () => {
    const { engines, end } = jobs(['a', 'b'], (name) => (name === 'b' ? { every: '1h', grace: '1m' } : {}));
    await open(engines, { maxConcurrent: 1 });
    await place.trigger('a');
    await place.clock.advance(10);
    await isHeld('b');
    await place.clock.advance(2 * minute);
    end('a');
    end('b');
    await over('b');
    expect(await place.ledger('engine/b')).toMatchObject([{ outcome: 'late', result: 'success' }]);
  });
});

describe('startWithin', () => {
  const windows = { night: { from: '22:00', to: '04:00', timeZone: 'UTC' } };

  it('misses a run that its window keeps from beginning for too long', async () => {
    // Every workplace opens at eight in the morning.
    await open(
      job(() => 1, { schedule: '1 8 * * *', window: 'night', startWithin: '2h' }),
      { timeZone: 'UTC', windows },
    );
    await place.clock.advance(2 * minute);
    await place.state('engine/job', 'held.forTime');
    await place.clock.advance(120 * minute);
    await place.reached('engine/job', ({ context }) => context.run === null);
    const [entry] = await place.ledger('engine/job');
    expect(entry).toMatchObject({
      outcome: 'missed',
      reason: "it could not begin within 2h: the window 'night' is closed",
    });
    expect(place.at('engine/job').context).toMatchObject({ failures: 0, last: null });
  });

  it('misses a run that finds no slot for too long, also when the time ran out during a crash', async () => {
    const never = new Promise<void>(() => {});
    await open([engine('a', { run: () => never }), engine('b', { startWithin: '10m', run: () => never })], {
      maxConcurrent: 1,
    });
    await place.trigger('a');
    await place.trigger('b');
    await isHeld('b');
    await place.clock.advance(9 * minute);
    expect(place.at('engine/b').value).toEqual({ held: 'forActor' });
    await place.crash();
    await place.clock.advance(minute);
    await place.reached('engine/b', ({ context }) => context.run === null);
    expect(await place.ledger('engine/b')).toMatchObject([
      {
        outcome: 'missed',
        due: null,
        reason: 'it could not begin within 10m: b: 1 run is under way, as many as maxConcurrent allows.',
      },
    ]);
  });

  it('says nothing of a run that has begun', async () => {
    await open(job(() => new Promise(() => {}), { startWithin: '10m', timeout: '1h' }));
    await place.trigger('job');
    await place.clock.advance(30 * minute);
    expect(place.at('engine/job').value).toBe('running');
  });
});

describe('endWithin', () => {
  it('fails a run whose attempts and waits take too long', async () => {
    let attempts = 0;
    await open(
      job(
        () => {
          attempts += 1;
          throw passing();
        },
        { endWithin: '15s', retry: { base: '10s', tries: 9, jitter: 'none' } },
      ),
    );
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    await place.clock.advance(10 * second);
    await place.reached('engine/job', ({ context }) => context.run?.attempt === 2 && attempts === 2);
    await place.state('engine/job', 'backoff');
    await place.clock.advance(5 * second);
    const { context } = await over('job');
    expect(context).toMatchObject({ failures: 0, failure: { class: 'recoverable', code: 'RUN_OVERDUE' } });
    expect(context.failure?.message).toBe('job: the run was not over within 15s. What went wrong last: reset');
    expect(attempts).toBe(2);
  });

  it('stops an attempt that is under way', async () => {
    let aborted = false;
    await open(
      job(
        ({ signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(signal.reason);
            }),
          ),
        { endWithin: '5m', timeout: '1h' },
      ),
    );
    await place.trigger('job');
    await place.clock.advance(5 * minute);
    expect((await over('job')).context.failure?.code).toBe('RUN_OVERDUE');
    expect(aborted).toBe(true);
  });

  it('ends the wait for a breaker', async () => {
    await open(
      job(({ service }) => service('api').call(async () => Promise.reject(passing())), { endWithin: '5m' }),
      { services: { api: { breaker: { failures: 1, cooldown: '1h' } } } },
    );
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    await place.clock.advance(10 * second);
    await isHeld('job');
    await place.clock.advance(5 * minute - 10 * second);
    expect((await over('job')).context.failure?.code).toBe('RUN_OVERDUE');
  });
});

describe('progressWithin', () => {
  /** An attempt that is silent, and every other one that is not. */
  const afterOneSilent = (work: (scope: RunScope) => unknown) => {
    let attempts = 0;
    return (scope: RunScope) => {
      attempts += 1;
      return attempts === 1 ? new Promise(() => {}) : work(scope);
    };
  };

  it('stops an attempt that gives no sign of life, and tries again', async () => {
    await open(
      job(
        afterOneSilent(() => 'well'),
        { progressWithin: '2m', timeout: '1h' },
      ),
    );
    await place.trigger('job');
    await place.clock.advance(2 * minute - 1);
    expect(place.at('engine/job').value).toBe('running');
    await place.clock.advance(1);
    const { context } = await place.state('engine/job', 'backoff');
    expect(context.failure).toMatchObject({
      class: 'recoverable',
      code: 'RUN_STALLED',
      message: 'job: the run made no progress for 2m and was stopped.',
    });
    await place.clock.advance(minute);
    expect((await over('job')).context.lastGood).toBe('well');
  });

  it.each<[string, (scope: RunScope, n: number, pause: () => Promise<void>) => Promise<unknown>]>([
    ['a step that ends', ({ step }, n, pause) => step(`s${n}`, pause)],
    [
      'a line in the log',
      async ({ log }, _, pause) => {
        await pause();
        log.info('here');
      },
    ],
    ['a call that is answered', async ({ service }, _, pause) => service('api').call(pause)],
  ])('takes as a sign of life: %s', async (_, sign) => {
    const pauses: (() => void)[] = [];
    const pause = () => new Promise<void>((resolve) => pauses.push(resolve));
    await open(
      job(
        async (scope) => {
          for (let n = 0; n < 4; n++) await sign(scope, n, pause);
          return 'well';
        },
        { progressWithin: '2m' },
      ),
      { services: { api: { timeout: '1h' } } },
    );
    await place.trigger('job');
    for (let n = 1; n <= 4; n++) {
      await place.inMemory('engine/job', () => pauses.length === n);
      await place.clock.advance(minute + 30 * second);
      pauses[n - 1]?.();
    }
    expect((await over('job')).context).toMatchObject({ lastGood: 'well', failure: null });
  });

  it('takes a checkpoint as one', async () => {
    const pauses: (() => void)[] = [];
    const pause = () => new Promise<void>((resolve) => pauses.push(resolve));
    await open(
      job(
        ({ step }) =>
          step('walk', async ({ checkpoint }) => {
            for (let n = 0; n < 3; n++) {
              await pause();
              await checkpoint(n);
            }
          }),
        { progressWithin: '2m' },
      ),
    );
    await place.trigger('job');
    for (let n = 1; n <= 3; n++) {
      await place.inMemory('engine/job', () => pauses.length === n);
      await place.clock.advance(minute + 30 * second);
      pauses[n - 1]?.();
    }
    expect((await over('job')).context.last?.result).toBe('success');
  });
});

describe('work that goes on although it was told to stop', () => {
  const never = () => new Promise<never>(() => {});
  const abandoned = () => place.lines.filter(({ msg }) => msg === 'work.abandoned').map(({ what }) => what);

  it.each<[string, string, Timing, (scope: RunScope) => unknown]>([
    ["the step 'render'", "the step's time is up", {}, ({ step }) => step('render', never, { timeout: '2m' })],
    ["the step 'render'", "the run's time is up", { timeout: '2m' }, ({ step }) => step('render', never)],
    ["the step 'render'", 'the run has stalled', { progressWithin: '2m' }, ({ step }) => step('render', never)],
    ['the run', "the run's time is up", { timeout: '2m' }, never],
  ])('is told of, as %s when %s', async (what, _, timing, work) => {
    await open(job(work, { ...timing, retry: { tries: 2, base: '1h', jitter: 'none' } }));
    await place.trigger('job');
    await place.clock.advance(2 * minute);
    await place.state('engine/job', 'backoff');
    await place.clock.advance(5 * second);
    expect(abandoned()).toEqual([what]);
    const { context } = await place.reached('engine/job', ({ context: { run } }) => run?.abandoned !== undefined);
    expect(context.run?.abandoned).toEqual([what]);
  });

  it('stands in the ledger, in what is known of the last run, and survives a crash', async () => {
    await open(job(({ step }) => step('render', never), { timeout: '2m' }));
    await place.trigger('job');
    for (const timeout of [1, 2, 3]) {
      await place.reached(
        'engine/job',
        ({ value, context }) => value === 'running' && context.run?.attempt === timeout,
      );
      await place.clock.advance(2 * minute + 5 * second);
      if (timeout === 1) {
        await place.reached('engine/job', ({ context }) => context.run?.abandoned !== undefined);
        await place.crash();
      }
      await place.clock.advance(minute);
    }
    const { last } = (await over('job')).context;
    expect(last).toMatchObject({ result: 'failure', abandoned: ["the step 'render'"] });
    expect(await place.ledger('engine/job')).toMatchObject([{ abandoned: ["the step 'render'"] }]);
  });

  it('is known of the last run when that was over before', async () => {
    await open(job(({ step }) => step('render', never), { timeout: '2m', retry: { tries: 1 } }));
    await place.trigger('job');
    await place.clock.advance(2 * minute);
    await over('job');
    await place.clock.advance(5 * second);
    const { context } = await place.reached('engine/job', ({ context: { last } }) => last?.abandoned !== undefined);
    expect(context.last).toMatchObject({ result: 'failure', abandoned: ["the step 'render'"] });
  });

  it('is not told of when it is a step that heeds its signal', async () => {
    const heeding = (signal: AbortSignal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await open(job(({ step }) => step('render', ({ signal }) => heeding(signal)), { timeout: '2m' }));
    await place.trigger('job');
    await place.clock.advance(2 * minute);
    await place.state('engine/job', 'backoff');
    await place.clock.advance(5 * second);
    expect(abandoned()).toEqual([]);
  });
});

describe('a run that ended well, and yet', () => {
  it('is far from usual says so in the ledger and in its record, through a crash', async () => {
    let made = ['a', 'b', 'c', 'd'];
    await open(job(() => made));
    for (let n = 0; n < 10; n++) await place.run('job');
    await place.crash();
    made = [];
    const { last } = await place.run('job');
    const odd = ['far smaller: 0, usually at least 4'];
    expect(last).toMatchObject({ result: 'success', odd });
    const entries = await place.ledger('engine/job');
    expect(entries.map((entry) => entry.odd)).toEqual([...Array(10), odd]);
  });

  it('left something out says what', async () => {
    await open(
      job(async ({ step, service }) => {
        await step('announce', () => service('api').call(async () => Promise.reject(passing())), { whenDown: 'skip' });
        return 'published';
      }),
      { services: { api: { breaker: { failures: 1, cooldown: '1h' } } } },
    );
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    await place.clock.advance(10 * second);
    const { context } = await over('job');
    expect(context).toMatchObject({ lastGood: 'published', last: { result: 'success', degraded: ['announce'] } });
    expect(await place.ledger('engine/job')).toMatchObject([{ result: 'success', skipped: ['announce'] }]);
  });
});
