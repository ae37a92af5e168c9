import { describe, expect, it } from 'vitest';
import type { EngineConfig } from '../../../src/config/config.ts';
import { resolveConfig } from '../../../src/config/resolve.ts';
import type { LedgerEntry } from '../../../src/persistence/ledger.ts';
import type { EngineContext } from '../../../src/policies/engine.ts';
import { EngineTally } from '../../../src/testing/simulate/engine-tally.ts';
import { faultKind } from '../../../src/testing/simulate/fault-kind.ts';
import { HealingMeter } from '../../../src/testing/simulate/healing.ts';
import { PathLog } from '../../../src/testing/simulate/path-log.ts';
import { PersonTally } from '../../../src/testing/simulate/person-tally.ts';
import { QuotaMeter } from '../../../src/testing/simulate/quota-use.ts';
import { Timeline } from '../../../src/testing/simulate/timeline.ts';
import { WorstMoments } from '../../../src/testing/simulate/worst-moments.ts';
import { hourMs, startAt } from './chaos-place.ts';

const engineOf = (timing: object): EngineConfig => {
  const job = { id: 'job', run: () => 1, ...timing };
  const written = { timeZone: 'UTC', windows: { day: { from: '08:00', to: '20:00' } }, engines: [job] };
  return resolveConfig(written, {}).engines.get('job') as EngineConfig;
};
const at = (hours: number) => startAt + hours * hourMs;
const instant = (hours: number) => ({ at: at(hours), wallAt: at(hours) });
const contextAt = (hours: number, run: unknown = null) =>
  ({ anchorAt: startAt, due: { at: at(hours) }, run }) as unknown as EngineContext;
const entry = (
  outcome: LedgerEntry['outcome'],
  from: number,
  to: number,
  more: Partial<LedgerEntry> = {},
): LedgerEntry => ({
  at: at(to),
  outcome,
  due: { from: at(from), to: at(to) },
  ...more,
});
const success = { result: 'success' } as const;

describe('the due times of an engine', () => {
  it.each([
    ['an interval', { every: '1h' }],
    ['a cron expression', { schedule: '0 * * * *' }],
  ])('are all accounted for: %s', (_, timing) => {
    const tally = new EngineTally(engineOf(timing), startAt, at(1_000));
    tally.stands('idle', contextAt(1), instant(0));
    tally.settle(entry('ran', 1, 1, success));
    tally.settle(entry('coalesced', 2, 4));
    tally.settle(entry('late', 5, 5, success));
    tally.settle(entry('skipped', 6, 7, { reason: 'the engine was paused' }));
    tally.settle(entry('ran', 8, 8, { result: 'failure', reason: 'out of paper' }));
    expect(tally.report(contextAt(9))).toMatchObject({
      ...{ ran: 1, coalesced: 3, late: 1, skipped: 2, failed: 1, missed: 0 },
      ...{ dueTimes: 8, lost: 0, unsettled: 0 },
    });
    expect(tally.reasons()).toEqual([
      { engine: 'job', outcome: 'skipped', reason: 'the engine was paused', dueTimes: 2 },
      { engine: 'job', outcome: 'failed', reason: 'out of paper', dueTimes: 1 },
    ]);
  });

  it('are each told of that nobody served, however long after somebody said so', () => {
    for (const timing of [{ every: '1h' }, { schedule: '0 * * * *' }]) {
      const tally = new EngineTally(engineOf(timing), startAt, at(6));
      tally.stands('idle', contextAt(1), instant(0));
      const counted = tally.settle(entry('missed', 3, 9, { reason: 'too late' }));
      expect([...(counted?.dues ?? [])]).toEqual([at(3), at(4), at(5)]);
      expect(counted?.dueTimes).toBe(3);
    }
  });

  it('are lost when the ledger says nothing of them, or gives no reason', () => {
    const tally = new EngineTally(engineOf({ every: '1h' }), startAt, at(1_000));
    tally.stands('idle', contextAt(1), instant(0));
    tally.settle(entry('ran', 1, 1, success));
    tally.settle(entry('missed', 4, 4));
    expect(tally.report(contextAt(5))).toMatchObject({ dueTimes: 4, unsettled: 2, lost: 3 });
  });

  it('do not count once faults have ended', () => {
    const tally = new EngineTally(engineOf({ every: '1h' }), startAt, at(4));
    tally.stands('idle', contextAt(1), instant(0));
    tally.settle(entry('ran', 1, 1, success));
    tally.settle(entry('coalesced', 2, 5));
    expect(tally.settle(entry('ran', 6, 6, success))).toBeUndefined();
    expect(tally.report(contextAt(7, { trigger: 'schedule', dueAt: at(6) }))).toMatchObject({
      ...{ ran: 1, coalesced: 2 },
      ...{ dueTimes: 3, unsettled: 0 },
    });
  });

  it('are not lost while their run is under way', () => {
    const tally = new EngineTally(engineOf({ every: '1h' }), startAt, at(1_000));
    tally.stands('idle', contextAt(1), instant(0));
    expect(tally.report(contextAt(2, { trigger: 'schedule', dueAt: at(1) }))).toMatchObject({ unsettled: 0, lost: 0 });
  });
});

describe('a step', () => {
  it('is done again when its result was on disk in the same run', () => {
    const tally = new EngineTally(engineOf({ every: '1h' }), startAt, at(1_000));
    expect(tally.isDoneAgain('run 1', 'upload')).toBe(false);
    tally.finished('run 1', 'upload');
    expect(tally.isDoneAgain('run 1', 'upload')).toBe(true);
    expect(tally.isDoneAgain('run 2', 'upload')).toBe(false);
  });
});

describe('the time without a success', () => {
  it('begins when one is due, not at the one before', () => {
    const tally = new EngineTally(engineOf({ every: '6h' }), startAt, at(1_000));
    tally.succeeded(instant(0));
    tally.stands('idle', contextAt(6), instant(0));
    expect(tally.silence(at(7))).toEqual({ ms: hourMs, from: at(6) });
    expect(tally.report(undefined).longestWithoutMs).toBe(hourMs);
  });

  it('is worked out from the schedule when nobody has said what is due next', () => {
    const tally = new EngineTally(engineOf({ every: '6h' }), startAt, at(1_000));
    tally.succeeded(instant(1));
    expect(tally.silence(at(8))).toEqual({ ms: 2 * hourMs, from: at(6) });
  });

  it('does not count while the window is closed', () => {
    const tally = new EngineTally(engineOf({ every: '6h', window: 'day' }), startAt, at(1_000));
    tally.succeeded(instant(0));
    tally.stands('idle', contextAt(6), instant(0));
    expect(tally.silence(at(9))).toEqual({ ms: hourMs, from: at(8) });
  });
});

describe('healing', () => {
  it('takes from the end of what hit an engine to its next success', () => {
    const meter = new HealingMeter();
    meter.hit('one', 'outage', 1_000);
    meter.hit('two', 'outage', 1_000);
    meter.hit('three', 'outage', 1_000);
    meter.succeeded('one', 4_000);
    meter.succeeded('two', 500);
    meter.succeeded('one', 9_000);
    expect(meter.all()).toEqual([
      { fault: 'outage', hits: 3, medianMs: 3_000, p95Ms: 3_000, worstMs: 3_000, unhealed: 1 },
    ]);
  });
});

describe('a person', () => {
  it('is told so long after they were needed, and the first word counts', () => {
    const tally = new PersonTally();
    tally.need('token:google', 1_000);
    tally.need('token:google', 5_000);
    expect(tally.alert('token:google', 'opened', 3_000)).toBe(true);
    tally.alert('token:google', 'reminder', 9_000);
    expect(tally.alert('token:google', 'resolved', 9_500)).toBe(false);
    tally.acted('token:google', 'gave it again', 9_000);
    tally.acted('engine:job', 'resumed job', 9_100);
    expect(tally.interventions.map(({ announcedMs }) => announcedMs)).toEqual([2_000, null]);
    expect(tally.alerts()).toEqual({
      ...{ opened: 1, reminders: 1, resolved: 1 },
      byCause: [{ cause: 'token:google', opened: 1, reminders: 1 }],
    });
  });
});

describe('a quota', () => {
  it('is used so much in a usual period, and in the fullest', () => {
    const quota = { limit: 4, per: 'hour', periodMs: hourMs, resets: null } as const;
    const meter = new QuotaMeter(quota, 4, startAt);
    for (const hours of [0.1, 1.1, 1.2, 2.1, 2.2, 2.3]) meter.add(at(hours));
    expect(meter.use()).toEqual({ limit: 4, per: 'hour', usual: 0.5, most: 0.75 });
  });

  it('begins anew when it is filled up, at a time of day', () => {
    const resets = { expression: '0 6 * * *', timeZone: 'UTC' };
    const meter = new QuotaMeter({ limit: 2, per: 'day', periodMs: 24 * hourMs, resets }, 2, startAt);
    for (const hours of [5, 7]) meter.add(at(hours));
    expect(meter.use().most).toBe(0.5);
  });
});

describe('a path', () => {
  const log = (count: number) => {
    const path = new PathLog();
    for (let n = 1; n <= count; n++) path.add({ at: n, kind: 'state', what: `${n}` });
    return path;
  };

  it('has everything, in order', () => {
    expect(
      log(40)
        .entries()
        .map(({ what }) => what),
    ).toEqual(Array.from({ length: 40 }, (_, n) => `${n + 1}`));
  });

  it('leaves out what lies between the beginning and the end, and says how much', () => {
    const words = log(100)
      .entries()
      .map(({ what }) => what);
    expect(words.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, n) => `${n + 1}`));
    expect(words[12]).toBe('… 60 more in between');
    expect(words.slice(13)).toEqual(Array.from({ length: 28 }, (_, n) => `${n + 73}`));
  });

  it('begins anew with a success', () => {
    const path = log(60);
    path.clear();
    path.add({ at: 1, kind: 'fault', what: 'held', why: 'the shop is down' });
    expect(path.entries()).toEqual([{ at: 1, kind: 'fault', what: 'held: the shop is down' }]);
  });
});

it('the ten worst moments are kept, the worst first, and the others not even told', () => {
  const worst = new WorstMoments();
  const told: number[] = [];
  const moment = (badness: number) => () => {
    told.push(badness);
    return { what: `${badness}`, kind: 'silence' as const, engine: null, from: 0, to: 0, path: [] };
  };
  for (const badness of [5, 3, 9, 1, 7, 2, 8, 6, 4, 10, 0.5, 11]) worst.add(badness, moment(badness));
  expect(worst.all().map(({ what }) => Number(what))).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  expect(told).not.toContain(0.5);
});

it.each([
  [1 / 24, 1, hourMs],
  [2, 48, hourMs],
  [7, 56, 3 * hourMs],
  [21, 42, 12 * hourMs],
  [365, 53, 7 * 24 * hourMs],
])('a timeline of %d days has %d parts', (days, parts, bucketMs) => {
  const timeline = new Timeline(startAt, startAt + days * 24 * hourMs).all();
  expect([timeline.buckets.length, timeline.bucketMs]).toEqual([parts, bucketMs]);
});

it.each([
  ['killed, back after 5s', 'killed'],
  ['killed during the commit, back after 5s', 'killed'],
  ['outage: DNS', 'outage'],
  ['429 Retry-After 60', '429'],
  ['SQLITE_BUSY for 2s', 'SQLITE_BUSY'],
  ['clock set back by 10m', 'clock set'],
  ['asleep for 1h', 'asleep'],
  ['tokens of google rejected', 'token rejected'],
  ['grant of google revoked', 'grant revoked'],
  ['200 with nothing', '200 with nothing'],
])('%s is of the kind %s', (name, kind) => {
  expect(faultKind(name)).toBe(kind);
});
