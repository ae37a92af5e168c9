/**
 * Engines whose clock was ahead and is set back, while the service is there and while it is not.
 */
import { engine } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SetRight } from '../../src/actors/set-right.ts';
import { Workplace } from './effects/workplace.ts';

const hour = 3_600_000;
const year = 365 * 24 * hour;

let place: Workplace;
let runs: Record<string, number>;
let released: PromiseWithResolvers<void>;
beforeEach(async () => {
  runs = {};
  released = Promise.withResolvers();
  const run = (id: string) => () => {
    runs[id] = (runs[id] ?? 0) + 1;
  };
  place = await Workplace.open({
    services: { shop: { url: 'http://127.0.0.1:1', quota: { limit: 2, per: 'minute' } } },
    engines: [
      engine('often', { every: '10m', run: run('often') }),
      engine('hourly', { schedule: '7 * * * *', run: run('hourly') }),
      engine('next', { after: 'hourly', run: run('next') }),
      engine('long', { timeout: '1d', run: () => released.promise }),
      engine('again', {
        retry: { tries: 2, base: '10m', cap: '10m' },
        run: () => {
          run('again')();
          throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
        },
      }),
    ],
  });
});
afterEach(() => place[Symbol.asyncDispose]());

/** In steps, so that what one engine does the next one hears of. */
async function on(ms: number) {
  for (let left = ms; left > 0; left -= 60_000) await place.clock.advance(60_000);
}

/** Sets the clock back, and has the service see it. */
function setBack(ms: number): void {
  const from = place.clock.now();
  place.clock.jumpTo(from - ms);
  const watch = new SetRight(place.host, place.clock);
  watch.start();
  watch.clockSet({ kind: 'set', from, to: from - ms });
}

describe('a clock that is set back by a year', () => {
  it('has the engines go on at once', async () => {
    await on(hour);
    expect(runs).toEqual({ often: 7, hourly: 1, next: 1 });
    setBack(year);
    await on(2 * hour);
    expect(runs).toEqual({ often: 19, hourly: 3, next: 3 });
    const { context } = place.at('engine/often');
    expect((context.due?.at ?? 0) - place.clock.now()).toBeLessThanOrEqual(600_000);
  });

  it('does so where the service was not there when it was set, once a time server had time to say otherwise', async () => {
    await on(hour);
    const before = { ...runs };
    place.clock.jumpTo(place.clock.now() - year);
    await place.crash();
    await on(9 * 60_000);
    expect(runs).toEqual(before);
    await on(2 * hour);
    expect(runs).toEqual({ often: 18, hourly: 3, next: 3 });
  });

  it('leaves all as it was where it is right again soon after the start', async () => {
    await on(hour);
    const due = place.at('engine/hourly').context.due;
    place.clock.jumpTo(place.clock.now() - year);
    await place.crash();
    await on(2 * 60_000);
    place.clock.jumpTo(place.clock.now() + year);
    expect(place.at('engine/hourly').context.due).toEqual(due);
    await on(hour);
    expect(runs).toEqual({ often: 13, hourly: 2, next: 2 });
  });

  it('leaves a wait before the next try as long as it was', async () => {
    await place.trigger('again');
    await place.state('engine/again', 'backoff');
    setBack(year);
    await on(hour);
    expect(runs.again).toBe(2);
  });

  it.each(['at work', 'over a restart', 'before a restart'])(
    'leaves a breaker open for as long as it was to be, %s',
    async (how) => {
      const failure = { status: 503, class: 'recoverable', code: 'HTTP_503', message: 'down' };
      for (let n = 0; n < 5; n++) {
        const permit = { epoch: place.at('breaker/shop').context.epoch, id: `${n}` };
        await place.host.send('breaker/shop', { type: 'call.started', ...permit } as never);
        await place.host.send('breaker/shop', { type: 'call.failed', ...permit, failure, durationMs: 1 } as never);
      }
      expect(place.at('breaker/shop').value).toBe('open');
      if (how === 'over a restart') place.clock.jumpTo(place.clock.now() - year);
      else setBack(year);
      await place.clock.advance(1_000);
      if (how !== 'at work') await place.crash();
      await on(hour);
      expect(place.at('breaker/shop').value).toEqual({ halfOpen: 'ready' });
    },
  );

  it('leaves a quota that is used up without room for as long as it was to be, however it came to that', async () => {
    for (let n = 0; n < 2; n++) await place.host.send('quota/shop', { type: 'quota.take' });
    const until = place.clock.now() + 600_000;
    await place.host.send('quota/shop', { type: 'quota.refused', until } as never);
    expect(place.at('quota/shop').value).toBe('exhausted');
    setBack(year);
    await on(300_000);
    expect(place.at('quota/shop').value).toBe('exhausted');
    await on(hour);
    expect(place.at('quota/shop').value).toBe('available');
    expect(await place.host.ask('quota/shop', { type: 'quota.take' })).toBe(true);
  });

  it('cuts off no run: its engine hears of it afterwards', async () => {
    await place.trigger('long');
    await place.state('engine/long', 'running');
    const { run } = place.at('engine/long').context;
    setBack(year);
    await on(hour);
    expect(place.at('engine/long').context.run).toEqual(run);
    released.resolve();
    await place.state('engine/long', 'idle.onDemand');
    expect(place.at('engine/long').context.anchorAt).toBeLessThanOrEqual(place.clock.now());
  });
});

it('a clock that is set back by two hours has nothing done a second time', async () => {
  await on(3 * hour);
  const before = { ...runs };
  setBack(2 * hour);
  await on(2 * hour - 600_000);
  expect(runs).toEqual(before);
  await on(hour);
  expect(runs.hourly).toBe((before.hourly ?? 0) + 1);
});
