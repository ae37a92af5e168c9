import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupConfig } from '../../src/config/config.ts';
import { type BackupEnginePorts, backupEngine } from '../../src/engines/backup.ts';
import type { Backup } from '../../src/engines/make-backup.ts';
import { backupName } from '../../src/persistence/backup-folder.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import { copyInThread } from '../../src/persistence/store-copy-thread.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { classify } from '../../src/policies/classify.ts';
import { Children } from '../../src/processes/children.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { realRecord } from '../actors/real-record.ts';
import { changeText } from '../persistence/change-text.ts';
import { testScope } from './run-scope.ts';

const keeping = (daily: number, weekly: number) => ({ last: 1, daily, weekly, maxAgeMs: null });
const config: BackupConfig = { schedule: '30 3 * * *', keep: keeping(7, 4), dir: null, upload: null };
const record = realRecord();
const dayMs = 86_400_000;

let folder: string;
let store: Store;
let clock: VirtualClock;
let dir: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-backup-'));
  dir = join(folder, 'data/backups');
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  store = await openStore(`sqlite://${join(folder, 'data/nightshift.db')}`);
  await store.write([['actor:engine/a', record]]);
  clock = new VirtualClock(Date.parse('2026-11-23T02:30:00Z'));
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function engineWith(more: Partial<BackupConfig> = {}, ports: Partial<BackupEnginePorts> = {}) {
  const dataDir = join(folder, 'data');
  const places = { dataDir, configDir: folder, timeZone: 'UTC', env: process.env };
  const children = new Children(join(dataDir, 'children'), clock);
  return backupEngine(
    { ...config, ...more },
    { ...places, clock, children: () => children, wanted: () => ['engine/a'], ...ports },
  );
}

/** But for the lock. */
const filesIn = (folder: string) => readdirSync(folder).filter((name) => !name.startsWith('.'));
const run = (engine = engineWith(), scope = testScope()) => engine.run(scope) as Promise<Backup>;

it('puts a proved copy under its time, for its owner alone', async () => {
  const backup = await run();
  const file = join(dir, 'nightshift-2026-11-23T02-30-00Z.db');
  const { size: bytes } = statSync(file);
  const records = { secrets: 0, changed: [], records: 1, unusable: [], unconfigured: [] };
  expect(backup).toEqual({ file, bytes, ...records, removed: [], kept: 0, uploaded: false });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(filesIn(dir)).toEqual(['nightshift-2026-11-23T02-30-00Z.db']);
  expect(readStoreFile(file, '')).toEqual([{ key: 'actor:engine/a', json: record }]);
});

it('puts it where the config says, from the folder of the config', async () => {
  const { file } = await run(engineWith({ dir: 'elsewhere/copies' }));
  expect(file).toBe(join(folder, 'elsewhere/copies/nightshift-2026-11-23T02-30-00Z.db'));
  expect(existsSync(file)).toBe(true);
});

it('has a name of its own where another one was made within the same second', async () => {
  const files = [await run(), await run(), await run()].map(({ file }) => file.slice(-'30-00Z.db'.length));
  expect(files).toEqual(['30-00Z.db', '30-01Z.db', '30-02Z.db']);
  // The latest by its name is the one that is kept.
  expect(filesIn(dir)).toEqual(['nightshift-2026-11-23T02-30-02Z.db']);
});

it('holds no key', async () => {
  writeFileSync(join(folder, 'data/vault.key'), 'the-key-of-the-vault');
  const { file } = await run();
  expect(readFileSync(file).includes('the-key-of-the-vault')).toBe(false);
  expect(filesIn(dir)).toHaveLength(1);
});

it('keeps as many as it is told, over the weeks', async () => {
  mkdirSync(dir, { recursive: true });
  for (let night = 1; night < 9; night++) writeFileSync(join(dir, backupName(clock.now() - night * dayMs)), '');
  await clock.advance(dayMs);
  const { removed, kept } = await run(engineWith({ keep: keeping(1, 2) }));
  // The last one is of a Tuesday: of the week before its Sunday stays.
  expect(filesIn(dir).map((name) => name.slice(11, 21))).toEqual(['2026-11-22', '2026-11-24']);
  expect([removed.length, kept]).toEqual([7, 1]);
});

it('does not begin when the copy would fill the disk', async () => {
  const error = await run(engineWith({}, { freeBytes: async () => 64_000_000 })).catch((thrown) => thrown);
  expect(classify(error, 0)).toMatchObject({
    class: 'bug',
    code: 'BACKUP_NO_ROOM',
    message: expect.stringMatching(/backups: found 64MB free, expected 64(\.\d)?MB for .*builtIn\.backup\.dir/),
  });
  expect(filesIn(dir)).toEqual([]);
});

it('says when there can be no folder for it', async () => {
  writeFileSync(join(folder, 'taken'), '');
  const error = await run(engineWith({ dir: 'taken/copies' })).catch((thrown) => thrown);
  expect(classify(error, 0)).toMatchObject({
    code: expect.stringMatching(/^ENOTDIR|BACKUP_FOLDER$/),
    message: expect.stringMatching(/taken\/copies: found that no folder can be made there \(ENOTDIR\)/),
  });
});

it('removes nothing that it has not made', async () => {
  mkdirSync(dir, { recursive: true });
  const outside = join(folder, 'precious');
  writeFileSync(outside, 'precious');
  symlinkSync(outside, join(dir, 'nightshift-2020-01-01T00-00-00Z.db'));
  mkdirSync(join(dir, 'nightshift-2020-01-02T00-00-00Z.db'));
  const others = ['nightshift-2020-01-03.db', 'nightshift-2020-01-04T00-00-00Z.db.bak', 'my.db', 'notes.txt'];
  for (const name of others) writeFileSync(join(dir, name), '');
  writeFileSync(join(dir, 'nightshift-2020-01-05T00-00-00Z.db'), '');
  const { removed } = await run(engineWith({ keep: keeping(1, 0) }));
  expect(removed).toEqual(['nightshift-2020-01-05T00-00-00Z.db']);
  expect(filesIn(dir)).toEqual(
    [
      ...others,
      'nightshift-2020-01-01T00-00-00Z.db',
      'nightshift-2020-01-02T00-00-00Z.db',
      'nightshift-2026-11-23T02-30-00Z.db',
    ].sort(),
  );
  expect(readFileSync(outside, 'utf8')).toBe('precious');
});

it('takes its own newest copy for new, whatever stands in the name of another', async () => {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'nightshift-2099-01-01T00-00-00Z.db'), '');
  await run(engineWith({ keep: keeping(1, 0) }));
  expect(filesIn(dir)).toContain('nightshift-2026-11-23T02-30-00Z.db');
});

it('is made of what a disk has changed, too, and says which rows those are', async () => {
  changeText(join(folder, 'data/nightshift.db'), 'actor:engine/a', '"version":1', '"version":2');
  expect(await run()).toMatchObject({ changed: ['actor:engine/a'], records: 0, unusable: [{ address: 'engine/a' }] });
});

describe('a copy that is damaged before it is proved', () => {
  const damaging: typeof copyInThread = async (file, copy, signal) => {
    const facts = await copyInThread(file, copy, signal);
    const bytes = readFileSync(copy);
    bytes.write('9', bytes.indexOf('"version":1') + '"version":'.length);
    writeFileSync(copy, bytes);
    return facts;
  };

  it('fails the run by name, and is not kept', async () => {
    const error = await run(engineWith({}, { copy: damaging })).catch((thrown) => thrown);
    expect(classify(error, 0)).toMatchObject({
      class: 'bug',
      code: 'COPY_DAMAGED',
      message: expect.stringMatching(/backups\/nightshift-.*the copy of the store is damaged \(.*\); it is not kept\./),
    });
    expect(filesIn(dir)).toEqual([]);
  });

  it('costs no older copy', async () => {
    await run();
    await clock.advance(dayMs);
    await run(engineWith({ keep: keeping(1, 0) }, { copy: damaging })).catch(() => {});
    expect(filesIn(dir)).toEqual(['nightshift-2026-11-23T02-30-00Z.db']);
  });
});

it('makes a copy of a store with records that no start can use, and says which and why', async () => {
  await store.write([
    ['actor:engine/b', '{'],
    ['actor:engine/c', record],
    ['actor:engine/d', record.replace('"version":1', '"version":9')],
  ]);
  const scope = testScope();
  const unusable = [
    { address: 'engine/b', reason: 'found {, expected JSON.' },
    { address: 'engine/d', reason: expect.stringContaining("found version 9 of 'engine', expected at most 1") },
  ];
  const wanted = () => ['engine/a', 'engine/b', 'engine/d'] as const;
  const backup = await run(engineWith({}, { wanted }), scope);
  expect(backup).toMatchObject({ records: 1, unusable, unconfigured: ['engine/c'] });
  expect(scope.lines).toEqual([
    {
      level: 'warn',
      message: 'backup.records.unusable',
      facts: expect.objectContaining({ count: 2, records: unusable }),
    },
  ]);
});

it('makes one at a time: another one is not begun, and clears nothing away', async () => {
  let second: unknown;
  const copy: typeof copyInThread = async (...args) => {
    second = await run().catch((error) => error);
    return await copyInThread(...args);
  };
  const { file } = await run(engineWith({}, { copy }));
  expect(second).toMatchObject({
    code: 'BACKUP_UNDER_WAY',
    message: expect.stringMatching(/backups: found a backup that process \d+ is just making/),
  });
  expect(existsSync(file)).toBe(true);
});

it('leaves nothing behind when it is stopped', async () => {
  const abort = new AbortController();
  const copy: typeof copyInThread = async (...args) => {
    const facts = await copyInThread(...args);
    abort.abort(new Error('the service stops'));
    return facts;
  };
  const running = run(engineWith({}, { copy }), testScope({ signal: abort.signal }));
  await expect(running).rejects.toThrow('the service stops');
  expect(filesIn(dir)).toEqual([]);
});
