import { expect, it } from 'vitest';
import { rehearse } from '../../src/actors/rehearsal.ts';
import type { Address } from '../../src/stream.ts';
import { realRecord } from './real-record.ts';

/** As a store has them: in order of keys. */
function sourceOf(records: Record<string, string>) {
  const rows = Object.entries(records)
    .map(([address, json]) => ({ key: `actor:${address}`, json }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  return {
    range: (from: string, to: string, limit: number) =>
      rows.filter(({ key }) => key >= from && key < to).slice(0, limit),
  };
}

const good = realRecord();

it('brings back what a start would bring back', async () => {
  const many = Object.fromEntries(Array.from({ length: 450 }, (_, n) => [`engine/e${n}`, good]));
  expect(await rehearse(sourceOf(many))).toEqual({ records: 450, unusable: [], unconfigured: [] });
});

it('names those that would go to quarantine, and why', async () => {
  const records = {
    'engine/a': good,
    'engine/foreign': good.replace('"machine":"engine"', '"machine":"breaker"'),
    'engine/never': good.replace(/"timers":\{.*\},"effects"/, '"timers":{},"effects"'),
    'engine/newer': good.replace('"version":1', '"version":2'),
    'lamp/desk': good,
  };
  expect(await rehearse(sourceOf(records))).toEqual({
    records: 1,
    unusable: [
      { address: 'engine/foreign', reason: "found a record of the machine 'breaker', expected 'engine'." },
      { address: 'engine/never', reason: expect.stringMatching(/nothing in it would ever end xstate\.after\./) },
      { address: 'engine/newer', reason: expect.stringMatching(/found version 2 of 'engine', expected at most 1/) },
      { address: 'lamp/desk', reason: expect.stringMatching(/found the kind 'lamp', expected one of engine/) },
    ],
    unconfigured: [],
  });
});

it('looks at those alone that the configuration calls for, and at every incident', async () => {
  const wanted = new Set<Address>(['engine/a', 'engine/new']);
  const records = { 'engine/a': good, 'engine/old': '{', 'incident/shop': '{' };
  expect(await rehearse(sourceOf(records), wanted)).toEqual({
    records: 1,
    unusable: [{ address: 'incident/shop', reason: 'found {, expected JSON.' }],
    unconfigured: ['engine/old'],
  });
});
