import { beforeEach, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../src/persistence/ledger.ts';
import { settlesOnce } from '../../../src/testing/invariants/settles-once.ts';
import { FakeWorld, startAt } from './fake-world.ts';

const everyMs = 600_000;
const due = (n: number) => startAt + n * everyMs;

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(settlesOnce);
  stands({ due: 0 });
});

/** The engine stands there with a run for one due time, and another one as the first that is undecided. */
function stands({ due: n, run }: { due: number | null; run?: number }, engine = 'job') {
  const context = {
    anchorAt: startAt,
    due: n === null ? null : { at: due(n) },
    run: run === undefined ? null : { id: `r${run}`, trigger: 'schedule', dueAt: due(run) },
  };
  world.transition(`engine/${engine}`, { value: 'idle', context });
}

function enters(entry: Partial<LedgerEntry>, engine = 'job') {
  world.tell({
    type: 'ledger',
    address: `engine/${engine}`,
    entry: { at: world.at, outcome: 'ran', due: null, ...entry },
  });
}

const ran = (n: number, more: Partial<LedgerEntry> = {}): Partial<LedgerEntry> => ({
  outcome: 'ran',
  due: { from: due(n), to: due(n) },
  run: `r${n}`,
  result: 'success',
  startedAt: due(n),
  ...more,
});
const skipped = (from: number, to: number, reason = 'it was paused'): Partial<LedgerEntry> => ({
  outcome: 'skipped',
  due: { from: due(from), to: due(to) },
  reason,
});

describe('every due time settles once', () => {
  it('finds nothing wrong with runs, ranges and runs that serve several', () => {
    stands({ due: 1, run: 0 });
    enters(ran(0));
    stands({ due: 1 });
    enters({ outcome: 'coalesced', due: { from: due(1), to: due(3) }, run: 'r4' });
    stands({ due: 5, run: 4 });
    // What comes while a run is under way is settled before that run's own.
    enters(skipped(5, 6));
    enters(ran(4));
    stands({ due: 7 });
    world.end();
    expect(world.found).toEqual([]);
  });

  it('says that a due time was settled twice, across a crash too', () => {
    enters(ran(0));
    stands({ due: 1 });
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.begin(2);
    enters(ran(0, { run: 'other' }));
    expect(world.found).toEqual([expect.stringContaining('was settled before')]);
  });

  it('says that a range covers what was settled before', () => {
    enters(ran(2));
    enters(skipped(0, 3));
    expect(world.found).toEqual([expect.stringContaining('covers a due time that was settled before')]);
  });

  it('says that something was settled that was never due', () => {
    enters({ ...ran(0), due: { from: due(0) + 1, to: due(0) + 1 } });
    expect(world.found).toEqual([expect.stringContaining('is no due time')]);
  });

  it('says that a due time was passed over without a word, and says it once', () => {
    stands({ due: 1 });
    stands({ due: 1 });
    expect(world.found).toEqual([
      expect.stringContaining('what was due at 2026-01-05T08:00:00.000Z is neither settled'),
    ]);
  });

  it('says that a due time behind that of the run was passed over', () => {
    stands({ due: 2, run: 0 });
    expect(world.found).toEqual([
      expect.stringContaining('what was due at 2026-01-05T08:10:00.000Z is neither settled'),
    ]);
  });

  it('finds in the record of a dead process what it has passed over', () => {
    world.rows.set('actor:engine/job', { state: { context: { anchorAt: startAt, due: { at: due(2) }, run: null } } });
    world.begin(2);
    expect(world.found).toHaveLength(1);
  });

  it.each([
    ['has no reason', { outcome: 'skipped' as const, due: { from: due(0), to: due(0) } }],
    ['has no reason', { outcome: 'missed' as const, due: { from: due(0), to: due(0) }, reason: '' }],
    ['names no run that serves it', { outcome: 'coalesced' as const, due: { from: due(0), to: due(0) } }],
    ['does not say how the run ended', ran(0, { result: undefined as never })],
    ['does not say why the run failed', ran(0, { result: 'failure' })],
    ['began 60001 ms after it', ran(0, { startedAt: due(0) + 60_001 })],
    ['began 60000 ms after it', ran(0, { outcome: 'late', startedAt: due(0) + 60_000 })],
    ['covers more than the one due time', ran(0, { due: { from: due(0), to: due(1) } })],
    ['is no outcome', ran(0, { outcome: 'forgotten' as never })],
  ])('says that an entry %s', (what, entry) => {
    enters(entry);
    expect(world.found).toEqual([expect.stringContaining(what)]);
  });

  it('says that a run was settled twice, and that one which serves others never was', () => {
    enters({ outcome: 'ran', due: null, run: 'by hand', result: 'success', startedAt: startAt });
    enters({ outcome: 'ran', due: null, run: 'by hand', result: 'success', startedAt: startAt });
    enters({ outcome: 'coalesced', due: { from: due(0), to: due(0) }, run: 'r1' });
    enters(ran(1, { run: 'another' }));
    expect(world.found).toEqual([
      expect.stringContaining('the run by hand was settled before'),
      expect.stringContaining('the run r1, which serves other due times, was never settled'),
    ]);
  });

  it('counts from one instant for ever, unless the record had to be put aside', () => {
    world.transition('engine/job', {
      value: 'idle',
      context: { anchorAt: startAt + 1, due: { at: startAt }, run: null },
    });
    expect(world.found).toEqual([expect.stringContaining('counted from')]);
    const quarantined = { address: 'engine/job', at: world.at, reason: 'unreadable', key: 'q' } as const;
    world.tell({ type: 'quarantined', quarantined });
    world.transition('engine/job', {
      value: 'idle',
      context: { anchorAt: startAt + 7, due: { at: startAt + 7 }, run: null },
    });
    expect(world.found).toHaveLength(1);
  });

  describe('of an engine that runs after another', () => {
    beforeEach(() => {
      world.begin();
      stands({ due: null }, 'next');
      enters(ran(0));
    });
    const next = (at: number): Partial<LedgerEntry> => ({ ...ran(0), due: { from: at, to: at }, startedAt: at });

    it('takes each success for a due time', () => {
      enters(next(startAt), 'next');
      world.pass(180_000);
      world.end();
      expect(world.found).toEqual([]);
    });

    it('says that a success was lost, once it has been so for a while', () => {
      world.pass(1_000);
      expect(world.found).toEqual([]);
      world.pass(180_000);
      expect(world.found).toEqual([expect.stringContaining('next: what was due at')]);
    });

    it('says that there was no such success', () => {
      enters(next(startAt + 5), 'next');
      expect(world.found).toEqual([expect.stringContaining('is no success that nobody has settled')]);
    });
  });
});
