import { expect, it } from 'vitest';
import { LiveSeries } from '../../../src/telemetry/metrics/live-series.ts';
import { add } from '../../../src/telemetry/metrics/tally.ts';

it('counts everything twice: until it is taken, and for good', () => {
  const series = new LiveSeries();
  series.ended('engine/job', 'success', 100);
  series.count('token/shop', (tally) => add(tally, 'success', 1));
  const once = {
    'engine/job': { counts: { success: 1 }, lengths: { duration: { sum: 100, max: 100 } } },
    'token/shop': { counts: { success: 1 } },
  };
  expect(Object.fromEntries(series.total())).toMatchObject(once);
  expect(Object.fromEntries(series.take())).toMatchObject(once);
  expect([...series.present()]).toEqual([]);
  series.ended('engine/job', 'failure', 30_000);
  expect(Object.fromEntries(series.present())).toMatchObject({
    'engine/job': { counts: { failure: 1 }, lengths: { duration: { sum: 30_000, max: 30_000 } } },
  });
  expect(Object.fromEntries(series.total())).toMatchObject({
    'engine/job': { counts: { success: 1, failure: 1 }, lengths: { duration: { sum: 30_100, max: 30_000 } } },
    'token/shop': { counts: { success: 1 } },
  });
});

it('gives copies: what is counted later is not in them', () => {
  const series = new LiveSeries();
  series.ended('engine/job', 'success', 100);
  const copies = [series.present(), series.total(), series.take()];
  series.ended('engine/job', 'success', 100);
  expect(copies.map((copy) => copy.of('engine/job').counts)).toEqual(Array(3).fill({ success: 1 }));
  expect(copies.map((copy) => copy.of('engine/job').lengths?.duration?.sum)).toEqual([100, 100, 100]);
});
