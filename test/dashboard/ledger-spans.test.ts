import { expect, it } from 'vitest';
import { withRecorded } from '../../src/dashboard/ledger-spans.ts';
import type { RunSpan } from '../../src/dashboard/run-spans.ts';

const recorded = { startedAt: 1_000, at: 5_000, steps: { fetch: 300, send: 500 } };

it('places the steps of which only lengths are known one after the other', () => {
  expect(withRecorded(recorded, [])).toEqual([
    { name: 'fetch', kind: 'done', from: 1_000, to: 1_300, lengthMs: 300 },
    { name: 'send', kind: 'done', from: 1_300, to: 1_800, lengthMs: 500 },
  ]);
});

it('puts those from before a restart in front of what was heard after it', () => {
  const noted: RunSpan[] = [
    { name: 'backoff', kind: 'wait', from: 1_200, to: 4_500 },
    { name: 'send', kind: 'done', from: 4_500, to: 5_000 },
  ];
  expect(withRecorded(recorded, noted)).toEqual([
    // It is squeezed into what is left: its own length is told beside it.
    { name: 'fetch', kind: 'done', from: 1_000, to: 1_200, lengthMs: 300 },
    ...noted,
  ]);
});

it('has nothing of a run that has not begun', () => {
  expect(withRecorded({ startedAt: null, at: 5_000 }, [])).toEqual([]);
});
