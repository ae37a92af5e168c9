import { expect, it } from 'vitest';
import type { JournalEntry } from '../../src/shadow/journal.ts';
import { OpenRuns, openMax } from '../../src/shadow/open-runs.ts';

const begun = (run: string): JournalEntry => ({ kind: 'begun', at: 0, run, key: '', name: '' });
const ended = (run: string): JournalEntry => ({ kind: 'ended', at: 1, run, exitCode: 0, signal: null });

it('a beginning stays until its end was read, and no longer', () => {
  const open = new OpenRuns();
  expect(open.withOlder([begun('a'), begun('b'), ended('b')])).toEqual([begun('a'), begun('b'), ended('b')]);
  expect(open.withOlder([])).toEqual([begun('a')]);
  expect(open.withOlder([ended('a')])).toEqual([begun('a'), ended('a')]);
  expect(open.withOlder([ended('a')])).toEqual([ended('a')]);
});

it('no more are kept than the most, and the latest of them', () => {
  const open = new OpenRuns();
  open.withOlder(Array.from({ length: openMax + 2 }, (_, n) => begun(String(n))));
  const kept = open.withOlder([]);
  expect(kept).toHaveLength(openMax);
  expect(kept[0]).toEqual(begun('2'));
});
