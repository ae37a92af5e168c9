/**
 * A run that is not over: the ledger knows nothing of it, and the record does.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { history } from '../../src/cli/history.ts';
import { withTypedPlace } from '../../src/cli/typed-place.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import { recordKey } from '../../src/persistence/record.ts';
import type { Write } from '../../src/persistence/store.ts';
import { StorePlace } from './store-place.ts';

const now = Date.parse('2026-11-23T06:00:00Z');
const minute = 60_000;
const schedule = { kind: 'cron', expression: '0 * * * *', timeZone: 'UTC' };
const run = {
  ...{
    id: 'job.2',
    trigger: 'schedule',
    dueAt: now - 5 * minute,
    startedAt: now - 4 * minute,
    attemptAt: now - minute,
  },
  ...{
    attempt: 2,
    refreshed: false,
    steps: { fetch: 1 },
    took: { fetch: 1_500 },
    services: ['shop'],
    begun: [],
    skipped: [],
  },
};
const over = { outcome: 'ran', due: { from: 1, to: 1 }, run: 'job.1', result: 'success', startedAt: 2 } as const;

const record = (value: string, context: object): Write => {
  const state = { value, context: { settings: { schedule, retry: {} }, ...context }, timers: {}, effects: {} };
  const json = { machine: 'engine', version: 1, settings: '', state, crashes: [], halted: null };
  return [recordKey('engine/job'), JSON.stringify(json)];
};

let place: StorePlace;
beforeEach(() => {
  place = new StorePlace();
});
afterEach(() => place.dispose());

const lines = async (most?: string) => {
  await history('job', { ...place.options, ...(most !== undefined && { lines: most }) }, now);
  return place.said().out.split('\n');
};

it('is the first line, with its steps so far, and marked as such', async () => {
  const failure = { class: 'recoverable', code: 'E', message: 'reset' };
  await place.fill(record('backoff', { run, failure }), ledgerRow('engine/job', now - 60 * minute, 1, over));
  const [, first, second, down] = await lines();
  expect(first).toMatch(/^05:55 +under way, backoff +05:56 +4m +2 +reset; steps: fetch 1.5s; services: shop$/);
  expect(second).toMatch(/ran, success/);
  expect(down).toMatch(/^The service is down/);
  expect((await lines('1')).filter((line) => line.includes('ran, success'))).toEqual([]);

  await history('job', { ...place.options, json: true }, now);
  const [present, past] = JSON.parse(place.said().out);
  expect(present).toMatchObject({
    outcome: 'underWay',
    state: 'backoff',
    result: null,
    run: 'job.2',
    trigger: 'schedule',
  });
  expect(present).toMatchObject({ steps: { fetch: 1_500 }, durationMs: 4 * minute, at: now, reason: 'reset' });
  expect(past).toMatchObject({ outcome: 'ran', state: null });
});

it('says since when its engine is due again, for what becomes of that is decided when it ends', async () => {
  await place.fill(record('running', { run, due: { at: now - 2 * minute, schedule } }));
  expect((await lines())[1]).toMatch(/^05:55 +under way, running .* due again since 05:58; steps: fetch 1\.5s/);
  await place.fill(record('running', { run, due: { at: now + minute, schedule } }));
  expect((await lines())[1]).not.toContain('due again');
});

it('has no beginning while it waits for its first attempt', async () => {
  const hold = { kind: 'window', reason: 'its hours are over.' };
  const waiting = { ...run, startedAt: null, attempt: 1, steps: {}, took: {}, services: [], trigger: 'manual' };
  await place.fill(record('held', { run: waiting, hold }));
  expect((await lines())[1]).toMatch(/^by hand +under way, held +1 +its hours are over\.$/);
  await place.fill(record('held', { run: waiting, hold, due: { at: now - 2 * minute, schedule } }));
  expect((await lines())[1]).toMatch(/its hours are over; due again since 05:58$/);
});

it('is none yet where the first due time has passed with nobody there', async () => {
  await place.fill(record('idle', { run: null, due: { at: now - minute, schedule } }));
  expect(await lines()).toEqual([
    `Nothing of job is over yet; what has been due since 05:59 is not settled: ${withTypedPlace('nightshift why', place.options)} job`,
  ]);
});
