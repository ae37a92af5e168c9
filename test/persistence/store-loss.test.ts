import { expect, it } from 'vitest';
import { clockAddress, ledgerRow } from '../../src/persistence/ledger.ts';
import type { Write } from '../../src/persistence/store.ts';
import { newestEntryAt, storeLoss } from '../../src/persistence/store-loss.ts';

function sourceOf(...writes: Write[]) {
  const rows = writes.map(([key, json]) => ({ key, json: json ?? '' })).sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    range: (from: string, to: string, limit: number) =>
      rows.filter(({ key }) => key >= from && key < to).slice(0, limit),
  };
}

const ran = (engine: string, at: number): Write =>
  ledgerRow(`engine/${engine}`, at, 0, { outcome: 'ran', due: null, run: `${engine}.${at}`, result: 'success' });
const skipped = (engine: string, at: number): Write =>
  ledgerRow(`engine/${engine}`, at, 0, { outcome: 'skipped', due: { from: at, to: at }, reason: 'paused' });
const record = (engine: string, run: string | null): Write => [
  `actor:engine/${engine}`,
  JSON.stringify({ state: { context: { run: run === null ? null : { id: run } } } }),
];

it('counts the runs that ended since, by engine, and due times without one', async () => {
  const before = [ran('a', 1), ran('b', 2), skipped('a', 3)];
  const since = [ran('a', 4), ran('a', 5), ran('c', 6), skipped('b', 7)];
  expect(await storeLoss(sourceOf(...before, ...since), sourceOf(...before))).toEqual({
    runs: { a: 2, c: 1 },
    otherEntries: 1,
    underWay: [],
    secrets: [],
  });
});

it('counts what engines did, and nothing that happened to others', async () => {
  const upset = ledgerRow(clockAddress, 3, 0, { kind: 'slept', from: 1, to: 3 });
  const opened = ledgerRow('incident/a', 3, 0, { incident: 'opened', occurrence: 1, title: 'a fails' });
  expect(await storeLoss(sourceOf(ran('a', 3), upset, opened), sourceOf())).toMatchObject({
    runs: { a: 1 },
    otherEntries: 0,
  });
});

it('finds nothing lost in a backup of just now, nor in what old entries were cleared away from', async () => {
  const all = [ran('a', 1), record('a', 'a.9'), ['vault:shop', '"sealed"'] as const];
  const nothing = { runs: {}, otherEntries: 0, underWay: [], secrets: [] };
  expect(await storeLoss(sourceOf(...all), sourceOf(...all))).toEqual(nothing);
  expect(await storeLoss(sourceOf(...all.slice(1)), sourceOf(...all))).toEqual(nothing);
});

it('names runs under way, and secrets that were renewed', async () => {
  const store = [
    record('a', 'a.2'),
    record('b', 'b.1'),
    record('c', 'c.1'),
    record('d', null),
    ['actor:engine/e', '{'] as const,
  ];
  const backup = [record('a', 'a.1'), record('b', 'b.1'), record('d', 'd.1')];
  const secrets = [
    ['vault:new', '1'],
    ['vault:renewed', '2'],
    ['vault:same', '3'],
  ] as const;
  const older = [
    ['vault:renewed', '1'],
    ['vault:same', '3'],
  ] as const;
  expect(await storeLoss(sourceOf(...store, ...secrets), sourceOf(...backup, ...older))).toMatchObject({
    underWay: ['a', 'c'],
    secrets: ['new', 'renewed'],
  });
});

it('says when the newest entry of all was decided', async () => {
  expect(await newestEntryAt(sourceOf(ran('a', 5), ran('b', 7), ran('c', 6)))).toBe(7);
  expect(await newestEntryAt(sourceOf(record('a', null)))).toBeNull();
});
