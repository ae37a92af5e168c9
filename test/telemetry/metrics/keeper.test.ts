import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metricRows } from '../../../src/persistence/metric-rows.ts';
import { openStore, type Store, type Write } from '../../../src/persistence/store.ts';
import { Collector } from '../../../src/telemetry/metrics/collector.ts';
import { daysKeptMs, hourMs, hoursKeptMs, MetricsKeeper } from '../../../src/telemetry/metrics/keeper.ts';
import { Metrics } from '../../../src/telemetry/metrics/overview.ts';
import { parsedTally } from '../../../src/telemetry/metrics/reading.ts';
import { settled, VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { WorldClock } from '../../../src/testing/world/world-clock.ts';
import { fc, runs } from '../../property.ts';

const dayMs = 24 * hourMs;

let folder: string;
let store: Store;
let clock: VirtualClock;
let writes: (readonly Write[])[];
let errors: unknown[];
let refusal: Error | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-metrics-'));
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  clock = new VirtualClock(Date.UTC(2026, 0, 5, 8, 20));
  [writes, errors, refusal] = [[], [], undefined];
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A process of its own, until it is stopped or forgotten. */
async function begin(timeZone = 'UTC') {
  const collector = new Collector();
  const write = async (rows: readonly Write[]) => {
    if (refusal) throw refusal;
    writes.push(rows);
    await store.write(rows);
  };
  const metrics = new Metrics(store, () => collector.present());
  const keeper = new MetricsKeeper({
    clock,
    timeZone,
    store,
    write,
    collector,
    kept: () => metrics.refresh(),
    failed: (error) => errors.push(error),
  });
  await keeper.start();
  const call = (durationMs = 100) => collector.call({ service: 'shop', durationMs, failure: null });
  return { collector, keeper, metrics, call };
}

async function calls(span: 'hour' | 'day'): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for await (const { at, subject, json } of metricRows(store, span, 0, Number.MAX_SAFE_INTEGER)) {
    if (subject === 'service/shop')
      counted[new Date(at).toISOString().slice(0, 16)] = parsedTally(json).counts?.success ?? 0;
  }
  return counted;
}

/** To the end of the present hour, and until what that has set off is on the disk. */
async function anHour() {
  const before = writes.length;
  await clock.advanceTo(Math.floor(clock.now() / hourMs) * hourMs + hourMs);
  await expect.poll(() => writes.length).toBeGreaterThan(before);
}

const callsIn = async (metrics: Metrics, period: 'day' | 'week') =>
  (await metrics.overview(period, clock.now())).subjects.find(({ subject }) => subject === 'service/shop')?.figures
    .calls;

it('writes what an hour brought once, when it is over', async () => {
  const { call } = await begin();
  for (let n = 0; n < 50; n += 1) call();
  await clock.advance(30 * 60_000);
  expect(writes).toEqual([]);
  await anHour();
  expect(writes).toHaveLength(1);
  expect(await calls('hour')).toEqual({ '2026-01-05T08:00': 50 });
});

it('goes on in the same hour after a stop', async () => {
  const first = await begin();
  first.call();
  await first.keeper.stop();
  const second = await begin();
  second.call();
  second.call();
  expect(await callsIn(second.metrics, 'day')).toMatchObject({ value: 3 });
  await anHour();
  expect(await calls('hour')).toEqual({ '2026-01-05T08:00': 3 });
});

it('loses no more than the present hour when it is killed', async () => {
  const first = await begin();
  first.call();
  await anHour();
  first.call();
  const second = await begin();
  second.call();
  await second.keeper.stop();
  expect(await calls('hour')).toEqual({ '2026-01-05T08:00': 1, '2026-01-05T09:00': 1 });
});

describe('a day that is over', () => {
  it('has its rows, which hours that come later do not change', async () => {
    const { call } = await begin();
    for (let hour = 0; hour < 39; hour += 1) {
      call();
      await anHour();
    }
    await expect.poll(() => calls('day')).toEqual({ '2026-01-05T00:00': 16 });
  });

  it('is made up for by the next start, each of several', async () => {
    const first = await begin();
    first.call();
    await anHour();
    first.call();
    await first.keeper.stop();
    clock.jumpTo(Date.UTC(2026, 0, 6, 12));
    const second = await begin();
    second.call();
    await second.keeper.stop();
    clock.jumpTo(Date.UTC(2026, 0, 9, 12));
    await begin();
    expect(await calls('day')).toEqual({ '2026-01-05T00:00': 2, '2026-01-06T00:00': 1 });
  });

  it('begins at midnight of the config, and an hour belongs to the day in which it begins', async () => {
    clock.jumpTo(Date.UTC(2026, 0, 5, 17, 30));
    const { call } = await begin('Asia/Kolkata');
    for (let hour = 0; hour < 3; hour += 1) {
      call();
      await anHour();
    }
    // Midnight in Kolkata is 18:30 UTC: the hour that began at 18:00 is still of the 5th.
    await expect.poll(() => calls('day')).toEqual({ '2026-01-04T18:30': 2 });
  });
});

it('forgets hours after two weeks and days after 400', async () => {
  const { call } = await begin();
  const old: Write[] = [
    [`metrics:hour:${String(clock.now() - hoursKeptMs - hourMs).padStart(14, '0')}:service/shop`, '{}'],
    [`metrics:day:${String(clock.now() - daysKeptMs - dayMs).padStart(14, '0')}:service/shop`, '{}'],
  ];
  await store.write(old);
  for (let hour = 0; hour < 17; hour += 1) {
    call();
    await anHour();
  }
  await expect
    .poll(async () => [await store.get(old[0]?.[0] ?? ''), await store.get(old[1]?.[0] ?? '')])
    .toEqual([undefined, undefined]);
});

it('tells of a write that failed, and goes on with the next hour', async () => {
  const { call } = await begin();
  call();
  refusal = new Error('disk full');
  await clock.advance(hourMs);
  await expect.poll(() => errors).toEqual([refusal]);
  refusal = undefined;
  call();
  await anHour();
  expect(await calls('hour')).toEqual({ '2026-01-05T09:00': 1 });
});

describe('when somebody sets the clock', () => {
  const minute = 60_000;
  const start = Date.UTC(2026, 0, 5, 8, 20);

  /** A service whose clock can be set, and its store in memory: all is settled once nobody asks for rows any more. */
  class Service {
    readonly world = new WorldClock(start);
    readonly rows = new Map<string, string>();
    called = 0;
    #asked = 0;
    #collector: Collector | undefined;
    #keeper: MetricsKeeper | undefined;

    async start() {
      const collector = new Collector();
      this.#collector = collector;
      const clock = this.world.forProcess(() => collector === this.#collector);
      this.#keeper = new MetricsKeeper({
        clock,
        timeZone: 'UTC',
        store: {
          range: (from, to, limit) => {
            this.#asked += 1;
            const keys = [...this.rows.keys()].filter((key) => key >= from && key < to).sort();
            return keys.slice(0, limit).map((key) => ({ key, json: this.rows.get(key) ?? '' }));
          },
        },
        write: async (rows) => {
          for (const [key, json] of rows) json === null ? this.rows.delete(key) : this.rows.set(key, json);
        },
        collector,
        failed: (error) => {
          throw error;
        },
      });
      await this.#keeper.start();
    }

    async restart() {
      await this.#keeper?.stop();
      await this.start();
    }

    call() {
      this.called += 1;
      this.#collector?.call({ service: 'shop', durationMs: 100, failure: null });
    }

    async on(ms: number) {
      const until = this.world.trueNow + ms;
      while ((this.world.next ?? Number.POSITIVE_INFINITY) <= until) {
        this.world.ring();
        for (let before = -1; before !== this.#asked; ) {
          before = this.#asked;
          await settled();
        }
      }
      this.world.goTo(until);
    }

    kept(span: 'hour' | 'day'): Record<string, number> {
      const kept: Record<string, number> = {};
      for (const [key, json] of this.rows) {
        const [, at, subject] = new RegExp(`^metrics:${span}:(\\d+):(.*)$`).exec(key) ?? [];
        if (subject !== 'service/shop') continue;
        kept[new Date(Number(at)).toISOString().slice(0, 16)] = parsedTally(json).counts?.success ?? 0;
      }
      return kept;
    }
  }

  let service: Service;
  beforeEach(async () => {
    service = new Service();
    await service.start();
    service.call();
    await service.on(43 * minute);
    service.call();
    expect(service.kept('hour')).toEqual({ '2026-01-05T08:00': 1 });
  });

  it.each([
    ['goes on', () => service.on(2 * minute)],
    ['is started again', () => service.restart()],
  ])('back over the end of an hour, a service that %s adds to what is there', async (_, then) => {
    service.world.setWall(-10 * minute);
    await then();
    service.call();
    await service.on(60 * minute);
    service.call();
    await service.on(60 * minute);
    expect(service.kept('hour')).toEqual({ '2026-01-05T08:00': 2, '2026-01-05T09:00': 2 });
  });

  it('back by hours, each of them is written when it is over again', async () => {
    service.world.setWall(-2 * hourMs);
    for (let hour = 0; hour < 3; hour += 1) {
      await service.on(minute);
      service.call();
      await service.on(59 * minute);
      expect(Object.values(service.kept('hour')).reduce((sum, many) => sum + many)).toBe(3 + hour);
    }
    expect(service.kept('hour')).toEqual({ '2026-01-05T07:00': 1, '2026-01-05T08:00': 2, '2026-01-05T09:00': 2 });
  });

  it('forward, the hour that was counted ends, and what comes belongs to the one that it is then', async () => {
    service.world.setWall(3 * hourMs);
    await service.on(minute);
    service.call();
    await service.on(60 * minute);
    expect(service.kept('hour')).toEqual({ '2026-01-05T08:00': 1, '2026-01-05T09:00': 1, '2026-01-05T12:00': 1 });
  });

  it('forward by days and back again, a day that was summed up has what its other hours bring', async () => {
    service.world.setWall(2 * dayMs);
    await service.on(hourMs);
    expect(service.kept('day')).toEqual({ '2026-01-05T00:00': 2 });
    service.world.setWall(-2 * dayMs);
    await service.on(minute);
    service.call();
    await service.on(dayMs);
    expect(service.kept('hour')).toMatchObject({ '2026-01-05T08:00': 1, '2026-01-05T09:00': 1, '2026-01-05T10:00': 1 });
    expect(service.kept('day')).toEqual({ '2026-01-05T00:00': 3 });
  });

  it('however often, nothing is lost or counted twice, and days are the sums of their hours', async () => {
    const actions = fc.oneof(
      fc.constantFrom(20 * minute, 90 * minute).map((ms) => ['on', ms] as const),
      fc.constantFrom(-10 * minute, -2 * hourMs, -dayMs, 3 * hourMs, 2 * dayMs).map((ms) => ['set', ms] as const),
      fc.constant(['restart', 0] as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(actions, { minLength: 12, maxLength: 24 }), async (all) => {
        const service = new Service();
        await service.start();
        for (const [what, ms] of all) {
          service.call();
          if (what === 'on') await service.on(ms);
          else if (what === 'set') service.world.setWall(ms);
          else await service.restart();
        }
        await service.on(2 * minute);
        await service.restart();
        const [hours, days] = [Object.entries(service.kept('hour')), Object.entries(service.kept('day'))];
        expect(hours.reduce((sum, [, many]) => sum + many, 0)).toBe(service.called);
        const today = new Date(service.world.wallNow).toISOString().slice(0, 10);
        const summed = Object.groupBy(hours, ([at]) => at.slice(0, 10));
        const over = Object.keys(summed).filter((day) => day < today);
        expect(days.map(([at]) => at.slice(0, 10))).toEqual(expect.arrayContaining(over));
        for (const [at, many] of days) {
          expect([at, many]).toEqual([at, summed[at.slice(0, 10)]?.reduce((sum, [, each]) => sum + each, 0)]);
        }
      }),
      runs(40),
    );
  });
});

describe('the overview', () => {
  it('shows each figure beside what it was in the week before, for as long a time', async () => {
    const { collector, call, metrics } = await begin();
    const watched = () =>
      collector.sample({ memoryBytes: 1, cpuMs: 60_000, watchedMs: hourMs, loopDelayMs: 1, diskFreeBytes: 5 });
    for (let hour = 0; hour < 8 * 24; hour += 1) {
      // Twice as many calls, and three times as slow, in the last day.
      const isLate = hour >= 7 * 24;
      for (let n = 0; n < (isLate ? 2 : 1); n += 1) call(isLate ? 300 : 100);
      watched();
      await clock.advance(hourMs);
      await expect.poll(() => writes.some((rows) => rows.length > 0 && writes.length > hour)).toBe(true);
    }
    await expect.poll(() => calls('hour').then((all) => Object.keys(all).length)).toBe(8 * 24);
    const { subjects, before, from } = await metrics.overview('day', clock.now() - hourMs);
    const shop = subjects.find(({ subject }) => subject === 'service/shop');
    expect(before).toEqual({ from: from - 7 * dayMs, to: from });
    expect(shop?.figures.calls).toEqual({ value: 48, before: expect.closeTo(24, 0), change: expect.closeTo(1, 1) });
    expect(shop?.figures.p95Ms?.change).toBeCloseTo(2, 0);
    expect(subjects.find(({ kind }) => kind === 'process')?.figures.cpuShare?.value).toBeCloseTo(60_000 / hourMs, 5);
  });

  it('compares no numbers of times with a week of which less than a day is known', async () => {
    const { metrics, call } = await begin();
    call();
    expect(await callsIn(metrics, 'week')).toEqual({ value: 1, before: null, change: null });
  });

  it('shows what is not on the disk yet, and the same once it is', async () => {
    const { metrics, call } = await begin();
    call();
    expect(await callsIn(metrics, 'day')).toMatchObject({ value: 1 });
    call();
    expect(await callsIn(metrics, 'day')).toMatchObject({ value: 2 });
    await anHour();
    expect(await callsIn(metrics, 'day')).toMatchObject({ value: 2 });
  });

  it('reads on past a row that cannot be read', async () => {
    await store.write([
      [`metrics:hour:${String(Date.UTC(2026, 0, 5, 7)).padStart(14, '0')}:service/shop`, 'half a ro'],
    ]);
    const { metrics, call } = await begin();
    call();
    expect(await callsIn(metrics, 'day')).toMatchObject({ value: 1 });
  });
});

it("one subject's past has a point for each hour, and for each day, in which something was counted", async () => {
  const { call, metrics } = await begin();
  for (let hour = 0; hour < 20; hour += 1) {
    if (hour % 2 === 0) call();
    await clock.advance(hourMs);
  }
  await expect.poll(() => calls('day')).toEqual({ '2026-01-05T00:00': 8 });
  const hours = await metrics.past('service/shop', 'hour', 24, 'UTC', clock.now());
  expect(hours.map(({ figures }) => figures.calls?.value)).toEqual(Array.from({ length: 10 }, () => 1));
  const days = await metrics.past('service/shop', 'day', 30, 'UTC', clock.now());
  expect(days.map(({ at, figures }) => [at, figures.calls?.value])).toEqual([[Date.UTC(2026, 0, 5), 8]]);
});
