import { expect, it } from 'vitest';
import { Places, Series, stepsMax } from '../../../src/telemetry/metrics/series.ts';
import { add, tallyOf } from '../../../src/telemetry/metrics/tally.ts';

const countedIn = (series: Series) =>
  Object.fromEntries([...series].map(([subject, { counts }]) => [subject, counts?.success]));

it('counts who comes when all places are taken under one name', () => {
  const places = new Places({ engine: 2, step: 10, service: 1, token: 1, process: 1 });
  const series = new Series(places);
  for (const id of ['a', 'b', 'c', 'd', 'a']) add(series.of(`engine/${id}`), 'success', 1);
  expect(countedIn(series)).toEqual({ 'engine/a': 2, 'engine/b': 1, 'engine/*': 2 });
});

it('gives an engine that names its steps afresh in every run so many places and no more', () => {
  const series = new Series();
  for (let item = 0; item < 100; item += 1) add(series.of(`step/import/item ${item}`), 'success', 1);
  add(series.of('step/export/upload'), 'success', 1);
  const counted = countedIn(series);
  expect(Object.keys(counted)).toHaveLength(stepsMax + 2);
  expect(counted).toMatchObject({ 'step/import/*': 100 - stepsMax, 'step/export/upload': 1 });
});

it('groups alike wherever the places are shared', () => {
  const places = new Places({ engine: 1, step: 1, service: 1, token: 1, process: 1 });
  const [one, other] = [new Series(places), new Series(places)];
  one.of('engine/first');
  add(other.of('engine/second'), 'success', 1);
  expect(countedIn(other)).toEqual({ 'engine/*': 1 });
});

it('leaves out in whom nothing was counted', () => {
  const series = new Series();
  series.of('engine/quiet');
  expect([...series]).toEqual([]);
});

it('keeps the most, the least and the sums of merged tallies', () => {
  const sum = tallyOf([
    { counts: { success: 1 }, states: { held: 5 }, peaks: { quotaShare: 0.5 }, lows: { diskFreeBytes: 9 } },
    {
      counts: { success: 2, failure: 1 },
      states: { held: 1, running: 2 },
      peaks: { quotaShare: 0.2 },
      lows: { diskFreeBytes: 4 },
    },
  ]);
  expect(sum).toEqual({
    counts: { success: 3, failure: 1 },
    states: { held: 6, running: 2 },
    peaks: { quotaShare: 0.5 },
    lows: { diskFreeBytes: 4 },
  });
});
