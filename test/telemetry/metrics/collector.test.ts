import { engine, oauth2, type RunScope } from 'nightshift';
import { afterEach, expect, it } from 'vitest';
import type { ConfigDefinition } from '../../../src/config/definition.ts';
import { Collector } from '../../../src/telemetry/metrics/collector.ts';
import type { Tally } from '../../../src/telemetry/metrics/tally.ts';
import { HttpServer, json } from '../../actors/effects/http-server.ts';
import { Workplace } from '../../actors/effects/workplace.ts';

const minute = 60_000;

let place: Workplace | undefined;
afterEach(async () => {
  await place?.[Symbol.asyncDispose]();
  place = undefined;
});

async function open(definition: ConfigDefinition): Promise<{ at: Workplace; collector: Collector }> {
  const at = await Workplace.open({ builtIn: { health: false, resources: false }, ...definition });
  place = at;
  return { at, collector: collectorAt(at) };
}

/** One that begins now. */
function collectorAt(at: Workplace): Collector {
  const collector = new Collector();
  const standing = at.host.addresses().map((address) => ({ address, value: at.host.standOf(address).stand.value }));
  collector.watch(at.host, standing, at.clock.now());
  at.called = (call) => collector.call(call);
  return collector;
}

const of = (collector: Collector, subject: string): Tally => Object.fromEntries(collector.total())[subject] ?? {};
const asLongAs = (at: () => Workplace, ms: number) => async () =>
  void (await new Promise<void>((over) => void at().clock.after(ms, over)));

it('counts runs, attempts and how long they took', async () => {
  let tries = 0;
  const { at, collector } = await open({
    engines: [
      engine('shaky', {
        retry: { base: '10s', jitter: 'none' },
        run() {
          tries += 1;
          if (tries === 1) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
          if (tries === 3) throw new Error('out of paper');
        },
      }),
    ],
  });
  const well = at.reached('engine/shaky', ({ context }) => context.last !== null);
  await at.trigger('shaky');
  await at.state('engine/shaky', 'backoff');
  await at.clock.advance(minute);
  await well;
  await at.run('shaky');
  const { counts, lengths, states } = of(collector, 'engine/shaky');
  expect(counts).toEqual({ success: 1, failure: 1, attempts: 3 });
  expect(states).toEqual({ backoff: 10_000 });
  expect(lengths?.lag).toBeUndefined();
  expect(lengths?.duration).toMatchObject({ sum: 10_000, max: 10_000 });
});

it('counts how late runs begin, and due times that no run served', async () => {
  const { at, collector } = await open({
    engines: [
      engine('regular', { every: '10m', grace: '1m', run: () => 1 }),
      engine('paused', { every: '10m', run: () => 1 }),
    ],
  });
  await at.clock.advance(0);
  for (const id of ['regular', 'paused']) await at.reached(`engine/${id}`, ({ context }) => context.last !== null);
  await at.host.send('engine/paused', { type: 'engine.pause' });
  await at.clock.advance(25 * minute);
  await at.host.send('engine/paused', { type: 'engine.resume' });
  const regular = of(collector, 'engine/regular');
  expect(regular.counts).toMatchObject({ success: 3, attempts: 3 });
  expect(regular.lengths?.lag?.max).toBe(0);
  const paused = of(collector, 'engine/paused');
  expect(paused.counts).toMatchObject({ success: 1, skipped: 1 });
  expect(paused.states).toEqual({ paused: 25 * minute });
});

it('counts runs that began after their grace, and due times that they served as well', async () => {
  const { at } = await open({ engines: [engine('regular', { every: '10m', grace: '1m', run: () => 1 })] });
  await at.clock.advance(0);
  await at.reached('engine/regular', ({ context }) => context.last !== null);
  await at.crash(undefined, 35 * minute);
  const collector = collectorAt(at);
  const since = at.clock.now();
  await at.clock.advance(0);
  await at.reached('engine/regular', ({ context }) => (context.last?.endedAt ?? 0) >= since);
  expect(of(collector, 'engine/regular').counts).toEqual({ success: 1, attempts: 1, late: 1, coalesced: 1 });
});

it('counts renewals of a token, those that went well and those that did not', async () => {
  await using server = await HttpServer.open();
  server.answer = json(200, { access_token: 'access-canary', token_type: 'bearer', expires_in: 1_000 });
  const token = oauth2({ tokenUrl: `${server.url}/token`, clientId: 'me', refreshToken: 'refresh-canary' });
  const { at } = await open({ tokens: { auth: token }, services: { api: { url: server.url, token: 'auth' } } });
  await at.state('token/auth', 'fresh');
  const collector = collectorAt(at);
  const renewed = at.reached('token/auth', ({ context }) => context.version === 2);
  await at.clock.advance(699_000);
  await renewed;
  server.answer = json(503, {});
  const refused = at.reached('token/auth', ({ context }) => context.failures === 1);
  await at.clock.advance(699_000);
  await refused;
  expect(of(collector, 'token/auth').counts).toEqual({ success: 1, failure: 1 });
});

it('counts incidents, and keeps the worst of what the process says of itself', async () => {
  const broken = engine('broken', {
    maxFailures: 1,
    run() {
      throw new Error('out of paper');
    },
  });
  const { at, collector } = await open({ engines: [broken] });
  await at.run('broken');
  await expect.poll(() => of(collector, 'process/self').counts).toEqual({ incidents: 1 });
  const sample = { memoryBytes: 200, cpuMs: 10, watchedMs: 100, loopDelayMs: 5, diskFreeBytes: 70 };
  collector.sample(sample);
  collector.sample({ ...sample, memoryBytes: 100, loopDelayMs: 9, diskFreeBytes: 90 });
  collector.sample({ ...sample, diskFreeBytes: undefined });
  expect(of(collector, 'process/self')).toEqual({
    counts: { incidents: 1, cpuMs: 30, watchedMs: 300 },
    peaks: { memoryBytes: 200, loopDelayMs: 9 },
    lows: { diskFreeBytes: 70 },
  });
});

it('counts steps by their name, with how long each took, and those a run failed in as well', async () => {
  let workplace: Workplace | undefined;
  const rest = asLongAs(() => workplace as Workplace, 2 * minute);
  const run = async ({ step }: RunScope) => {
    await step('render', rest);
    await step('upload', () => new Promise(() => {}), { timeout: '5m' });
  };
  const { at, collector } = await open({ engines: [engine('video', { retry: { tries: 1 }, run })] });
  workplace = at;
  const over = at.run('video');
  await at.clock.advance(10 * minute);
  await over;
  expect(of(collector, 'step/video/render')).toEqual({
    counts: { success: 1 },
    lengths: { duration: { bins: expect.anything(), sum: 2 * minute, max: 2 * minute } },
  });
  expect(of(collector, 'step/video/upload')).toEqual({
    counts: { failure: 1 },
    lengths: { duration: { bins: expect.anything(), sum: 5 * minute, max: 5 * minute } },
  });
});

it('counts no step as failed that only waits for its hours', async () => {
  const run = ({ step }: RunScope) => step('publish', () => 1, { window: 'night' });
  const { at, collector } = await open({
    timeZone: 'UTC',
    windows: { night: { from: '02:00', to: '04:00' } },
    engines: [engine('blog', { run })],
  });
  await at.trigger('blog');
  await at.state('engine/blog', 'held.forTime');
  expect(of(collector, 'step/blog/publish')).toEqual({});
});

it('counts calls of a service, and openings of its breaker with how long it stood open', async () => {
  const call = ({ service }: RunScope) =>
    service('shop').call(async () => {
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    });
  const { at, collector } = await open({
    services: { shop: { breaker: { failures: 2, cooldown: '5m' } } },
    engines: [engine('buyer', { retry: { tries: 3, base: '1s', jitter: 'none' }, run: call })],
  });
  await at.trigger('buyer');
  await at.state('engine/buyer', 'backoff');
  await at.clock.advance(2_000);
  await at.state('breaker/shop', 'open');
  await at.clock.advance(2 * minute);
  collector.take(at.clock.now());
  const { counts, states } = of(collector, 'service/shop');
  expect(counts).toEqual({ failure: 2, openings: 1 });
  expect(states?.open).toBeGreaterThanOrEqual(2 * minute - 1);
});

it('notes how much of a quota was used at most', async () => {
  const { at, collector } = await open({
    services: { shop: { quota: { limit: 4, per: 'hour' } } },
    engines: [engine('buyer', { run: ({ service }) => service('shop').call(async () => 1) })],
  });
  for (let runs = 0; runs < 3; runs += 1) await at.run('buyer');
  expect(of(collector, 'service/shop')).toMatchObject({ counts: { success: 3 }, peaks: { quotaShare: 0.75 } });
});

it('what is taken is counted once, and stays in the total', async () => {
  const { at, collector } = await open({ engines: [engine('job', { run: () => 1 })] });
  await at.run('job');
  expect(Object.fromEntries(collector.take(at.clock.now()))['engine/job']?.counts?.success).toBe(1);
  expect([...collector.present()]).toEqual([]);
  await at.run('job');
  expect(Object.fromEntries(collector.present())['engine/job']?.counts?.success).toBe(1);
  expect(of(collector, 'engine/job').counts?.success).toBe(2);
});
