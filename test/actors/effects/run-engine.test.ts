import { type EngineOptions, engine, type RunScope } from 'nightshift';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EngineContext } from '../../../src/policies/engine.ts';
import { Workplace } from './workplace.ts';

let place: Workplace;

/** Opens a workplace with the engine under test, `job`, and another one beside it. */
async function open(run: (scope: RunScope) => unknown, options: Omit<EngineOptions<undefined>, 'run'> = {}) {
  place = await Workplace.open({
    engines: [
      engine('job', { retry: { base: '1s', tries: 1, jitter: 'none' }, ...options, run }),
      engine('other', { run: () => 'well' }),
    ],
  });
}

afterEach(() => place[Symbol.asyncDispose]());

async function othersAreWell() {
  expect((await place.run('other')).last?.result).toBe('success');
}

describe('an engine that throws', () => {
  it.each([
    ['undefined', undefined, 'undefined was thrown instead of an Error.'],
    ['null', null, 'null was thrown instead of an Error.'],
    ['a text', 'out of paper', 'a text was thrown instead of an Error: out of paper'],
    ['a symbol', Symbol('why'), 'Symbol(why) was thrown instead of an Error.'],
    ['a number', 0, '0 was thrown instead of an Error.'],
    ['an object', { secret: 'hunter2' }, 'an object was thrown instead of an Error.'],
    ['a function', () => {}, 'a function was thrown instead of an Error.'],
  ])('%s fails by name, alone', async (_, thrown, message) => {
    await open(() => Promise.reject(thrown));
    const { failure, last } = await place.run('job');
    expect(last?.result).toBe('failure');
    expect(failure).toMatchObject({ class: 'bug', code: 'NOT_AN_ERROR', message });
    await othersAreWell();
  });

  it('before it returns a promise fails in the same way', async () => {
    await open(() => {
      throw new RangeError('at once');
    });
    expect((await place.run('job')).failure).toMatchObject({ class: 'bug', code: 'RangeError', message: 'at once' });
    await othersAreWell();
  });

  it('something that breaks whoever looks at it fails by name', async () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('do not look');
        },
        getPrototypeOf() {
          throw new Error('do not look');
        },
      },
    );
    await open(() => Promise.reject(hostile));
    expect((await place.run('job')).failure?.class).toBe('bug');
    await othersAreWell();
  });
});

describe('an engine that never settles', () => {
  it('is stopped when the time of the attempt is up, and fails by name', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    await open(
      ({ signal }) => {
        begun.resolve(signal);
        return new Promise(() => {});
      },
      { timeout: '10m' },
    );
    const run = place.run('job');
    const signal = await begun.promise;
    await place.clock.advance(599_999);
    expect(signal.aborted).toBe(false);
    await othersAreWell();
    await place.clock.advance(1);
    expect((await run).failure).toMatchObject({ class: 'recoverable', code: 'RUN_TIMEOUT' });
    expect(signal.aborted).toBe(true);
  });

  it('can do nothing more for its run once it has been stopped', async () => {
    const begun = Promise.withResolvers<RunScope>();
    await open(
      (scope) => {
        begun.resolve(scope);
        return new Promise(() => {});
      },
      { timeout: '10m' },
    );
    const run = place.run('job');
    const late = await begun.promise;
    await place.clock.advance(600_000);
    await run;
    await expect(late.step('late', () => 1)).rejects.toMatchObject({ code: 'EFFECT_SUPERSEDED' });
    expect(place.at('engine/job').context.run).toBeNull();
  });

  it('has its late result dropped, also when the next run is under way', async () => {
    const finish: ((output: string) => void)[] = [];
    let begun = Promise.withResolvers<void>();
    await open(
      () => {
        begun.resolve();
        return new Promise((resolve) => finish.push(resolve));
      },
      { timeout: '10m' },
    );
    const first = place.run('job');
    await begun.promise;
    await place.clock.advance(600_000);
    await first;
    begun = Promise.withResolvers();
    const second = place.run('job');
    await begun.promise;
    finish[0]?.('of the first');
    await place.clock.advance(0);
    expect(place.at('engine/job').value).toBe('running');
    finish[1]?.('of the second');
    expect((await second).lastGood).toBe('of the second');
  });
});

describe('what a run returns', () => {
  it.each([
    ['a Date', () => new Date(0)],
    ['a BigInt', () => 1n],
    ['NaN', () => Number.NaN],
    ['a function', () => () => {}],
    ['an object of a class', () => new URL('http://localhost')],
  ])('must be JSON: %s fails it', async (_, output) => {
    await open(() => output());
    const { failure } = await place.run('job');
    expect(failure).toMatchObject({ class: 'bug', code: 'RESULT_NOT_JSON' });
    expect(failure?.message).toMatch(/^job: what its run returned/);
    await othersAreWell();
  });

  it('may be 256 KiB of JSON and not more', async () => {
    await open(() => 'x'.repeat(256 * 1024));
    expect((await place.run('job')).failure?.code).toBe('RESULT_TOO_LARGE');
  });

  it('is the last known good of the next run, and stays it when that one fails', async () => {
    const seen: unknown[] = [];
    await open(({ lastGood }) => {
      if (seen.push(lastGood) === 2) throw new Error('not this time');
      return { run: seen.length };
    });
    for (let n = 0; n < 3; n++) await place.run('job');
    expect(seen).toEqual([null, { run: 1 }, { run: 1 }]);
  });
});

describe('what a run must have produced', () => {
  it.each([
    ['an empty list', [], 'its run ended well, and returned 0 of the 1 that minOutput asks for.'],
    ['nothing', undefined, 'its run ended well, and returned 0 of the 1 that minOutput asks for.'],
    ['an empty text', ' ', 'its run ended well, and returned 0 of the 1 that minOutput asks for.'],
  ])('is more than %s', async (_, output, message) => {
    await open(() => output, { minOutput: 1 });
    const { last, failure, lastGood } = await place.run('job');
    expect(last?.result).toBe('failure');
    expect(failure).toMatchObject({ class: 'bug', code: 'OUTPUT_UNEXPECTED', message: `job: ${message}` });
    expect(lastGood).toBeNull();
    await othersAreWell();
  });

  it('is enough when it is as much as is asked for', async () => {
    await open(() => [1, 2], { minOutput: 2 });
    expect((await place.run('job')).lastGood).toEqual([1, 2]);
  });

  it.each([
    ['false', () => false, 'says that this is not what it should return.'],
    ['a text', async () => 'three are missing', 'says: three are missing'],
    ['an object', () => ({}) as never, 'answered an object, expected true, false or a text'],
  ])('is what the job itself expects: not with the answer %s', async (_, expected, message) => {
    await open(() => 1, { expect: expected });
    expect((await place.run('job')).failure).toMatchObject({
      class: 'bug',
      code: 'OUTPUT_UNEXPECTED',
      message: expect.stringContaining(message),
    });
  });

  it.each([true, undefined])('is well with the answer %s', async (answer) => {
    const seen: unknown[] = [];
    const look = (output: unknown) => {
      seen.push(output);
      return answer;
    };
    await open(() => ({ sent: 3 }), { expect: look });
    expect((await place.run('job')).last?.result).toBe('success');
    expect(seen).toEqual([{ sent: 3 }]);
  });
});

describe('the output schema', () => {
  const runWith = async (output: unknown, schema: z.ZodType): Promise<EngineContext> => {
    place = await Workplace.open({
      engines: [engine('job', { output: schema, run: () => output as never }), engine('other', { run: () => 1 })],
    });
    return place.run('job');
  };

  it('fails a run that produced something else, and names each place', async () => {
    const schema = z.object({ uploaded: z.number().min(1), files: z.array(z.object({ name: z.string() })) });
    const { failure, last, lastGood } = await runWith({ uploaded: 0, files: [{ name: 'a' }, {}] }, schema);
    expect(last?.result).toBe('failure');
    expect(lastGood).toBeNull();
    expect(failure).toMatchObject({ class: 'bug', code: 'OUTPUT_INVALID' });
    expect(failure?.message).toContain('uploaded:');
    expect(failure?.message).toContain('files.1.name:');
    await othersAreWell();
  });

  it('fails a run that exits well having done nothing', async () => {
    const { failure } = await runWith(undefined, z.object({ uploaded: z.number() }));
    expect(failure?.code).toBe('OUTPUT_INVALID');
  });

  it('says what is kept', async () => {
    const { lastGood } = await runWith({ n: '7', extra: true }, z.object({ n: z.coerce.number() }));
    expect(lastGood).toEqual({ n: 7 });
  });

  it('that turns the output into something JSON cannot hold fails the run', async () => {
    const schema = z.object({ at: z.coerce.date() });
    expect((await runWith({ at: '2026-01-05' }, schema)).failure?.code).toBe('RESULT_NOT_JSON');
  });

  it('that throws fails the run', async () => {
    const schema = z.any().transform(() => {
      throw new Error('a broken schema');
    });
    expect((await runWith(1, schema)).failure).toMatchObject({ class: 'bug', message: 'a broken schema' });
  });
});

describe('an engine', () => {
  it('that asks for a service it does not have is told which there are', async () => {
    await open(({ service }) => service('youtub'));
    expect((await place.run('job')).failure).toMatchObject({ class: 'bug', code: 'SERVICE_UNKNOWN' });
  });

  it('that is not in the configuration any more does not run', async () => {
    const begun = Promise.withResolvers<void>();
    await open(() => {
      begun.resolve();
      return new Promise(() => {});
    });
    await place.trigger('job');
    await begun.promise;
    await place.crash({ engines: [engine('other', { run: () => 1 })] });
    expect(place.host.addresses()).toEqual(['engine/other']);
    await othersAreWell();
  });

  it('keeps the name of its run through crashes and attempts', async () => {
    const runs: string[] = [];
    let work = (): unknown => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    let begun = Promise.withResolvers<void>();
    await open(
      ({ runId }) => {
        runs.push(runId);
        begun.resolve();
        return work();
      },
      { retry: { base: '1s', tries: 2, jitter: 'none' } },
    );
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    begun = Promise.withResolvers();
    work = () => new Promise(() => {});
    await place.clock.advance(1_000);
    await begun.promise;
    work = () => 'done';
    await place.crash();
    await place.reached('engine/job', ({ context }) => context.last !== null);
    expect(runs).toHaveLength(3);
    expect(new Set(runs).size).toBe(1);
  });
});
