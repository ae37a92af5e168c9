import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backup } from '../../src/cli/backup.ts';
import { status } from '../../src/cli/status.ts';
import { withTypedPlace } from '../../src/cli/typed-place.ts';
import { backupsIn } from '../../src/persistence/backup-folder.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { realRecord } from '../actors/real-record.ts';
import { StorePlace } from './store-place.ts';

const now = Date.parse('2026-11-23T02:30:00Z');
const sealed = '{"v":1,"keyId":"0a1b2c3d","nonce":"","ciphertext":"","tag":""}';
const definition = `{
  timeZone: 'UTC',
  builtIn: { backup: { keep: { last: 1, daily: 1, weekly: 0 }, upload: { run: ['node', '-e', 'console.log(process.argv[1])', '{name}'] } } },
  engines: [{ id: 'a', every: '1h', run: () => 1 }],
}`;

let place: StorePlace;
beforeEach(async () => {
  place = new StorePlace(definition);
  await place.fill(['actor:engine/a', realRecord()], ['vault:shop', sealed]);
});
afterEach(() => place.dispose());

const copies = () => backupsIn(place.backups).map(({ name }) => name);

it('makes one in the folder of the backups as the engine does: kept, cleared away and taken elsewhere as the config says', async () => {
  mkdirSync(place.backups);
  const old = 'nightshift-2026-01-01T02-30-00Z.db';
  writeFileSync(join(place.backups, old), '');
  writeFileSync(join(place.data, 'vault.key'), 'a key');
  expect(await backup(undefined, place.options, now)).toBe(0);
  const [name = ''] = copies();
  const { out, err } = place.said();
  expect(copies()).toEqual([expect.stringMatching(/^nightshift-\d{4}-.*Z\.db$/)]);
  expect(out.split('\n')).toEqual([
    expect.stringMatching(new RegExp(`^${join(place.backups, name)}: .*B, whole; 1 record comes back\\.$`)),
    `Removed: ${old}; 0 older ones stay.`,
    'Uploaded.',
    `The key to the secrets in it is not in it: keep a copy of ${join(place.data, 'vault.key')} somewhere else.`,
  ]);
  expect(err).toBe(name);
  expect(readFileSync(join(place.backups, name)).includes('a key')).toBe(false);
});

it('makes one where somebody says, and overwrites nothing there', async () => {
  const file = join(place.folder, 'before-the-move.db');
  expect(await backup(file, place.options, now)).toBe(0);
  expect(readStoreFile(file, 'actor:')).toHaveLength(1);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // Only the folder of the backups is uploaded by itself.
  expect(place.said()).toMatchObject({ err: '', out: expect.not.stringContaining('Uploaded') });
  await expect(backup(file, place.options, now)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  mkdirSync(join(place.folder, 'usb'));
  await backup(join(place.folder, 'usb'), place.options, now);
  expect(readdirSync(join(place.folder, 'usb'))).toEqual(['nightshift-2026-11-23T02-30-00Z.db']);
  expect(copies()).toEqual([]);
});

it('names the way back when the store is damaged, as every command that reads it, and leaves nothing behind', async () => {
  writeFileSync(place.store, readFileSync(place.store).fill(7, 4_096));
  const damaged = {
    code: 'STORE_CORRUPT',
    message: expect.stringMatching(/nightshift\.db: found a damaged database .*: nightshift recover$/),
  };
  await expect(backup(undefined, place.options, now)).rejects.toMatchObject(damaged);
  expect(copies()).toEqual([]);
  expect(() => readStoreFile(place.store, 'actor:')).toThrow(expect.objectContaining(damaged));
  await expect(status(place.options, now)).rejects.toMatchObject(damaged);
  writeFileSync(place.store, 'no database, though as long as the page that SQLite looks at first.'.repeat(100));
  await expect(backup(undefined, place.options, now)).rejects.toMatchObject(damaged);
});

it('says which records no start could use, and who is not in the config', async () => {
  await place.fill(['actor:engine/a', '{'], ['actor:engine/gone', realRecord('engine/gone')]);
  await backup(undefined, { ...place.options, upload: false }, now);
  expect(place.said().out).toMatch(
    /whole; 0 records come back\.\nengine\/a would go to quarantine: found \{, expected JSON\.\nnot in the config: engine\/gone$/,
  );
  await backup(join(place.folder, 'x.db'), { ...place.options, json: true }, now);
  expect(JSON.parse(place.said().out)).toMatchObject({
    file: join(place.folder, 'x.db'),
    secrets: 1,
    records: 0,
    unusable: [{ address: 'engine/a', reason: 'found {, expected JSON.' }],
    unconfigured: ['engine/gone'],
    uploaded: false,
  });
});

it('lists those that there are, the newest first', async () => {
  await backup(undefined, { ...place.options, list: true }, now);
  expect(place.said().out).toBe(
    withTypedPlace(`${place.backups}: no backups. Make one: nightshift backup`, place.options),
  );
  mkdirSync(place.backups);
  for (const name of ['nightshift-2026-11-21T02-30-00Z.db', 'nightshift-2026-11-22T02-30-00Z.db', 'notes.txt'])
    writeFileSync(join(place.backups, name), 'x'.repeat(2_000));
  await backup(undefined, { ...place.options, list: true, json: true }, now);
  const found = JSON.parse(place.said().out) as { file: string; bytes: number }[];
  expect(found.map(({ file, bytes }) => [basename(file), bytes])).toEqual([
    ['nightshift-2026-11-22T02-30-00Z.db', 2_000],
    ['nightshift-2026-11-21T02-30-00Z.db', 2_000],
  ]);
});

describe('an upload that somebody names', () => {
  const uploading = (upload: string, more = {}) =>
    backup(join(place.folder, 'x.db'), { ...place.options, upload, ...more }, now);

  it('is a program with words, and has what the person has in the environment', async () => {
    process.env.REMOTE = 'far';
    const script = 'console.log(JSON.stringify([process.argv.slice(1), process.env.REMOTE]))';
    try {
      await uploading(`node -e '${script}' "to the {name}" '$REMOTE;'`);
    } finally {
      Reflect.deleteProperty(process.env, 'REMOTE');
    }
    expect(place.said().err).toBe(JSON.stringify([['to the x.db', '$REMOTE;'], 'far']));
  });

  it('is a failure when it fails, and the backup stays', async () => {
    await expect(uploading(`node -e 'process.exit(4)'`)).rejects.toMatchObject({
      code: 'EXIT_4',
      message: expect.stringContaining(
        'x.db: found its upload failed, expected a copy elsewhere; the backup itself is whole, and stays. Mend',
      ),
    });
    expect(existsSync(join(place.folder, 'x.db'))).toBe(true);
  });

  it.each([
    ["it's", {}, "--upload: found 'it's' with a quote that does not end, expected a program and its arguments"],
    [' ', {}, "--upload: found ' ' with no program, expected a program and its arguments"],
    ['true', { uploadTimeout: 'soon' }, "--upload-timeout: found 'soon', expected a length of time such as 30m."],
  ])('is refused before anything is made: %s', async (upload, more, message) => {
    await expect(uploading(upload, more)).rejects.toThrow(message);
    expect(existsSync(join(place.folder, 'x.db'))).toBe(false);
  });

  it('is wanted beside a time for it', async () => {
    await expect(backup(undefined, { ...place.options, uploadTimeout: '1m' }, now)).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

describe('a config that does not work', () => {
  it('does not keep a backup from being made', async () => {
    writeFileSync(place.config, `export default { engines: 5 };`);
    expect(await backup(undefined, place.options, now)).toBe(0);
    expect(place.said().err).toMatch(/^The config could not be used: engines: found a number, expected an array/);
    expect(copies()).toHaveLength(1);
  });

  it('is none when the environment of the service is missing: only what is used here has to be there', async () => {
    const missing = "{ fromEnv: 'NO_SUCH_SECRET' }";
    writeFileSync(
      place.config,
      `export default { tokens: { shop: { kind: 'bearer', secret: ${missing} } }, builtIn: { backup: { upload: { run: ['true'], env: { KEY: ${missing} } } } } };`,
    );
    await expect(backup(undefined, place.options, now)).rejects.toThrow(
      "builtIn.backup.upload.env.KEY: found env('NO_SUCH_SECRET'), which is not set",
    );
    expect(await backup(join(place.folder, 'x.db'), place.options, now)).toBe(0);
  });

  it('is one that was named and is not there', async () => {
    const options = { ...place.options, config: join(place.folder, 'other.mjs') };
    await expect(backup(undefined, options, now)).rejects.toThrow(
      'other.mjs: found no such file, expected a config file',
    );
  });
});

it('is refused where there is no store', async () => {
  const options = { config: place.config, data: join(place.folder, 'empty') };
  await expect(backup(undefined, options, now)).rejects.toMatchObject({ code: 'STORE_MISSING' });
});
