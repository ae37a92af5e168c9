import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  bearer,
  type ConfigDefinition,
  type EngineOptions,
  engine,
  type RunScope,
  type StepOptions,
  type StepScope,
  type TokenDefinition,
} from 'nightshift';
import { afterEach, describe, expect, it } from 'vitest';
import { placeKey } from '../../../src/actors/effects/step-place.ts';
import type { EngineContext } from '../../../src/policies/engine.ts';
import { type Answer, HttpServer, json, ok } from './http-server.ts';
import { Workplace } from './workplace.ts';

const retry = { base: '1s', tries: 3, jitter: 'none' } as const;

/** A configuration with one engine, `job`. */
function job(run: (scope: RunScope) => unknown, timing: Omit<EngineOptions<undefined>, 'run'> = {}): ConfigDefinition {
  return { engines: [engine('job', { retry, ...timing, run })] };
}

let place: Workplace;
const opened: AsyncDisposable[] = [];

async function open(definition: ConfigDefinition) {
  place = await Workplace.open(definition);
  opened.push(place);
}

afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});

const passing = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });

/** Waits until the engine is in backoff and lets the wait go by. */
async function nextAttempt() {
  await place.state('engine/job', 'backoff');
  await place.clock.advance(60_000);
}

describe('a finished step', () => {
  it('is not done again when the run is tried again, and returns what it returned', async () => {
    const done: string[] = [];
    const outputs: unknown[] = [];
    await open(
      job(async ({ step }) => {
        outputs.push(await step('one', () => done.push('one') && { made: [1, null, 'ä'] }));
        await step('two', () => {
          if (done.push('two') < 3) throw passing();
        });
        return 'all';
      }),
    );
    const run = place.run('job');
    await nextAttempt();
    expect(await run).toMatchObject({ last: { result: 'success' }, lastGood: 'all' });
    expect(done).toEqual(['one', 'two', 'two']);
    expect(outputs).toEqual([{ made: [1, null, 'ä'] }, { made: [1, null, 'ä'] }]);
  });

  it('is not done again after a crash', async () => {
    const done: string[] = [];
    const hanging = Promise.withResolvers<void>();
    let patience: Promise<unknown> = new Promise(() => {});
    await open(
      job(async ({ step }) => {
        await step('one', () => void done.push('one'));
        await step('two', () => {
          done.push('two');
          hanging.resolve();
          return patience;
        });
        await step('three', () => void done.push('three'));
      }),
    );
    await place.trigger('job');
    await hanging.promise;
    patience = Promise.resolve();
    await place.crash();
    const { last } = (await place.reached('engine/job', ({ context }) => context.last !== null)).context;
    expect(last?.result).toBe('success');
    expect(done).toEqual(['one', 'two', 'two', 'three']);
  });

  it('is done again when the crash came before its checkpoint was on disk', async () => {
    const done: string[] = [];
    const worked = Promise.withResolvers<() => void>();
    await open(
      job(async ({ step }) => {
        await step('one', () => {
          if (done.push('one') === 1) worked.resolve(place.holdWrites());
        });
        done.push('after');
      }),
    );
    await place.trigger('job');
    const release = await worked.promise;
    const crashed = place.crash();
    release();
    await crashed;
    await place.reached('engine/job', ({ context }) => context.last !== null);
    expect(done).toEqual(['one', 'one', 'after']);
  });

  it('hands out its result only when the checkpoint is on disk', async () => {
    const seen: unknown[] = [];
    const worked = Promise.withResolvers<void>();
    await open(
      job(async ({ step }) => {
        seen.push(
          await step('one', () => {
            release = place.holdWrites();
            worked.resolve();
            return 1;
          }),
        );
      }),
    );
    let release = () => {};
    const run = place.run('job');
    await worked.promise;
    await place.clock.advance(0);
    expect(seen).toEqual([]);
    release();
    await run;
    expect(seen).toEqual([1]);
  });

  it('returns null from the first time on when it returned nothing', async () => {
    const outputs: unknown[] = [];
    let tries = 0;
    await open(
      job(async ({ step }) => {
        outputs.push(await step('one', () => {}));
        tries += 1;
        if (tries === 1) throw passing();
      }),
    );
    const run = place.run('job');
    await nextAttempt();
    await run;
    expect(outputs).toEqual([null, null]);
  });

  it('is begun afresh by the next run', async () => {
    const runs: string[] = [];
    await open(job(({ step, runId }) => step('one', () => void runs.push(runId))));
    await place.run('job');
    await place.run('job');
    expect(new Set(runs).size).toBe(2);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('may be called %s', async (name) => {
    let done = 0;
    await open(
      job(async ({ step }) => {
        const output = await step(name, () => {
          done += 1;
          return 'mine';
        });
        if (done === 1 && attempts++ === 0) throw passing();
        return output;
      }),
    );
    let attempts = 0;
    const run = place.run('job');
    await place.state('engine/job', 'backoff');
    await place.crash();
    await place.clock.advance(60_000);
    void run;
    const { context } = await place.reached('engine/job', ({ context: { last } }) => last !== null);
    expect(context.lastGood).toBe('mine');
    expect(done).toBe(1);
  });
});

describe('a checkpoint within a step', () => {
  interface Pages {
    next: number;
    cookie: string;
  }

  /** Walks pages, and keeps how far it is; `obstacle` is asked before each page. */
  const walker =
    (seen: number[], begun: (Pages | undefined)[], obstacle: (page: number) => unknown) =>
    ({ step }: RunScope) =>
      step('walk', async ({ checkpoint, resume }: StepScope<Pages>) => {
        begun.push(resume);
        for (let next = resume?.next ?? 1; next <= 10; next++) {
          await obstacle(next);
          seen.push(next);
          await checkpoint({ next: next + 1, cookie: `c${next}` });
        }
        return 'all';
      });

  it('is what the next attempt gets', async () => {
    const seen: number[] = [];
    const begun: (Pages | undefined)[] = [];
    await open(
      job(
        walker(seen, begun, (page) => {
          if (page === 7 && begun.length === 1) throw passing();
        }),
      ),
    );
    const run = place.run('job');
    await nextAttempt();
    expect(await run).toMatchObject({ last: { result: 'success' }, lastGood: 'all', run: null });
    expect(begun).toEqual([undefined, { next: 7, cookie: 'c6' }]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('is what comes back after a crash', async () => {
    const seen: number[] = [];
    const begun: (Pages | undefined)[] = [];
    const onSeven = Promise.withResolvers<void>();
    let patience: Promise<unknown> = new Promise(() => {});
    await open(
      job(
        walker(seen, begun, (page) => {
          if (page !== 7) return;
          onSeven.resolve();
          return patience;
        }),
      ),
    );
    await place.trigger('job');
    await onSeven.promise;
    patience = Promise.resolve();
    await place.crash();
    await place.reached('engine/job', ({ context }) => context.last !== null);
    expect(begun).toEqual([undefined, { next: 7, cookie: 'c6' }]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('goes with its step, and with its run', async () => {
    const begun: unknown[] = [];
    let runs = 0;
    await open(
      job(
        async ({ step }) => {
          await step('one', async ({ checkpoint }) => checkpoint('done with'));
          await step('two', async ({ checkpoint, resume }) => {
            begun.push(resume);
            await checkpoint('half');
            if (++runs === 1) throw new Error('broken');
          });
        },
        { maxFailures: 9 },
      ),
    );
    const during: unknown[] = [];
    place.host.inspect({
      transition: ({ event, snapshot }) => {
        if (event.type === 'step.completed') during.push((snapshot.context as unknown as EngineContext).run?.progress);
      },
    });
    expect((await place.run('job')).last?.result).toBe('failure');
    expect((await place.run('job')).last?.result).toBe('success');
    expect(begun).toEqual([undefined, undefined]);
    expect(during).toEqual([{}, {}, {}]);
  });

  it('is on disk before the step goes on', async () => {
    const order: string[] = [];
    await open(
      job(({ step }) =>
        step('one', async ({ checkpoint }) => {
          const release = place.holdWrites();
          const kept = checkpoint(1).then(() => order.push('kept'));
          for (let turns = 0; turns < 50; turns++) await nextTurn();
          order.push('released');
          release();
          await kept;
        }),
      ),
    );
    await place.run('job');
    expect(order).toEqual(['released', 'kept']);
  });

  it.each([
    ['RESULT_TOO_LARGE', (step: StepScope) => step.checkpoint('x'.repeat(300_000)), "the checkpoint of the step 'one'"],
    ['RESULT_NOT_JSON', (step: StepScope) => step.checkpoint(new Date(0)), 'found a Date'],
  ])('is refused with %s', async (code, work, message) => {
    await open(job(({ step }) => step('one', work)));
    const { failure } = await place.run('job');
    expect(failure).toMatchObject({ class: 'bug', code });
    expect(failure?.message).toContain(message);
  });

  it('is refused once its step is over', async () => {
    let late: unknown;
    await open(
      job(async ({ step }) => {
        const checkpoint = await new Promise<StepScope['checkpoint']>((resolve) => {
          void step('one', (scope) => resolve(scope.checkpoint));
        });
        await step('two', () => 2);
        late = await checkpoint(1).catch((error) => error.code);
      }),
    );
    await place.run('job');
    expect(late).toBe('CHECKPOINT_LATE');
  });
});

describe('a step', () => {
  it('has the same idempotency key in every attempt, also after a crash, which is no attempt more', async () => {
    const seen: [key: string, attempt: number][] = [];
    let begun = Promise.withResolvers<void>();
    let work = async (): Promise<void> => {
      throw passing();
    };
    await open(
      job(({ step, runId }) =>
        step('one', ({ idempotencyKey, attempt }) => {
          seen.push([idempotencyKey === placeKey(runId, 'one') ? 'its own' : 'another', attempt]);
          begun.resolve();
          return work();
        }),
      ),
    );
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    begun = Promise.withResolvers();
    work = () => new Promise(() => {});
    await place.clock.advance(60_000);
    await begun.promise;
    work = async () => {};
    await place.crash();
    await place.reached('engine/job', ({ context }) => context.last !== null);
    expect(seen).toEqual([
      ['its own', 1],
      ['its own', 2],
      ['its own', 2],
    ]);
  });

  it.each([
    ['a Date', () => new Date(0), 'a Date'],
    ['a BigInt', () => ({ size: 5n }), '$.size: found a bigint'],
    ['something cyclic', () => cyclic(), 'nested in itself'],
    ['a function', () => ({ size: 1, work: () => {} }), '$.work: found a function'],
    ['NaN', () => [1, Number.NaN], '$[1]: found NaN'],
    ['an infinite number', () => Number.POSITIVE_INFINITY, 'found Infinity'],
    ['a Map', () => ({ of: new Map() }), '$.of: found a Map'],
    ['a symbol', () => Symbol('x'), 'found a symbol'],
    ['an error', () => new Error('kept?'), 'found a Error'],
    ['a Response', () => new Response('x'), 'found a Response'],
  ])('fails with a name when it returns %s', async (_, output, found) => {
    await open(job(({ step }) => step('one', () => output())));
    const { failure, last } = await place.run('job');
    expect(last?.result).toBe('failure');
    expect(failure).toMatchObject({ class: 'bug', code: 'RESULT_NOT_JSON', step: 'one' });
    expect(failure?.message).toContain("job: what the step 'one' returned");
    expect(failure?.message).toContain(found);
  });

  it.each([
    ['a hole in a list', () => Object.assign([], { 0: 1, 2: 2 }), [1, null, 2]],
    ['a negative zero', () => ({ at: -0 }), { at: 0 }],
    ['undefined in a list and in an object', () => ({ list: [undefined], gone: undefined }), { list: [null] }],
  ])('gives %s back at once as it would after a crash', async (_, output, expected) => {
    const outputs: unknown[] = [];
    await open(
      job(async ({ step }) => {
        outputs.push(await step('one', () => output() as unknown));
        if (outputs.length === 1) throw passing();
      }),
    );
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    await place.crash();
    await place.clock.advance(60_000);
    await place.reached('engine/job', ({ context }) => context.last !== null);
    expect(outputs).toStrictEqual([expected, expected]);
  });

  it('may return 256 KiB of JSON and not a byte more', async () => {
    const most = 256 * 1024 - 2;
    await open(
      job(async ({ step }) => {
        await step('most', () => 'x'.repeat(most));
        await step('more', () => 'x'.repeat(most + 1));
      }),
    );
    const { failure } = await place.run('job');
    expect(failure).toMatchObject({ class: 'bug', code: 'RESULT_TOO_LARGE', step: 'more' });
  });

  it('counts the bytes, not the letters', async () => {
    await open(job(({ step }) => step('one', () => 'ä'.repeat(200 * 1024))));
    expect((await place.run('job')).failure?.code).toBe('RESULT_TOO_LARGE');
  });

  it('fails the run when its name has been used in it', async () => {
    const done: string[] = [];
    await open(
      job(async ({ step }) => {
        await step('one', () => void done.push('first'));
        await step('one', () => void done.push('second'));
      }),
    );
    expect((await place.run('job')).failure).toMatchObject({ class: 'bug', code: 'STEP_NAME_TWICE' });
    expect(done).toEqual(['first']);
  });

  it('fails the run when its name is used twice at the same time', async () => {
    await open(job(({ step }) => Promise.all([step('one', () => 1), step('one', () => 2)])));
    expect((await place.run('job')).failure?.code).toBe('STEP_NAME_TWICE');
  });

  it.each([
    ['nothing', ''],
    ['no text', 7],
    ['undefined', undefined],
    ['201 characters', 'x'.repeat(201)],
  ])('fails the run when its name is %s', async (_, name) => {
    await open(job(({ step }) => step(name as string, () => 1)));
    expect((await place.run('job')).failure).toMatchObject({ class: 'bug', code: 'STEP_NAME_INVALID' });
  });

  it.each(['soon', 0, -1, Number.NaN])('fails the run when its timeout is %s', async (timeout) => {
    await open(job(({ step }) => step('one', () => 1, { timeout })));
    expect((await place.run('job')).failure).toMatchObject({ class: 'bug', code: 'STEP_TIMEOUT_INVALID' });
  });

  it.each([
    [
      { onInterupted: 'fail' },
      "the step 'one': found the unknown option 'onInterupted'",
      "Did you mean 'onInterrupted'?",
    ],
    [
      { retries: 3 },
      "found the unknown option 'retries'",
      "expected 'timeout', 'window', 'whenDown' or 'onInterrupted'.",
    ],
    [{ whenDown: 'skp' }, "found whenDown: 'skp'", "expected 'skip'."],
    [{ onInterrupted: true }, 'found onInterrupted: true', "expected 'retry' or 'fail'."],
    ['1s', "found '1s' as its options", 'expected an object.'],
  ])('does nothing and fails the run when its options are %j', async (options, found, expected) => {
    const done: string[] = [];
    await open(job(({ step }) => step('one', () => done.push('one'), options as StepOptions)));
    const { failure } = await place.run('job');
    expect(failure).toMatchObject({ class: 'bug', code: 'STEP_OPTION_INVALID' });
    expect(failure?.message).toContain(found);
    expect(failure?.message).toContain(expected);
    expect(done).toEqual([]);
  });

  it('fails the run when it has no work', async () => {
    await open(job(({ step }) => step('one', undefined as never)));
    expect((await place.run('job')).failure).toMatchObject({ class: 'bug', code: 'STEP_WITHOUT_WORK' });
  });

  it('fails the run when nobody waits for it', async () => {
    const finish = Promise.withResolvers<void>();
    await open(
      job(({ step }) => {
        void step('one', () => finish.promise).catch(() => {});
        return 'done';
      }),
    );
    const { failure, last } = await place.run('job');
    expect(last?.result).toBe('failure');
    expect(failure).toMatchObject({ class: 'bug', code: 'STEP_UNAWAITED', message: expect.stringContaining("'one'") });
    finish.resolve();
  });

  it('runs beside others of its run, and each result is kept', async () => {
    const done: string[] = [];
    let tries = 0;
    await open(
      job(async ({ step }) => {
        const names = ['a', 'b', 'c'];
        const outputs = await Promise.all(names.map((name) => step(name, () => done.push(name) && name)));
        tries += 1;
        if (tries === 1) throw passing();
        return outputs;
      }),
    );
    const run = place.run('job');
    await nextAttempt();
    expect((await run).lastGood).toEqual(['a', 'b', 'c']);
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('names itself in the failure of what it throws', async () => {
    await open(job(({ step }) => step('upload', () => Promise.reject(new TypeError('no file')))));
    expect((await place.run('job')).failure).toMatchObject({ class: 'bug', code: 'TypeError', step: 'upload' });
  });
});

describe('a step that must not happen twice', () => {
  const once: StepOptions = { onInterrupted: 'fail' };

  it('fails its run when a crash cut it off in the middle', async () => {
    let began = 0;
    const begun = Promise.withResolvers<void>();
    await open(
      job(async ({ step }) => {
        await step(
          'pay',
          () => {
            began += 1;
            begun.resolve();
            return new Promise(() => {});
          },
          once,
        );
      }),
    );
    await place.trigger('job');
    await begun.promise;
    await place.crash();
    const { context } = await place.reached('engine/job', ({ context: { last } }) => last !== null);
    expect(context.failure).toMatchObject({ class: 'bug', code: 'STEP_INTERRUPTED' });
    expect(context.failure?.message).toContain("'pay'");
    expect(began).toBe(1);
  });

  it('does not begin before the disk knows', async () => {
    let began = false;
    const before = Promise.withResolvers<void>();
    await open(
      job(async ({ step }) => {
        release = place.holdWrites();
        const step1 = step(
          'pay',
          () => {
            began = true;
          },
          once,
        );
        before.resolve();
        await step1;
      }),
    );
    let release = () => {};
    const run = place.run('job');
    await before.promise;
    await place.clock.advance(0);
    expect(began).toBe(false);
    release();
    await run;
    expect(began).toBe(true);
  });

  it('is tried again after an error of its own: that is no interruption', async () => {
    let began = 0;
    await open(
      job(({ step }) =>
        step(
          'pay',
          () => {
            began += 1;
            if (began === 1) throw passing();
            return 'paid';
          },
          once,
        ),
      ),
    );
    const run = place.run('job');
    await nextAttempt();
    expect(await run).toMatchObject({ last: { result: 'success' }, lastGood: 'paid' });
    expect(began).toBe(2);
  });

  it('is not done again when it had finished before the crash', async () => {
    const paid: string[] = [];
    const waiting = Promise.withResolvers<void>();
    let patience: Promise<unknown> = new Promise(() => {});
    await open(
      job(async ({ step }) => {
        await step('pay', () => void paid.push('paid'), once);
        waiting.resolve();
        await patience;
      }),
    );
    await place.trigger('job');
    await waiting.promise;
    patience = Promise.resolve();
    await place.crash();
    const { context } = await place.reached('engine/job', ({ context: { last } }) => last !== null);
    expect(context.last?.result).toBe('success');
    expect(paid).toEqual(['paid']);
  });

  it('fails its run too when an operator paused it in the middle', async () => {
    let began = 0;
    const begun = Promise.withResolvers<void>();
    await open(
      job(({ step }) =>
        step(
          'pay',
          () => {
            began += 1;
            begun.resolve();
            return new Promise(() => {});
          },
          once,
        ),
      ),
    );
    await place.trigger('job');
    await begun.promise;
    await place.host.send('engine/job', { type: 'engine.pause' });
    await place.host.send('engine/job', { type: 'engine.resume' });
    const { context } = await place.reached('engine/job', ({ context: { last } }) => last !== null);
    expect(context.failure?.code).toBe('STEP_INTERRUPTED');
    expect(began).toBe(1);
  });
});

describe("a step's timeout", () => {
  it('aborts the work, which may say so itself', async () => {
    const reasons: unknown[] = [];
    const begun = Promise.withResolvers<void>();
    await open(
      job(
        ({ step }) =>
          step(
            'slow',
            ({ signal }) =>
              new Promise((_, reject) => {
                signal.addEventListener('abort', () => reasons.push(signal.reason) && reject(signal.reason));
                begun.resolve();
              }),
            { timeout: '5s' },
          ),
        { retry: { ...retry, tries: 1 } },
      ),
    );
    const run = place.run('job');
    await begun.promise;
    await place.clock.advance(4_999);
    expect(reasons).toEqual([]);
    await place.clock.advance(1);
    expect((await run).failure).toMatchObject({ class: 'recoverable', code: 'TIMEOUT', step: 'slow' });
    expect(reasons).toHaveLength(1);
  });

  it('leaves work behind that ignores its signal, whose late result counts for nothing', async () => {
    const late = Promise.withResolvers<string>();
    let began = Promise.withResolvers<void>();
    let work: () => Promise<string> = () => late.promise;
    await open(
      job(({ step }) =>
        step(
          'slow',
          () => {
            began.resolve();
            return work();
          },
          { timeout: 5_000 },
        ),
      ),
    );
    const run = place.run('job');
    await began.promise;
    await place.clock.advance(5_000);
    await place.state('engine/job', 'backoff');
    late.resolve('late');
    work = async () => 'in time';
    began = Promise.withResolvers();
    await place.clock.advance(60_000);
    expect((await run).lastGood).toBe('in time');
  });

  it('counts for each attempt by itself', async () => {
    let began = Promise.withResolvers<void>();
    await open(
      job(
        ({ step }) =>
          step(
            'slow',
            () => {
              began.resolve();
              return new Promise(() => {});
            },
            { timeout: '5s' },
          ),
        { retry: { ...retry, tries: 2 } },
      ),
    );
    const run = place.run('job');
    for (let attempt = 1; attempt <= 2; attempt++) {
      await began.promise;
      began = Promise.withResolvers();
      await place.clock.advance(5_000);
      if (attempt === 1) await nextAttempt();
    }
    expect(await run).toMatchObject({ failure: { code: 'TIMEOUT' }, last: { result: 'failure' } });
  });
});

describe("whenDown: 'skip'", () => {
  it('goes on without a step whose service is down, remembers that, and says so in the ledger', async () => {
    const server = await HttpServer.open();
    opened.push({ [Symbol.asyncDispose]: () => server.close() });
    server.answer = json(500);
    const outputs: unknown[] = [];
    let tries = 0;
    await open({
      services: { extra: { url: server.url, breaker: { failures: 1, cooldown: '1h' } } },
      engines: [
        engine('breaks', { retry: { tries: 1 }, run: ({ service }) => service('extra').fetch('/') }),
        engine('job', {
          retry,
          async run({ step, service }) {
            outputs.push(
              await step('extra', async () => (await service('extra').fetch('/')).json(), { whenDown: 'skip' }),
            );
            tries += 1;
            if (tries === 1) throw passing();
            return 'without it';
          },
        }),
      ],
    });
    await place.run('breaks');
    expect(place.at('breaker/extra').value).toBe('open');
    const run = place.run('job');
    await place.state('engine/job', 'backoff');
    server.answer = ok();
    await place.host.send('breaker/extra', { type: 'breaker.reset' });
    await place.clock.advance(5_000);
    expect(await run).toMatchObject({ last: { result: 'success' }, lastGood: 'without it' });
    expect(outputs).toEqual([undefined, undefined]);
    expect(server.arrivals).toHaveLength(1);
    expect(await place.ledger('engine/job')).toMatchObject([{ result: 'success', skipped: ['extra'] }]);
  });

  /** A run whose only step calls a service, and may be left out. */
  async function calling(answer: Answer, token?: { auth: TokenDefinition }) {
    const server = await HttpServer.open();
    opened.push({ [Symbol.asyncDispose]: () => server.close() });
    server.answer = answer;
    const breaker = { failures: 10, of: 10, atLeast: 10 };
    const run = ({ step, service }: RunScope) =>
      step(
        'extra',
        () =>
          service('api')
            .fetch('/')
            .then(() => null),
        { whenDown: 'skip' },
      );
    await open({
      services: { api: { url: server.url, breaker, ...(token && { token: 'auth' }) } },
      ...(token && { tokens: token }),
      engines: [engine('job', { retry, run })],
    });
    return server;
  }

  it.each([503, 429])(
    'leaves out a step whose service answers %d to the last try, and tries it until then',
    async (status) => {
      const server = await calling(json(status));
      const run = place.run('job');
      await place.state('engine/job', 'backoff');
      await place.clock.advance(1_000);
      await place.reached('engine/job', ({ value, context }) => value === 'backoff' && context.run?.attempt === 2);
      await place.clock.advance(2_000);
      expect((await run).last).toMatchObject({ result: 'success', degraded: ['extra'] });
      expect(server.arrivals).toHaveLength(3);
    },
  );

  it('leaves out a step whose token waits for a person, from the call on that finds it out', async () => {
    const server = await calling(json(401), { auth: bearer('a-bearer-token') });
    expect((await place.run('job')).last).toMatchObject({ result: 'success', degraded: ['extra'] });
    expect((await place.run('job')).last).toMatchObject({ result: 'success', degraded: ['extra'] });
    expect(server.arrivals).toHaveLength(1);
    expect(await place.ledger('engine/job')).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
  });

  it('does not hide an error of the step itself', async () => {
    await open(job(({ step }) => step('extra', () => Promise.reject(new TypeError('oops')), { whenDown: 'skip' })));
    expect((await place.run('job')).failure).toMatchObject({ code: 'TypeError', step: 'extra' });
  });

  it('does not hide what passes and is of no service', async () => {
    const run = ({ step }: RunScope) => step('extra', () => Promise.reject(passing()), { whenDown: 'skip' });
    await open(job(run, { retry: { tries: 1 } }));
    expect((await place.run('job')).failure).toMatchObject({ code: 'ECONNRESET', step: 'extra' });
  });

  it('leaves nothing out for everybody’s trouble, nor for a closed window of a step within it', async () => {
    const full = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    const inner =
      ({ step }: RunScope) =>
      () =>
        step('inner', () => null, { window: 'night' });
    await open({
      timeZone: 'UTC',
      windows: { night: { from: '22:00', to: '04:00' } },
      engines: [
        engine('full', { run: ({ step }) => step('extra', full, { whenDown: 'skip' }) }),
        engine('job', { run: (scope) => scope.step('extra', inner(scope), { whenDown: 'skip' }) }),
      ],
    });
    await place.trigger('full');
    expect((await place.state('engine/full', 'held.forActor')).context.run?.skipped).toEqual([]);
    await place.trigger('job');
    expect((await place.state('engine/job', 'held.forTime')).context.run?.skipped).toEqual([]);
  });
});

describe('a step with a window', () => {
  const hour = 3_600_000;
  const windows = { publishing: { from: '09:00', to: '22:00' } };
  let done: string[];

  /** It is eight in the morning. */
  async function openAt(hours: number, options: StepOptions = {}) {
    done = [];
    const run = async ({ step }: RunScope) => {
      await step('research', async () => {
        done.push('research');
      });
      await step('publish', async () => done.push('publish'), { window: 'publishing', ...options });
    };
    await open({ timeZone: 'UTC', windows, ...job(run) });
    await place.clock.advance((hours - 8) * hour);
  }

  it('is done at once while that is open', async () => {
    await openAt(12);
    expect((await place.run('job')).last?.result).toBe('success');
    expect(done).toEqual(['research', 'publish']);
  });

  it.each([{}, { whenDown: 'skip' as const }])(
    'holds the run before it until that opens, through a crash: %o',
    async (options) => {
      await openAt(23, options);
      await place.trigger('job');
      const { context } = await place.state('engine/job', 'held.forTime');
      expect(context.hold).toEqual({
        kind: 'window',
        window: 'publishing',
        reason: "job: the step 'publish' waits for the window 'publishing', which is closed.",
        until: Date.UTC(2026, 0, 6, 9),
      });
      await place.crash(undefined, hour);
      await place.clock.advanceTo(Date.UTC(2026, 0, 6, 9) - 1);
      expect(done).toEqual(['research']);
      const over = place.reached('engine/job', ({ context: { last } }) => last !== null);
      await place.clock.advance(1);
      expect((await over).context.last?.result).toBe('success');
      expect(done).toEqual(['research', 'publish']);
      expect(await place.ledger('engine/job')).toMatchObject([{ result: 'success', attempts: 1 }]);
    },
  );

  it('waits for the next opening when nobody was there at this one', async () => {
    await openAt(23);
    await place.trigger('job');
    await place.state('engine/job', 'held.forTime');
    await place.crash(undefined, 24 * hour);
    const held = place.reached(
      'engine/job',
      ({ context }) => (context.hold as { until: number })?.until > Date.UTC(2026, 0, 7),
    );
    await place.clock.advance(1_000);
    await held;
    expect(done).toEqual(['research']);
  });

  it('that there is not is named', async () => {
    await openAt(12, { window: 'publshing' });
    expect((await place.run('job')).failure).toMatchObject({
      code: 'STEP_OPTION_INVALID',
      message:
        "job: the step 'publish': found window: 'publshing', expected one of the windows: 'publishing'. Did you mean 'publishing'?",
    });
  });
});

it('that must never be begun twice is not, beside what its time limit has left behind', async () => {
  const left = Promise.withResolvers<void>();
  const seen: string[] = [];
  const over = Promise.withResolvers<void>();
  await open(
    job(({ step }) =>
      step(
        'pay',
        async () => {
          seen.push('begun');
          over.resolve();
          await left.promise;
          seen.push('ended');
        },
        { onInterrupted: 'fail', timeout: '10s' },
      ),
    ),
  );
  const run = place.run('job');
  await over.promise;
  await place.clock.advance(10_000);
  expect((await run).failure).toMatchObject({ code: 'STEP_INTERRUPTED' });
  left.resolve();
  await place.clock.advance(60_000);
  expect(seen).toEqual(['begun', 'ended']);
});

it('is not begun again after an outage only to be cut off by the limit of the attempt before', async () => {
  const seen: string[] = [];
  const begun = Promise.withResolvers<void>();
  let lives = 0;
  await open(
    job(
      async ({ step, signal }) => {
        await step('prepare', async () => {
          lives += 1;
          if (lives > 1) return;
          begun.resolve();
          await new Promise(() => {});
        });
        const pay = async () => {
          seen.push('pay');
          signal.addEventListener('abort', () => seen.push('cut off'));
        };
        await step('pay', pay, { onInterrupted: 'fail' });
        // Something else that takes its time.
        for (let turn = 0; turn < 20; turn++) await nextTurn();
      },
      { timeout: '20m', retry: { base: '1s', tries: 3, jitter: 'none' } },
    ),
  );
  await place.trigger('job');
  await begun.promise;
  await place.crash(undefined, 8 * 3_600_000);
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  const over = place.reached('engine/job', ({ context }) => context.last !== null);
  await place.clock.advance(60_000);
  expect((await over).context.last?.result).toBe('success');
  expect(seen).toEqual(['pay']);
});

describe('a drain', () => {
  it.each([
    ['as it is', (error: unknown) => error],
    ['wrapped into an error of the job', (error: unknown) => new Error('step failed', { cause: error })],
  ])('stops a run between two steps and keeps it, its reason thrown on %s', async (_, thrown) => {
    const done: string[] = [];
    let tell = Promise.withResolvers<() => void>();
    let waits = true;
    await open(
      job(async ({ step }) => {
        try {
          for (const name of ['one', 'two', 'three']) {
            await step(name, async () => {
              done.push(name);
              if (name !== 'two' || !waits) return;
              await new Promise<void>((go) => tell.resolve(go));
            });
          }
        } catch (error) {
          throw thrown(error);
        }
        return 'all';
      }),
    );
    await place.trigger('job');
    const go = await tell.promise;
    tell = Promise.withResolvers();
    waits = false;
    place.host.drain();
    go();
    await place.restart();
    const { context } = await place.reached('engine/job', ({ context: { last } }) => last !== null);
    expect(context).toMatchObject({ last: { result: 'success' }, lastGood: 'all' });
    expect(done).toEqual(['one', 'two', 'three']);
  });

  it('cuts off what takes too long, which begins again under the same key', async () => {
    const keys: string[] = [];
    const begun = Promise.withResolvers<void>();
    let work = (): Promise<unknown> => new Promise(() => {});
    await open(
      job(({ step }) =>
        step('one', ({ idempotencyKey }) => {
          keys.push(idempotencyKey);
          begun.resolve();
          return work();
        }),
      ),
    );
    await place.trigger('job');
    await begun.promise;
    await place.host.stop();
    work = async () => 1;
    await place.crash();
    await place.reached('engine/job', ({ context: { last } }) => last !== null);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });
});

function cyclic() {
  const self: { me?: object } = {};
  self.me = self;
  return self;
}
