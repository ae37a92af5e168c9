import { describe, expect, it } from 'vitest';
import { metricRow } from '../../../src/persistence/metric-rows.ts';
import type { QuotaSettings } from '../../../src/policies/settings.ts';
import { Metrics } from '../../../src/telemetry/metrics/overview.ts';
import { diskForecast, forecastsOf, quotaForecast } from '../../../src/telemetry/report/forecasts.ts';
import { rowsInMemory } from '../errors/rows-in-memory.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 23, 12);
const perDay: QuotaSettings = {
  limit: 100,
  periodMs: day,
  resets: { expression: '0 0 * * *', timeZone: 'UTC' },
} as unknown as QuotaSettings;

const hours = (count: number, value: (n: number) => number) =>
  Array.from({ length: count }, (_, n) => ({ at: now - (count - n) * hour, value: value(n) }));

describe('the disk', () => {
  it('is full when it goes on to fill up as it did', () => {
    const { freeBytes, fullAt } =
      diskForecast(
        hours(168, (n) => (1_168 - n) * 1e6),
        now,
      ) ?? {};
    expect(freeBytes).toBe(1_001e6);
    expect(fullAt).toBeCloseTo(now + 1_000 * hour, -1);
  });

  it.each([
    ['stays as it is', hours(168, () => 5)],
    ['was watched for some hours only', hours(10, (n) => 100 - n)],
    ['fills up so slowly that nobody has to mind', hours(168, (n) => 1e12 - n * 1e6)],
  ])('is not foretold to be full when it %s', (_, levels) => {
    expect(diskForecast(levels, now)?.fullAt).toBeNull();
  });

  it('is not spoken of when nothing is known of it', () => {
    expect(diskForecast([], now)).toBeNull();
  });
});

describe('a quota', () => {
  const spent = (calls: number) => [{ until: now + 12 * hour, calls }];
  const quota = (calls: number, settings = perDay) => ({ service: 's', settings, spent: spent(calls) });

  it('is used up before it is filled up again, when its pace is too high', () => {
    expect(quotaForecast(quota(80), [], now)).toEqual({
      service: 's',
      limit: 100,
      used: 80,
      resetsAt: now + 12 * hour,
      usedUpAt: now + 3 * hour,
      tightAt: null,
    });
    expect(quotaForecast(quota(40), [], now)?.usedUpAt).toBeNull();
  });

  it('is not foretold to be used up when it is', () => {
    expect(quotaForecast(quota(100), [], now)).toMatchObject({ used: 100, usedUpAt: null });
  });

  it('says nothing of a pace early in its period, and nothing at all without a limit', () => {
    const early = now - 11.5 * hour;
    expect(quotaForecast(quota(40), [], early)?.usedUpAt).toBeNull();
    expect(quotaForecast(quota(40, { ...perDay, limit: null }), [], now)).toBeUndefined();
  });

  it('becomes tight when its days use more and more of it', () => {
    const days = [5, 4, 3, 2, 1].map((back, n) => ({ at: now - back * day, value: 0.5 + n * 0.05 }));
    expect(quotaForecast(quota(1), days, now)?.tightAt).toBeCloseTo(now + 5 * day, -3);
    expect(quotaForecast(quota(1), days.slice(0, 3), now)?.tightAt).toBeNull();
  });
});

it('reads both from the metrics that are kept', async () => {
  const rows = rowsInMemory();
  await rows.write([
    ...hours(48, (n) => (100 - n) * 1e9).map(({ at, value }) =>
      metricRow('hour', at, 'process/self', JSON.stringify({ lows: { diskFreeBytes: value } })),
    ),
    ...[6, 5, 4, 3, 2].map((back) =>
      metricRow(
        'day',
        Date.UTC(2026, 10, 23 - back),
        'service/s',
        JSON.stringify({ peaks: { quotaShare: 0.9 - back * 0.1 } }),
      ),
    ),
  ]);
  const quota = { service: 's', settings: perDay, spent: [] };
  const { disk, quotas } = await forecastsOf(new Metrics(rows), [quota], 'UTC', now);
  expect(disk?.freeBytes).toBe(53e9);
  expect(disk?.fullAt).toBeGreaterThan(now + 50 * hour);
  expect(quotas[0]?.tightAt).toBeGreaterThan(now);
});
