import { expect, it } from 'vitest';
import { type Change, fatesOf } from '../../bench/page/fates.ts';

const changes = (...all: [at: number, state: string][]): Change[] => all.map(([at, state]) => ({ at, state }));
const withinMs = 250;
const committed = changes([1_000, 'running'], [1_500, 'idle'], [2_500, 'running'], [3_000, 'idle']);

it.each([
  [
    'each soon',
    changes([1_060, 'running'], [1_570, 'idle'], [2_580, 'running'], [3_090, 'idle']),
    { ms: [60, 70, 80, 90], merged: 0, lost: 0 },
  ],
  [
    'one late, when there was another already',
    changes([1_520, 'running'], [1_580, 'idle'], [2_550, 'running'], [3_050, 'idle']),
    { ms: [520, 80, 50, 50], merged: 0, lost: 0 },
  ],
  [
    'none of a run that stood for half a second',
    changes([2_560, 'running'], [3_060, 'idle']),
    { ms: [60, 60], merged: 0, lost: 2 },
  ],
  [
    'not the last',
    changes([1_060, 'running'], [1_570, 'idle'], [2_580, 'running']),
    { ms: [60, 70, 80], merged: 0, lost: 1 },
  ],
  ['nothing', [], { ms: [], merged: 0, lost: 4 }],
])('of changes that stand for long, %s is seen', (_, seen, fates) => {
  expect(fatesOf(committed, seen, withinMs)).toEqual(fates);
});

it('tells what was followed by another before it had to be drawn from what was lost', () => {
  const quick = changes([1_000, 'running'], [1_040, 'backoff'], [1_600, 'running'], [1_650, 'idle']);
  const seen = changes([1_100, 'backoff'], [1_690, 'idle']);
  expect(fatesOf(quick, seen, withinMs)).toEqual({ ms: [60, 40], merged: 2, lost: 0 });
});

it('takes what was drawn for the latest that there was', () => {
  const twice = changes([1_000, 'running'], [1_050, 'idle'], [1_100, 'running']);
  expect(fatesOf(twice, changes([1_180, 'running']), withinMs)).toEqual({ ms: [80], merged: 2, lost: 0 });
});
