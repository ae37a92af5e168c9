import { bearer, command, defineConfig, engine, oauth2 } from 'nightshift';
import { type Fault, failurePaths, faults, type Invariant, PathsError } from 'nightshift/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { config, steps } from './orders.ts';

afterEach(() => vi.unstubAllEnvs());

const namesOf = (paths: Iterable<{ name: string }>) => [...paths].map(({ name }) => name);
const failureOf = async (paths: Iterable<{ name: string; verify(): Promise<void> }>, name: string) => {
  const path = [...paths].find((each) => each.name === name);
  if (!path) throw new Error(`no path ${name} among\n${namesOf(paths).join('\n')}`);
  return path.verify().then(
    () => undefined,
    (error: PathsError) => error,
  );
};

const login = (refreshToken: string) =>
  oauth2({ tokenUrl: 'https://login.example/token', clientId: 'post', clientSecret: 'a-secret', refreshToken });
const some = [faults.status(503), faults.status(429, { retryAfter: 60 }), faults.tokenRejected, faults.grantRevoked];
const paths = await failurePaths('orders', { config, steps, faults: some, crash: true });

describe('the failure paths of an engine', () => {
  it('are named after what goes wrong, and the states that it leads through', () => {
    const names = namesOf(paths);
    expect(names).toContain('nothing goes wrong → success');
    expect(names).toContain('fetch: 503 → backoff → success');
    expect(names).toContain('fetch: 429 Retry-After 60 → backoff → crash → success');
    expect(names).toContain('fetch: token rejected → refreshing → success');
    expect(names).toContain('fetch: crash → success');
    expect(names).toContain('crash → success');
    expect(names).toContain('tell: 503 → backoff → success');
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([...paths].map((path) => [path.name, path] as const))('hold on the real engine: %s', (_, path) =>
    path.verify(),
  );

  it('come to each node of the graph once, and not in every combination', async () => {
    const few = await failurePaths('orders', { config, steps, faults: [faults.status(503), faults.dns], crash: true });
    // Two faults that leave the engine in the same state have one crash in that state between them.
    const crashes = namesOf(few).filter((name) => /^fetch: .* → backoff → crash/.test(name));
    expect(crashes).toHaveLength(1);
  });

  it('lead on from one fault to the next with a larger depth: the breaker opens, and the run is held', async () => {
    const deep = await failurePaths('orders', { config, steps, faults: [faults.status(503)], depth: 2 });
    const name = 'fetch: 503 → backoff → fetch: 503 → backoff → held.forActor → success';
    expect(await failureOf(deep, name)).toBeUndefined();
    expect(namesOf(deep)).toContain('fetch: 503 → backoff → tell: 503 → backoff → success');
  });

  describe('with more faults than a breaker bears with', () => {
    const breaker = { failures: 2, cooldown: '5m' };
    const downhill = (tries: number) =>
      defineConfig({
        services: {
          shop: { url: 'https://shop.example', breaker },
          chat: { url: 'https://chat.example', token: 'key', breaker },
        },
        tokens: { key: bearer('a-key-that-is-given') },
        engines: [
          engine('orders', {
            every: '1h',
            retry: { base: '1s', tries },
            async run({ step, service }) {
              await step('fetch', async () => (await service('shop').fetch('/orders')).json());
              await step('tell', async () => (await service('chat').fetch('/messages')).json(), { whenDown: 'skip' });
              return 1;
            },
          }),
        ],
      });

    it('hold the run again after a probe that failed, at no cost of a try', async () => {
      const found = await failurePaths('orders', { config: downhill(3), faults: [faults.status(503)], depth: 3 });
      const held = 'fetch: 503 → backoff → fetch: 503 → backoff → held.forActor → fetch: 503 → held.forActor → success';
      expect(namesOf(found)).toContain(held);
      for (const path of found) await path.verify();
    });

    it('leave out a step that may be when its last try fails, or its token waits for a person', async () => {
      const some = [faults.status(503), faults.tokenRejected];
      const found = await failurePaths('orders', { config: downhill(2), faults: some, depth: 2, crash: true });
      expect(namesOf(found)).toContain('fetch: 503 → backoff → tell: 503 → success');
      expect(namesOf(found)).toContain('tell: token rejected → refreshing → success');
      for (const path of found) await path.verify();
    });
  });

  it('wait for a quota that is used up, and for a token no longer than the next run lets them', async () => {
    const stock = defineConfig({
      tokens: { shop: bearer('a-key-that-is-given') },
      services: { shop: { url: 'https://shop.example', token: 'shop' } },
      engines: [
        engine('stock', {
          every: '10m',
          overlap: 'cancel',
          run: ({ step, service }) => step('count', async () => (await service('shop').fetch('/')).json()),
        }),
      ],
    });
    const found = await failurePaths('stock', {
      config: stock,
      faults: [faults.quotaExceeded(), faults.tokenRejected],
    });
    expect(namesOf(found)).toContain('count: 429 quota exceeded → backoff → held.forActor → success');
    for (const path of found) await path.verify();
  });

  it('go on from what a process committed with its last breath, though nobody heard of it', async () => {
    const found = await failurePaths('orders', { config, steps, faults: [faults.kill('after')] });
    expect(namesOf(found)).toContain('beginning: killed after the commit → success');
    expect(namesOf(found)).toContain('ending: killed after the commit → success');
    for (const path of found) await path.verify();
  });

  it('go by the clock on the wall once the machine has slept for longer than the run may take', async () => {
    const found = await failurePaths('post', {
      config: defineConfig({
        timeZone: 'UTC',
        windows: { day: { from: '09:00', to: '17:00' } },
        // With this seed, the answer with a token is first to come once it is awake, and the run's time is over by then.
        tokens: { shop: login('the-first-one'), two: login('the-second-one') },
        services: { shop: { url: 'https://shop.example' } },
        engines: [
          engine('post', {
            every: '1h',
            async run({ step, service }) {
              const text = await step('fetch', async () => (await service('shop').fetch('/')).text());
              return step('publish', () => text, { window: 'day' });
            },
          }),
        ],
      }),
      startAt: Date.UTC(2026, 0, 5, 10),
      faults: [faults.dstChange()],
    });
    expect(namesOf(found)).toContain('fetch: clocks change in Europe/Berlin → backoff → held.forTime → success');
    for (const path of found) await path.verify();
  });

  it('are refused where there are more than may be explored, with what to do', async () => {
    const many = failurePaths('orders', { config, steps, faults: some, depth: 3, nodesMax: 20 });
    await expect(many).rejects.toMatchObject({
      code: 'PATHS_TOO_MANY',
      message: expect.stringContaining('smaller depth'),
    });
  });

  it('are those of a program, too', async () => {
    const backup = command('import', { every: '1h', run: ['import'], timeout: '10m', memory: '200MB', minOutput: 1 });
    const programs = [faults.exitsEmpty, faults.exitsBySignal(), faults.ignoresSigterm, faults.leaks];
    const found = await failurePaths(backup, { faults: programs, crash: true });
    expect(namesOf(found)).toContain('program: ends by SIGSEGV → backoff → success');
    expect(namesOf(found)).toContain('program: exits 0 without output → failure');
    for (const path of found) await path.verify();
  });

  it('fail with the log of the run, the transition after which a rule was broken, and a line that shows it again', async () => {
    const neverBack: Invariant = {
      name: 'never: back',
      watch: (_, broken) => ({
        seen: (event) => {
          if (event.type === 'transition' && event.transition.event.type === 'xstate.after.untilRetry.engine.backoff')
            broken('it tried again');
        },
      }),
    };
    const found = await failurePaths('orders', {
      config,
      steps,
      faults: [faults.status(503)],
      depth: 2,
      invariants: [neverBack],
    });
    const failure = await failureOf(found, 'fetch: 503 → backoff → tell: 503 → backoff → success');
    const { message = '' } = failure ?? {};
    // One of the two is enough.
    expect(message).toMatch(/What it takes:\n {2}503 at \w+ \(call .*\)\nPredicted/);
    expect(message).toContain('backoff --> ready : ✗ 4 never back');
    expect(message).toContain('class ready offending');
    expect(message).toContain('VIOLATION never: back: it tried again');
    expect(message).not.toMatch(/ calm$|xstate\.init/m);
    expect(message).toMatch(/NIGHTSHIFT_SEED=1 npx vitest run test\/testing\/paths\/failure-paths\.test\.ts$/);
  });

  it('need no config where the engine says all: each service that is answered for is there', async () => {
    const alone = engine('ping', { every: '1h', run: async ({ service }) => (await service('api').fetch('/')).text() });
    const found = await failurePaths(alone, {
      services: { api: () => new Response('pong') },
      faults: [faults.resetAfter],
    });
    expect(namesOf(found)).toEqual([
      'nothing goes wrong → success',
      'api: reset after it was processed → backoff → success',
    ]);
    for (const path of found) await path.verify();
  });

  it('say which engines there are when one is not', async () => {
    await expect(failurePaths('order', { config, faults: [] })).rejects.toThrow("expected one of: 'orders'");
  });
});

describe('what is wrong is found', () => {
  const careless = defineConfig({
    services: { shop: { url: 'https://shop.example' } },
    engines: [
      engine('orders', {
        every: '1h',
        // It takes another way on its second attempt, which no rehearsal has shown.
        async run({ step, service }) {
          await step('fetch', async ({ attempt }) => {
            if (attempt > 1) throw Object.assign(new Error('worse'), { failure: worse });
            await (await service('shop').fetch('/orders')).text();
          });
          return 1;
        },
      }),
    ],
  });
  const worse = { class: 'fatal', code: 'WORSE', message: 'worse' };

  it('with the path, the seed, what it takes, the history, a picture, and how to see it again', async () => {
    const found = await failurePaths('orders', {
      config: careless,
      faults: [faults.dns, faults.busy],
      depth: 2,
      seed: 7,
    });
    const name = 'beginning: SQLITE_BUSY → fetch: DNS failure → backoff → success';
    const error = await failureOf(found, name);
    expect(error).toBeInstanceOf(PathsError);
    const message = error?.message ?? '';
    expect(message).toContain(
      `${name}: After running the engine's chart leads to success, and the engine went to halted.`,
    );
    expect(message).toContain('Seed: 7');
    // The refused write has nothing to do with it.
    expect(message).toContain('What it takes:\n  DNS failure at fetch (call fetch|shop|1)\nPredicted');
    expect(message).toMatch(/fault call 1 to shop: DNS failure/);
    expect(message).toContain('stateDiagram-v2');
    expect(message).toContain('running --> halted : ✗ 6 not what the chart allows');
    expect(message).toContain('running --> success : predicted');
    expect(message).toContain(`NIGHTSHIFT_PATH='orders ▸ ${name}' NIGHTSHIFT_SEED=7 npx vitest run`);
  });

  it('where a rule of one’s own is broken', async () => {
    const patience: Invariant = {
      name: 'no more than one call a run',
      watch: (_, broken) => {
        const runs = new Set<string>();
        return {
          seen: (event) => {
            if (event.type !== 'call.sent' || event.request.service !== 'shop') return;
            const { run = '' } = event.request.place ?? {};
            if (runs.has(run)) broken('there were 2 calls');
            runs.add(run);
          },
        };
      },
    };
    const found = await failurePaths('orders', { config, steps, faults: [faults.dns], invariants: [patience] });
    expect(await failureOf(found, 'nothing goes wrong → success')).toBeUndefined();
    expect((await failureOf(found, 'fetch: DNS failure → backoff → success'))?.message).toContain(
      'no more than one call a run: there were 2 calls.',
    );
  });

  describe('where the job is never well again, though the run itself ended well:', () => {
    const forgetful = (schedule: object) =>
      defineConfig({
        timeZone: 'UTC',
        services: { shop: { url: 'https://shop.example' } },
        engines: [
          engine('orders', {
            ...schedule,
            async run({ step, service, lastGood }) {
              const { cursor = 0 } = (lastGood ?? {}) as { cursor?: number | null };
              if (cursor === null) throw new Error('there is nothing to go on from');
              const text = await step('fetch', async () => (await service('shop').fetch(`/${cursor}`)).text());
              return { cursor: text === '' ? null : cursor + 1 };
            },
          }),
        ],
      });

    it.each([
      ['often enough that a person is called', { every: '5m' }, 'it is halted again, though a person has resumed it'],
      ['once a day', { schedule: '30 2 * * *' }, 'it has not succeeded since, and is idle.scheduled'],
      ['once a week', { schedule: '30 2 * * 1' }, 'it has not succeeded since, and is idle.scheduled'],
    ])('one that is due %s', async (_, schedule, what) => {
      const found = await failurePaths('orders', { config: forgetful(schedule), faults: [faults.emptyOk] });
      expect(await failureOf(found, 'nothing goes wrong → success')).toBeUndefined();
      const { message } = (await failureOf(found, 'fetch: 200 with nothing → success')) ?? {};
      expect(message).toContain(`heals: orders: ${what}: there is nothing to go on from.`);
    });
  });

  it('where a fault says that what it asks for does not hold', async () => {
    const strict: Fault = { ...faults.status(500), name: 'strict', holds: () => 'nobody apologised' };
    const found = await failurePaths('orders', { config, steps, faults: [strict] });
    expect((await failureOf(found, 'fetch: strict → backoff → success'))?.message).toContain(
      "After 'strict': nobody apologised.",
    );
  });

  it('where a job reaches outside of the world', async () => {
    const found = failurePaths('orders', {
      config: defineConfig({
        engines: [
          engine('orders', {
            every: '1h',
            run: async () => (await import('node:fs')).readFileSync('/etc/hosts', 'utf8'),
          }),
        ],
      }),
      faults: [],
    });
    await expect(found).rejects.toMatchObject({
      code: 'RUN_UNREHEARSED',
      message: expect.stringContaining('readFileSync'),
    });
  });
});

it('a job that fails though nothing goes wrong is refused, with what it needs', async () => {
  await expect(failurePaths('orders', { config, faults: some })).rejects.toMatchObject({
    code: 'RUN_UNREHEARSED',
    message: expect.stringMatching(/there is no disk in a test.* under services or steps/),
  });
});

describe('when it begins', () => {
  const daily = defineConfig({
    windows: { day: { from: '09:00', to: '17:00' } },
    engines: [
      engine('post', { every: '1h', run: ({ step }) => step('publish', () => 1, { window: 'day' }) }),
      engine('nightly', { schedule: '30 2 * * *', run: () => 1 }),
    ],
  });

  it('is asked for where a step waits for a window that is closed by then', async () => {
    await expect(failurePaths('post', { config: daily, faults: [] })).rejects.toMatchObject({
      code: 'RUN_UNREHEARSED',
      message: expect.stringMatching(
        /the window 'day', which is closed.* Give startAt: an instant at which it is open.*another one: failurePaths\(\{ \.\.\.job, schedule \}/,
      ),
    });
    const startAt = Date.UTC(2026, 0, 5, 12);
    const found = await failurePaths('post', { config: daily, faults: [faults.busy], startAt });
    for (const path of found) await path.verify();
  });

  it('is the first due time after that where there is a cron expression', async () => {
    const startAt = Date.UTC(2026, 2, 28, 12);
    const begun: string[] = [];
    const noting: Invariant = {
      name: 'notes',
      watch: () => ({
        seen: ({ type, at }) => {
          if (type === 'run.began') begun.push(new Date(at).toISOString());
        },
      }),
    };
    const found = await failurePaths('nightly', {
      config: { ...daily, timeZone: 'UTC' },
      faults: [],
      startAt,
      invariants: [noting],
    });
    for (const path of found) await path.verify();
    // The next one is there to see whether all is well.
    expect(begun).toEqual(['2026-03-29T02:30:00.000Z', '2026-03-30T02:30:00.000Z']);
  });
});

describe('one path alone', () => {
  it('is there when the environment names it, with the seed that it names', async () => {
    vi.stubEnv('NIGHTSHIFT_PATH', 'orders ▸ tell: 503 → backoff → success');
    vi.stubEnv('NIGHTSHIFT_SEED', '99');
    const one = await failurePaths('orders', { config, steps, faults: some });
    expect(namesOf(one)).toEqual(['tell: 503 → backoff → success']);
    for (const path of one) await path.verify();
  });

  it('of another engine is not among them', async () => {
    vi.stubEnv('NIGHTSHIFT_PATH', 'invoices ▸ tell: 503 → backoff → success');
    expect(await failurePaths('orders', { config, steps, faults: some })).toHaveLength(0);
  });
});

describe('coverage', () => {
  it('says what no path comes to, as text and as JSON', async () => {
    const few = await failurePaths('orders', { config, steps, faults: [faults.status(503)] });
    const report = few.coverage();
    expect(report.states.missing).toEqual(expect.arrayContaining(['refreshing', 'held.forActor', 'halted']));
    expect(report.faults).toEqual({ reached: ['fetch: 503', 'tell: 503'], missing: [] });
    expect(String(report)).toContain('not reached: refreshing');
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({
      share: report.share,
      states: { missing: report.states.missing },
    });
  });

  it('names faults that only a longer path comes to: at a call that is made where another one has failed', async () => {
    const written = defineConfig({
      services: { one: { url: 'https://one.example' }, other: { url: 'https://other.example' } },
      engines: [
        engine('write', {
          every: '1h',
          run: ({ step, service }) =>
            step('draft', async () => {
              const { ok } = await service('one')
                .fetch('/')
                .catch(() => ({ ok: false }));
              return ok ? 1 : (await service('other').fetch('/')).text();
            }),
        }),
      ],
    });
    const options = { config: written, faults: [faults.status(503), faults.asleep()] };
    const short = (await failurePaths('write', options)).coverage();
    expect(short.faults).toEqual({
      reached: ['draft (one): 503', 'draft (one): asleep for 8h'],
      missing: ['draft (other): 503'],
    });
    const long = (await failurePaths('write', { ...options, depth: 2 })).coverage();
    expect(long.faults.reached).toContain('draft (other): 503');
    // Once both have failed.
    expect(long.faults.missing).toEqual(['backoff: asleep for 8h']);
  });

  it('and in a wait that comes of another fault', async () => {
    const options = { config, steps, faults: [faults.status(503), faults.asleep()] };
    const { missing } = (await failurePaths('orders', options)).coverage().faults;
    // The machine sleeps at the first call of an attempt, which is this one where the first step is finished.
    // Asleep from the start it finds its token too old, and cannot sleep again while it waits for the new one.
    expect(missing).toEqual(['held.forActor: asleep for 8h', 'backoff: asleep for 8h', 'tell: asleep for 8h']);
    const deep = await failurePaths('orders', { ...options, depth: 2 });
    expect(deep.coverage().faults.reached).toContain('backoff: asleep for 8h');
  });

  it('fails below a share, naming what is missing', async () => {
    const few = await failurePaths('orders', { config, steps, faults: [faults.status(503)] });
    expect(() => few.coverage({ atLeast: 0.9 })).toThrow(/expected at least 90 %[\s\S]*not reached: refreshing/);
    expect(() => few.coverage({ atLeast: 0.1 })).not.toThrow();
  });

  it('does not count what the settings keep the chart from, nor what only a person orders', () => {
    const { apart, states } = paths.coverage();
    expect(apart).toContainEqual({ what: 'paused', why: 'a person orders it' });
    expect(apart).toContainEqual({ what: 'held.forTime', why: expect.stringContaining('with these settings') });
    expect(states.missing).not.toContain('held.forTime');
  });

  it('counts the wait for the hours of a step, which it comes to when the machine sleeps until they are over', async () => {
    const late = defineConfig({
      windows: { day: { from: '08:00', to: '22:00' } },
      services: { shop: { url: 'https://shop.example' } },
      engines: [
        engine('late', {
          every: '1h',
          async run({ step, service }) {
            await step('ask', () =>
              service('shop')
                .fetch('/')
                .then(() => null),
            );
            await step('tell', () => null, { window: 'day' });
          },
        }),
      ],
    });
    const options = { config: late, startAt: Date.UTC(2026, 0, 5, 21) };
    const awake = await failurePaths('late', { ...options, faults: [faults.status(503)] });
    expect(awake.coverage().states.missing).toContain('held.forTime');
    const asleep = await failurePaths('late', { ...options, faults: [faults.asleep()] });
    expect(asleep.coverage().states.reached).toContain('held.forTime');
  });

  it('names faults that could happen nowhere', async () => {
    const found = await failurePaths('orders', { config, steps, faults: [faults.leaks] });
    expect(found.coverage().apart).toContainEqual({
      what: 'leaks memory',
      why: expect.stringContaining('nothing in this job'),
    });
  });
});
