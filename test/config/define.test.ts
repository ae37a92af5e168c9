import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { bearer, defineConfig, engine, env } from '../../src/index.ts';

describe('the types of an engine', () => {
  it('come from its output', () => {
    engine('upload', {
      output: z.object({ videoId: z.string(), at: z.string().transform(Number) }),
      run({ lastGood, dueAt, signal }) {
        expectTypeOf(lastGood).toEqualTypeOf<{ videoId: string; at: number } | null>();
        expectTypeOf(dueAt).toEqualTypeOf<number>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return { videoId: 'a', at: '1' };
      },
    });
  });

  it('refuse a run that returns something else', () => {
    engine('upload', {
      output: z.object({ videoId: z.string() }),
      // @ts-expect-error the output has a videoId
      run: async () => ({ id: 'a' }),
    });
  });

  it('refuse an unknown key', () => {
    // @ts-expect-error it is timeout
    engine('upload', { timout: '5m', run: () => 'done' });
  });

  it('leave the output open when it has no schema', () => {
    engine('chore', {
      run({ lastGood }) {
        expectTypeOf(lastGood).toBeUnknown();
      },
    });
  });

  it('give what a step returns, and undefined for one that may be skipped', () => {
    engine('steps', {
      async run({ step, service }) {
        expectTypeOf(await step('a', () => 1)).toEqualTypeOf<number>();
        expectTypeOf(await step('b', async ({ attempt }) => attempt, { timeout: '5s' })).toEqualTypeOf<number>();
        expectTypeOf(await step('c', () => 'x', { whenDown: 'skip' })).toEqualTypeOf<string | undefined>();
        expectTypeOf(await step('d', () => service('web').fetch('/'))).toEqualTypeOf<Response>();
        expectTypeOf(await service('web').call(async ({ authorization }) => authorization)).toEqualTypeOf<
          Record<string, string> | undefined
        >();
      },
    });
  });
});

it('keeps what it is given for the check at the load, throwing nothing', () => {
  expect(engine(7 as never, undefined as never)).toEqual({ id: 7 });
  expect(defineConfig({ tokens: { a: bearer(env('A')) } })).toEqual({
    tokens: { a: { grant: 'static', secret: { fromEnv: 'A' }, header: 'Authorization', scheme: 'Bearer' } },
  });
});
