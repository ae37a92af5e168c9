import { afterEach, describe, expect, it, vi } from 'vitest';
import { defineConfig, engine } from '../../../src/index.ts';
import { faults } from '../../../src/testing/faults/faults.ts';
import { failurePaths } from '../../../src/testing/paths/failure-paths.ts';

const config = defineConfig({
  services: { shop: { url: 'https://shop.example' } },
  engines: [
    engine('orders', {
      every: '5m',
      run: ({ step, service }) => step('fetch', async () => (await service('shop').fetch('/')).json()),
    }),
  ],
});
const some = [faults.status(503)];

afterEach(() => vi.unstubAllEnvs());

describe('an option that leads nowhere is refused:', () => {
  it.each<[string, object, string]>([
    ['a misspelt option', { config, fault: [] }, "found the unknown option 'fault', expected one of 'config',"],
    ['no faults', { config }, 'faults: found nothing, expected a list of faults'],
    [
      'a fault that was not called',
      { config, faults: [faults.status] },
      'faults.0: found a function, expected a fault. Call it',
    ],
    [
      'a service that there is not',
      { config, faults: some, services: { shp: () => new Response() } },
      "services: found the unknown service 'shp', expected one of 'shop'. Did you mean 'shop'?",
    ],
    [
      'a step that there is not',
      { config, faults: some, steps: { fecth: () => 1 } },
      "steps: found the unknown step 'fecth', expected one of 'fetch'. Did you mean 'fetch'?",
    ],
    ['no options', undefined as never, 'failurePaths: found nothing, expected options.'],
    ['no depth', { config, faults: some, depth: 0 }, 'depth: found 0, expected a whole number from 1 on.'],
    ['a depth as a text', { config, faults: some, depth: '2' }, "depth: found '2', expected a whole number"],
    ['a seed that is none', { config, faults: some, seed: 'a' }, "seed: found 'a', expected a whole number"],
    [
      'a date as a text',
      { config, faults: some, startAt: '2026-01-05' },
      "startAt: found '2026-01-05', expected epoch ms.",
    ],
    ['a crash that is none', { config, faults: some, crash: 'no' }, "crash: found 'no', expected true or false."],
    [
      'one invariant for many',
      { config, faults: some, invariants: {} },
      'invariants: found an object, expected a list.',
    ],
  ])('%s', async (_, options, message) => {
    await expect(failurePaths('orders', options as never)).rejects.toThrow(message);
  });

  it('the name of a path in the environment', async () => {
    vi.stubEnv('NIGHTSHIFT_PATH', 'orders ▸ fetch: 503 → backof → success');
    const found = failurePaths('orders', { config, faults: some });
    await expect(found).rejects.toThrow("Did you mean 'orders ▸ fetch: 503 → backoff → success'?");
  });

  it('the name of a path in the environment without its engine', async () => {
    vi.stubEnv('NIGHTSHIFT_PATH', 'fetch: 503 → backoff → success');
    const found = failurePaths('orders', { config, faults: some });
    await expect(found).rejects.toThrow(
      "NIGHTSHIFT_PATH: found 'fetch: 503 → backoff → success', expected an engine and a path",
    );
  });

  it('a seed in the environment that is none', async () => {
    vi.stubEnv('NIGHTSHIFT_SEED', 'abc');
    const found = failurePaths('orders', { config, faults: some });
    await expect(found).rejects.toThrow("NIGHTSHIFT_SEED: found 'abc', expected a whole number from 0 on.");
  });

  it('a share of coverage that is none', async () => {
    const paths = await failurePaths('orders', { config, faults: some });
    expect(() => paths.coverage({ atLeast: 90 })).toThrow(
      'atLeast: found 90, expected a share from 0 to 1, such as 0.9.',
    );
    expect(() => paths.coverage({ atleast: 1 } as never)).toThrow("coverage: found the unknown option 'atleast'");
  });

  it('but not that of a path of another engine', async () => {
    vi.stubEnv('NIGHTSHIFT_PATH', 'another ▸ fetch: 503 → backoff → success');
    expect([...(await failurePaths('orders', { config, faults: some }))]).toEqual([]);
  });
});

it('a fault does not see the calls by which a person is alerted', async () => {
  const services: string[] = [];
  const silent = {
    ...faults.status(503),
    holds: ({ since }: { since: readonly { type: string }[] }) => {
      for (const event of since as never as { type: string; request?: { service: string } }[])
        if (event.type === 'call.sent') services.push(event.request?.service ?? '');
      return undefined;
    },
  };
  const made = engine('orders', {
    every: '5m',
    maxFailures: 1,
    retry: { tries: 1 },
    run: async ({ service }) => {
      await service('shop')
        .fetch('/')
        .catch(() => {
          throw new TypeError('a bug');
        });
    },
  });
  const paths = await failurePaths('orders', { config: { ...config, engines: [made] }, faults: [silent] });
  for (const path of paths) await path.verify();
  expect(new Set(services)).toEqual(new Set(['shop']));
});
