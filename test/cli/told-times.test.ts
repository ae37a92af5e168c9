/**
 * What is kept says instants in UTC; what a person is told is by the clock of the config.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { incidents } from '../../src/cli/incidents.ts';
import { status } from '../../src/cli/status.ts';
import { withTypedPlace } from '../../src/cli/typed-place.ts';
import { why } from '../../src/cli/why.ts';
import { configImage } from '../../src/config/config-image.ts';
import { keptConfigKey } from '../../src/config/kept-config.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { recordKey } from '../../src/persistence/record.ts';
import type { Write } from '../../src/persistence/store.ts';
import { troubleOf } from '../../src/policies/trouble.ts';
import { StorePlace } from './store-place.ts';

const now = Date.parse('2026-11-23T06:00:00Z');
const [yesterday, thisMorning] = [Date.parse('2026-11-22T02:00:00Z'), Date.parse('2026-11-23T02:00:15Z')];

const stand = (value: unknown, context: object) => ({ value, context, timers: {}, effects: {} });
const record = (address: string, state: object): Write => [
  recordKey(address),
  JSON.stringify({ machine: 'm', version: 1, settings: '', state, crashes: [], halted: null }),
];
const quiet = troubleOf(
  'heartbeat/job',
  stand('missing', { beatAt: yesterday, expectedAt: thisMorning, reason: null }),
  null,
);
const incident = {
  trouble: quiet && 'trouble' in quiet && quiet.trouble,
  ...{ occurrence: 1, since: thisMorning, endedAt: null, informed: [], reminders: 0, failure: null },
};
const kept = {
  at: yesterday,
  file: '/jobs/nightshift.config.ts',
  keyId: 'k',
  image: configImage(resolveConfig({ timeZone: 'Asia/Kathmandu', engines: [] }, {}), undefined),
};
const hold = { kind: 'actor', address: 'quota/shop', reason: 'its quota is used up until 2026-11-23T09:30:00.000Z' };

let place: StorePlace;
beforeEach(async () => {
  place = new StorePlace();
  await place.fill(
    [keptConfigKey, JSON.stringify(kept)],
    record('engine/job', stand('held', { settings: {}, hold })),
    record('incident/heartbeat:job', stand({ open: 'told' }, incident)),
    record('token/shop', stand('fresh', { expiresAt: thisMorning })),
  );
});
afterEach(() => place.dispose());

it('is told so in the texts of incidents, and programs get them as they are kept', async () => {
  await incidents(place.options, now);
  expect(place.said().out).toContain(
    `Its last success was at 2026-11-22 07:45. The next was due at 07:45:15.\n  What to do: ${withTypedPlace('nightshift why', place.options)} job`,
  );
  await incidents({ ...place.options, json: true }, now);
  expect(place.said().out).toContain('Its last success was at 2026-11-22T02:00:00.000Z.');
});

it('is told so in reasons', async () => {
  await status(place.options, now);
  expect(place.said().out).toMatch(/^engine\/job +held .*its quota is used up until 15:15$/m);
  await why('job', undefined, place.options, now);
  expect(place.said().out).toContain('its quota is used up until 15:15');
});

it('is told so of the end of a token', async () => {
  await status(place.options, now);
  expect(place.said().out).toMatch(/^token\/shop .*expired 4h ago, at 07:45:15$/m);
});

it('is told by the clock of the machine where the store does not know the config', async () => {
  place.remove(keptConfigKey);
  const machine = new Date('2026-11-23T09:30Z').toLocaleTimeString('sv', { hour: '2-digit', minute: '2-digit' });
  await status(place.options, now);
  expect(place.said().out).toContain(`used up until ${machine}`);
});
