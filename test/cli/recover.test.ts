/**
 * A store that SQLite refuses, or in which a disk has changed something: what can still be read of it takes its place.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recover } from '../../src/cli/recover.ts';
import { withTypedPlace } from '../../src/cli/typed-place.ts';
import { acquireLock } from '../../src/persistence/lock.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { realRecord } from '../actors/real-record.ts';
import { changeText } from '../persistence/change-text.ts';
import { StorePlace } from './store-place.ts';

const now = Date.parse('2026-11-23T10:00:00Z');
const damaged = 'replaced-2026-11-23T10-00-00Z.db';

let place: StorePlace;
beforeEach(async () => {
  place = new StorePlace("{ timeZone: 'UTC', engines: ['a', 'b'].map((id) => ({ id, every: '1h', run: () => 1 })) }");
  await place.fill(
    ['actor:engine/a', realRecord()],
    ['actor:engine/b', realRecord()],
    ['ledger:engine/a:00000000000001:000000000000', '{"at":1}'],
    ['vault:shop', '"sealed in here"'],
  );
});
afterEach(() => place.dispose());

const recovered = (more = {}) => recover({ ...place.options, ...more }, now);
const kept = () => readdirSync(place.data).filter((name) => name.startsWith('replaced-'));
/** The one page that all these rows stand on counts one row less. */
const miscount = () => {
  const bytes = readFileSync(place.store);
  bytes.writeUInt8(bytes.readUInt8(4_096 + 4) - 1, 4_096 + 4);
  writeFileSync(place.store, bytes);
};

it('puts what can be read in the place of the damaged store, keeps that, and says what is missing', async () => {
  changeText(place.store, 'vault:shop', 'sealed in here', 'sealed in hare');
  const before = readFileSync(place.store);
  expect(await recovered()).toBe(0);
  expect(place.said().out.split('\n')).toEqual([
    `${place.store}: 3 rows can be read, 1 cannot: vault:shop; 2 records come back.`,
    'Whose record is missing begins afresh; a token without its secret has to be supplied again.',
    `The store before: ${join(place.data, damaged)}`,
    withTypedPlace('Go on: nightshift start', place.options),
  ]);
  expect(readStoreFile(place.store, '').map(({ key }) => key)).toEqual([
    'actor:engine/a',
    'actor:engine/b',
    'ledger:engine/a:00000000000001:000000000000',
  ]);
  expect(readFileSync(join(place.data, damaged)).equals(before)).toBe(true);
});

it('says which rows may be older than the latest', async () => {
  miscount();
  await recovered({ json: true });
  expect(JSON.parse(place.said().out)).toEqual({
    store: place.store,
    isWhole: false,
    rows: 4,
    older: ['vault:shop'],
    missing: [],
    isMoreMissing: false,
    records: 2,
    unusable: [],
    unconfigured: [],
    aside: join(place.data, damaged),
  });
});

it('changes nothing when it is only to look, or the store is whole', async () => {
  await recovered();
  expect(place.said().out).toBe(`${place.store}: whole; there is nothing to recover, and nothing was changed.`);
  miscount();
  const before = readFileSync(place.store);
  await recovered({ dryRun: true });
  expect(place.said().out.split('\n')).toEqual([
    `${place.store}: 4 rows can be read; 2 records come back.`,
    'As they were before their latest change, which cannot be read: vault:shop',
    'Whose record is missing begins afresh; a token without its secret has to be supplied again.',
    withTypedPlace(
      'Nothing was changed. What the newest backup would lose instead: nightshift restore latest --dry-run',
      place.options,
    ),
  ]);
  expect(readFileSync(place.store).equals(before)).toBe(true);
  expect(kept()).toEqual([]);
});

it('refuses what it can read nothing of, and changes nothing', async () => {
  writeFileSync(place.store, 'x'.repeat(10_000));
  await expect(recovered()).rejects.toMatchObject({
    code: 'STORE_EMPTY',
    message: expect.stringMatching(/found nothing in it that can be read, .* nightshift restore latest$/),
  });
  expect(readFileSync(place.store, 'utf8')).toBe('x'.repeat(10_000));
  writeFileSync(place.store, '');
  await expect(recovered()).rejects.toMatchObject({ code: 'STORE_EMPTY' });
  rmSync(place.data, { recursive: true });
  await expect(recovered()).rejects.toMatchObject({ code: 'STORE_MISSING' });
  expect(existsSync(place.data)).toBe(false);
});

it('is refused while a service is at work', async () => {
  miscount();
  const lock = acquireLock(join(place.data, 'lock.db'), now);
  try {
    await expect(recovered()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  } finally {
    lock.release();
  }
});
