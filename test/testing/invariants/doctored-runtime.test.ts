/**
 * A runtime that does one thing wrong, in a world that is watched: the invariant that is meant for it speaks.
 */
import { command, engine, oauth2, webhook } from 'nightshift';
import { afterEach, expect, it, vi } from 'vitest';
import { Backlog } from '../../../src/actors/backlog.ts';
import type * as Steps from '../../../src/actors/effects/steps.ts';
import { EmbeddedHost } from '../../../src/actors/embedded-host.ts';
import { TokenSecrets } from '../../../src/actors/token-secrets.ts';
import type { ConfigDefinition } from '../../../src/config/definition.ts';
import type * as EnginePolicy from '../../../src/policies/engine.ts';
import type * as Intensity from '../../../src/policies/restart-intensity.ts';
import type * as RunPolicy from '../../../src/policies/run.ts';
import type { CallFault } from '../../../src/testing/faults/fault.ts';
import { healingBoundMs } from '../../../src/testing/invariants/heals.ts';
import type { Injection } from '../../../src/testing/world/chaos.ts';
import { answer } from '../../../src/testing/world/network.ts';
import { World, type WorldOptions } from '../../../src/testing/world/world.ts';

/** What is done wrong at present. */
const wrong = vi.hoisted(() => ({
  passesOverSilently: false,
  forgetsSteps: false,
  countsNoDeaths: false,
  ignoresWindows: false,
}));

vi.mock('../../../src/policies/run.ts', async (original) => {
  const real = await original<typeof RunPolicy>();
  const passedOver: typeof real.passedOver = (...args) => (wrong.passesOverSilently ? [] : real.passedOver(...args));
  return { ...real, passedOver };
});

vi.mock('../../../src/policies/engine.ts', async (original) => {
  const real = await original<typeof EnginePolicy>();
  const finished: typeof real.finished = (run, event) => (wrong.forgetsSteps ? {} : real.finished(run, event));
  return { ...real, finished };
});

vi.mock('../../../src/policies/restart-intensity.ts', async (original) => {
  const real = await original<typeof Intensity>();
  const countCutOff: typeof real.countCutOff = (starts, ...rest) =>
    wrong.countsNoDeaths ? starts : real.countCutOff(starts, ...rest);
  return { ...real, countCutOff };
});

vi.mock('../../../src/actors/effects/steps.ts', async (original) => {
  const real = await original<typeof Steps>();
  const always = { from: '00:00', to: '24:00', timeZone: 'UTC' };
  const stepsOf: typeof real.stepsOf = (scope, id, served, ports) => {
    const open = new Map([...ports.windows.keys()].map((name) => [name, always]));
    return real.stepsOf(scope, id, served, wrong.ignoresWindows ? { ...ports, windows: open } : ports);
  };
  return { ...real, stepsOf };
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const what of Object.keys(wrong) as (keyof typeof wrong)[]) wrong[what] = false;
});

const builtIn = {
  health: false,
  resources: false,
  backup: false,
  logCleanup: false,
  logAnalysis: false,
  dailyReport: false,
  updates: false,
} as const;

function unavailable(service: string, upTo: number): Injection[] {
  const fault: CallFault = {
    kind: 'call',
    name: '503',
    afterwards: 'the service is left alone for a while',
    answer: async ({ pause }) => {
      await pause(10);
      return answer(503);
    },
  };
  return Array.from({ length: upTo }, (_, n) => ({ fault, call: { service, nth: n + 1 } }));
}

/** Which invariants speak of what happens then. */
async function broken(
  { config, ...options }: WorldOptions,
  happens: (world: World) => Promise<unknown>,
): Promise<string[]> {
  await using world = new World({ ...options, config: { timeZone: 'UTC', builtIn, ...config } });
  await happens(world);
  return [...new Set(world.judged().map(({ invariant }) => invariant))];
}

const calls: ConfigDefinition = {
  services: { shop: { url: 'https://shop.world' } },
  engines: [
    engine('job', {
      every: '10m',
      retry: { base: '1s', tries: 5, jitter: 'none' },
      run: async ({ step, service }) => {
        await step('prepare', () => 1);
        return step('order', async () => (await service('shop').fetch('/')).status);
      },
    }),
  ],
};

it('due times that a paused engine drops without a word', async () => {
  const pause = async (world: World) => {
    await world.run({ minutes: 1 });
    await world.ask('engine/job', { type: 'engine.pause' });
    await world.run({ hours: 1 });
    await world.ask('engine/job', { type: 'engine.resume' });
    await world.run({ minutes: 1 });
  };
  expect(await broken({ config: calls }, pause)).toEqual([]);
  wrong.passesOverSilently = true;
  expect(await broken({ config: calls }, pause)).toEqual(['settles once']);
});

it('a run that begins again while it is under way', async () => {
  const work = command('job', { every: '10m', run: ['work'] });
  const programs = { job: () => ({ runsMs: 3_600_000, ignoresSigterm: true }) };
  const twice = async (world: World) => {
    await world.run({ minutes: 1 });
    vi.spyOn(AbortController.prototype, 'abort').mockImplementation(() => {});
    await world.ask('engine/job', { type: 'engine.pause' });
    await world.ask('engine/job', { type: 'engine.resume' });
    await world.run({ minutes: 1 });
  };
  expect(await broken({ config: { engines: [work] }, programs }, twice)).toEqual(['one owner']);
});

it('timers that were late at a start and never ring', async () => {
  const outage = async (world: World) => {
    await world.run({ minutes: 1 });
    world.crash(3_600_000);
    await world.run({ hours: 2 });
  };
  expect(await broken({ config: calls }, outage)).toEqual([]);
  vi.spyOn(Backlog.prototype, 'start').mockImplementation(() => {});
  expect(await broken({ config: calls }, outage)).toEqual(['reason to wake']);
});

it('and so does not heal', async () => {
  const outage = async (world: World) => {
    await world.run({ minutes: 1 });
    world.crash(3_600_000);
    world.calm();
    await world.run({ ms: healingBoundMs(world.config) });
  };
  expect(await broken({ config: calls }, outage)).toEqual([]);
  vi.spyOn(Backlog.prototype, 'start').mockImplementation(() => {});
  expect(await broken({ config: calls }, outage)).toContain('heals');
});

it('calls through an open breaker', async () => {
  const options = { config: calls, faults: unavailable('shop', 20) };
  const hour = (world: World) => world.run({ hours: 1 });
  expect(await broken(options, hour)).toEqual([]);
  const ask = EmbeddedHost.prototype.ask;
  vi.spyOn(EmbeddedHost.prototype, 'ask').mockImplementation(async function (this: EmbeddedHost, address, event) {
    return (await ask.call(this, address, event)) || event.type === 'call.started';
  });
  expect(await broken(options, hour)).toEqual(['breaker permits']);
});

it('a token that is used though a newer one is on disk', async () => {
  const config: ConfigDefinition = {
    ...calls,
    tokens: {
      shop: oauth2({
        tokenUrl: 'https://tokens.world/',
        clientId: 'me',
        clientSecret: 'secret',
        refreshToken: 'first-one',
      }),
    },
    services: { shop: { url: 'https://shop.world', token: 'shop' } },
  };
  const hours = (world: World) => world.run({ hours: 2 });
  expect(await broken({ config }, hours)).toEqual([]);
  const headers = TokenSecrets.prototype.headers;
  let first: ReturnType<typeof headers> | undefined;
  vi.spyOn(TokenSecrets.prototype, 'headers').mockImplementation(function (this: TokenSecrets, token) {
    first ??= headers.call(this, token);
    return first;
  });
  expect(await broken({ config }, hours)).toContain('token discipline');
});

it('a run that kills the process at every start', async () => {
  const deadly = engine('job', {
    every: '1d',
    run: ({ signal }) => new Promise((_, no) => signal.addEventListener('abort', no)),
  });
  const die = async (world: World) => {
    for (let n = 0; n < 6; n++) {
      await world.run({ minutes: 3 });
      world.crash(1_000);
    }
    await world.run({ minutes: 3 });
  };
  expect(await broken({ config: { engines: [deadly] } }, die)).toEqual([]);
  wrong.countsNoDeaths = true;
  expect(await broken({ config: { engines: [deadly] } }, die)).toEqual(['restart budget']);
});

it('an alert that comes again though it was taken', async () => {
  const config: ConfigDefinition = {
    ...calls,
    alerts: {
      after: '1m',
      channels: { one: webhook({ url: 'https://one.world' }), two: webhook({ url: 'https://two.world' }) },
    },
  };
  const options = { config, faults: [...unavailable('shop', 20), ...unavailable('alert-two', 1)] };
  const hour = (world: World) => world.run({ minutes: 30 });
  expect(await broken(options, hour)).toEqual([]);
  const deliverFrom = EmbeddedHost.prototype.deliverFrom;
  vi.spyOn(EmbeddedHost.prototype, 'deliverFrom').mockImplementation(async function (
    this: EmbeddedHost,
    actor,
    fence,
    event,
  ) {
    if (event.type === 'alert.sent') return { taken: false, stale: false, path: [], facts: [] };
    return deliverFrom.call(this, actor, fence, event);
  });
  expect(await broken(options, hour)).toContain('alerts of changes');
});

it('a finished step that is done again', async () => {
  const options = { config: calls, faults: unavailable('shop', 1) };
  const minutes = (world: World) => world.run({ minutes: 5 });
  expect(await broken(options, minutes)).toEqual([]);
  wrong.forgetsSteps = true;
  expect(await broken(options, minutes)).toEqual(['cause on disk', 'steps once']);
});

it('a step that is done outside of its window', async () => {
  const post = engine('job', { every: '10m', run: ({ step }) => step('post', () => 1, { window: 'day' }) });
  const config = { windows: { day: { from: '09:00', to: '17:00' } }, engines: [post] };
  const hour = (world: World) => world.run({ hours: 1 });
  expect(await broken({ config }, hour)).toEqual([]);
  wrong.ignoresWindows = true;
  expect(await broken({ config }, hour)).toEqual(['within windows']);
});
