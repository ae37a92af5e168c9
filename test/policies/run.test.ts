import { describe, expect, it } from 'vitest';
import { coalesced, passedOver, type Run, runEnded } from '../../src/policies/run.ts';

const minute = 60_000;
const at = Date.UTC(2026, 0, 5, 8);
const schedule = { kind: 'every', everyMs: 10 * minute, offsetMs: 0 } as const;
const run: Run = {
  id: 'job.1',
  trigger: 'schedule',
  dueAt: at,
  startedAt: at,
  attemptAt: at,
  attempt: 2,
  refreshed: false,
  steps: {},
  begun: [],
  skipped: [],
};
const failure = { class: 'bug', code: 'TypeError', message: 'no luck' } as const;

describe('the end of a run settles its due time', () => {
  it.each([
    ['begun in time', run, null, { outcome: 'ran', result: 'success' }],
    ['begun at the end of its grace', { ...run, startedAt: at + minute }, null, { outcome: 'ran' }],
    ['begun after its grace', { ...run, startedAt: at + minute + 1 }, null, { outcome: 'late', result: 'success' }],
    ['failed', run, failure, { outcome: 'ran', result: 'failure', reason: 'no luck' }],
    ['with parts left out', { ...run, skipped: ['announce'] }, null, { outcome: 'ran', skipped: ['announce'] }],
  ])('%s', (_, run, failure, entry) => {
    expect(runEnded(run, minute, failure)).toMatchObject({
      due: { from: at, to: at },
      run: 'job.1',
      attempts: 2,
      startedAt: run.startedAt,
      ...entry,
    });
  });

  it('with how long its steps took, the longest hundred of them', () => {
    const took = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`page ${n}`, n % 2 === 0 ? 1_000 + n : n]));
    const { steps = {} } = runEnded({ ...run, took }, minute, null);
    expect(Object.keys(steps)).toHaveLength(100);
    expect(Object.keys(steps)).toEqual(Object.keys(took).filter((name) => name in steps));
    expect(Math.min(...Object.values(steps))).toBe(101);
    expect(runEnded({ ...run, took: { fetch: 5 } }, minute, null).steps).toEqual({ fetch: 5 });
  });

  it('and none when somebody triggered it, however late', () => {
    const manual = { ...run, trigger: 'manual', startedAt: at + 60 * minute } as const;
    expect(runEnded(manual, minute, null)).toMatchObject({ outcome: 'ran', due: null });
  });
});

describe('due times that had no run of their own', () => {
  it('are coalesced into the run that serves them, a month as one entry', () => {
    const served = at + 30 * 24 * 60 * minute;
    expect(coalesced({ at, schedule }, at, served, 'job.1')).toEqual([
      { outcome: 'coalesced', due: { from: at, to: served - 10 * minute }, run: 'job.1' },
    ]);
    expect(coalesced({ at, schedule }, at, at, 'job.1')).toEqual([]);
  });

  it.each(['skipped', 'missed'] as const)('are %s with the reason, up to now', (outcome) => {
    expect(passedOver({ at, schedule }, at, at + 25 * minute, outcome, 'it was paused')).toEqual([
      { outcome, due: { from: at, to: at + 20 * minute }, reason: 'it was paused' },
    ]);
    expect(passedOver({ at, schedule }, at, at - 1, outcome, 'it was paused')).toEqual([]);
    expect(passedOver(null, at, at, outcome, 'it was paused')).toEqual([]);
  });
});
