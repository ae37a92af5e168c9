/**
 * An engine that the config has no more keeps its record for a while, and its timers with it: they fire for nobody.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { status } from '../../src/cli/status.ts';
import { why } from '../../src/cli/why.ts';
import { recordKey } from '../../src/persistence/record.ts';
import { removalRows } from '../../src/persistence/removed-actors.ts';
import { StorePlace } from './store-place.ts';

const now = Date.parse('2026-11-23T06:00:00Z');
const schedule = { kind: 'cron', expression: '0 * * * *', timeZone: 'UTC', offsetMs: 0 };
const context = { settings: { schedule }, due: null, run: null, hold: null, anchorAt: 0 };
const state = { value: { idle: 'scheduled' }, context, timers: { next: { at: now + 3_600_000 } }, effects: {} };
const record = { machine: 'engine', version: 1, settings: '', state, crashes: [], halted: null };

let place: StorePlace;
beforeEach(async () => {
  place = new StorePlace();
  await place.fill([recordKey('engine/job'), JSON.stringify(record)]);
});
afterEach(() => place.dispose());

it('promises no due time of an engine that the config has no more', async () => {
  await place.fill(...removalRows(['engine/job'], [], now - 60_000));
  await why('job', undefined, place.options, now);
  const { out } = place.said();
  expect(out).toContain('job is not in the config any more, since the start of 05:59, and does not run;');
  expect(out).not.toContain('not due before');
  await why('job', '05:30', place.options, now);
  expect(place.said().out).toContain('Nothing of job was due at 05:30; it is not in the config any more.');
});

it('promises one of an engine that is in it', async () => {
  await why('job', '05:30', place.options, now);
  expect(place.said().out).toContain('Nothing of job was due at 05:30; the next due time');
});

it('does not stand in the status of a service that is down', async () => {
  await status(place.options, now);
  expect(place.said().out).toMatch(/^engine\/job /m);
  await place.fill(...removalRows(['engine/job'], [], now - 60_000));
  await status(place.options, now);
  expect(place.said().out).not.toContain('engine/job');
});
