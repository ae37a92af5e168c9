import { expect, it } from 'vitest';
import { verdictOf } from '../../src/cli/next-config.ts';

const records = { load: 3, migrated: [], quarantined: [], fresh: [], removed: [] };
const changes = {
  since: 1,
  before: null,
  changes: [{ part: 'engine/a', what: 'added' as const, settings: [] }],
  hasSecrets: true,
};

it('a config that is good, with records that load, is gone on with', () => {
  expect(verdictOf({ changes, records }, '')).toEqual({ isGood: true, changes: changes.changes });
});

it('a config that is not good is refused in its own words', () => {
  expect(verdictOf({ error: 'engines: found …', code: 'CONFIG_INVALID' }, '')).toEqual({
    isGood: false,
    code: 'CONFIG_INVALID',
    error: 'engines: found …',
  });
});

it('records that would not load are a reason to refuse as well', () => {
  const quarantined = [{ reason: 'found version 3', actors: ['engine/a', 'engine/b'] as `engine/${string}`[] }];
  expect(verdictOf({ changes, records: { ...records, quarantined } }, '')).toMatchObject({
    isGood: false,
    code: 'RECORDS_UNUSABLE',
    error: expect.stringMatching(/^2 records would go to quarantine \(found version 3\)/),
  });
});

it('a look that came to nothing is refused, and says what it came to', () => {
  expect(verdictOf(undefined, 'it ended with 9')).toEqual({
    isGood: false,
    code: 'RELOAD_UNCHECKED',
    error: 'the new config could not be looked at: it ended with 9.',
  });
});
