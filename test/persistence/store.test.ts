import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store, type Write } from '../../src/persistence/store.ts';
import { openStoreFile, readStoreFile } from '../../src/persistence/store-reader.ts';
import { changeText } from './change-text.ts';

let folder: string;
let file: string;
const opened: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-store-'));
  file = join(folder, 'store.db');
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true });
});

async function open(where = file): Promise<Store> {
  const store = await openStore(`sqlite://${where}`);
  opened.push(store);
  return store;
}

async function reopened(): Promise<Store> {
  for (const store of opened.splice(0)) await store.close();
  return open();
}

const rows = (count: number, json = '1'): Write[] => Array.from({ length: count }, (_, n) => [`key-${n}`, json]);

describe('a row', () => {
  it.each(['1', 'null', '""', '"ä\\u0000\\ud83d\\ude00 }"', '{"value":{"value":1}}', '[1,{"a":[null]}]'])(
    'comes back as it was written: %s',
    async (json) => {
      const store = await open();
      await store.write([['key', json]]);
      expect(await store.get('key')).toBe(json);
      expect(await (await reopened()).get('key')).toBe(json);
      expect(await opened[0]?.scan('')).toEqual([{ key: 'key', json }]);
    },
  );

  it.each([
    ['its value', '"is one"', '"is two"'],
    ['its key', 'whose', 'those'],
    ['its sum', '"crc32"', '"crc33"'],
  ])('in which a letter of %s has changed on the disk is no JSON any more', async (_, text, other) => {
    const store = await open();
    await store.write([['whose', '"is one"']]);
    changeText(file, 'whose', text, other);
    const [row] = readStoreFile(file, '');
    expect(() => JSON.parse(row?.json ?? '')).toThrow(SyntaxError);
  });

  it('of a megabyte comes back whole', async () => {
    const store = await open();
    const json = JSON.stringify('x'.repeat(1_000_000));
    await store.write([['key', json]]);
    expect(await (await reopened()).get('key')).toBe(json);
  });

  it('that was never written is undefined', async () => {
    const store = await open();
    expect(await store.get('key')).toBeUndefined();
    expect(await store.getMany(['key'])).toEqual(new Map());
  });

  it('is replaced by a later one', async () => {
    const store = await open();
    await store.write([['key', '1']]);
    await store.write([['key', '2']]);
    expect(await store.scan('')).toEqual([{ key: 'key', json: '2' }]);
  });

  it('is deleted by null, and deleting what is not there changes nothing', async () => {
    const store = await open();
    await store.write([
      ['a', '1'],
      ['b', '1'],
    ]);
    await store.write([
      ['a', null],
      ['never', null],
    ]);
    expect(await (await reopened()).scan('')).toEqual([{ key: 'b', json: '1' }]);
  });

  it.each(["'; DROP TABLE keyv; --", 'ä/ö', '%', '_', 'with space', '\u{10ffff}', '"'])(
    'may be called %s',
    async (key) => {
      const store = await open();
      await store.write([[key, '1']]);
      expect(await store.get(key)).toBe('1');
      expect(await store.getMany([key])).toEqual(new Map([[key, '1']]));
      await store.write([[key, null]]);
      expect(await store.get(key)).toBeUndefined();
    },
  );
});

describe('a write', () => {
  it.each([0, 1, 127, 128, 129, 249, 250, 600, 5_000])('of %i rows is whole', async (count) => {
    const store = await open();
    await store.write(rows(count));
    expect(await (await reopened()).scan('key-')).toHaveLength(count);
  });

  it('of rows and deletes by the thousand is whole', async () => {
    const store = await open();
    await store.write(rows(2_000));
    const half = rows(2_000).map(([key], n): Write => [key, n % 2 === 0 ? null : '2']);
    await store.write(half);
    const left = await (await reopened()).scan('');
    expect(left).toHaveLength(1_000);
    expect(new Set(left.map(({ json }) => json))).toEqual(new Set(['2']));
  });

  it.each([0, 1, 130, 300, 599])('with a row at place %i that SQLite refuses changes nothing', async (place) => {
    const store = await open();
    await store.write([
      ['key-1', '"before"'],
      ['gone', '1'],
    ]);
    const bad: Write = [null as never, '1'];
    const batch = [...rows(600).slice(0, place), bad, ...rows(600).slice(place), ['gone', null] as const];
    await expect(store.write(batch)).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
    const left = [
      { key: 'gone', json: '1' },
      { key: 'key-1', json: '"before"' },
    ];
    expect(await store.scan('')).toEqual(left);
    expect(await (await reopened()).scan('')).toEqual(left);
  });

  it('succeeds after one that failed', async () => {
    const store = await open();
    await expect(store.write([[null as never, '1']])).rejects.toThrow();
    await store.write(rows(600));
    expect(await store.scan('')).toHaveLength(600);
  });

  it('is on disk when it resolves: another connection sees it', async () => {
    const store = await open();
    await store.write([['key', '1']]);
    expect(readStoreFile(file, 'key')).toEqual([{ key: 'key', json: '1' }]);
  });

  it('says who keeps it from writing when another program has locked it, soon, and works when it is let go', async () => {
    const store = await open();
    const other = new DatabaseSync(file);
    try {
      other.exec('BEGIN IMMEDIATE');
      await expect(store.write([['a', '1']])).rejects.toMatchObject({
        code: 'STORE_UNWRITABLE',
        message: expect.stringContaining('Another program has locked it'),
      });
      other.exec('ROLLBACK');
      await store.write([['a', '2']]);
      expect(await store.get('a')).toBe('2');
    } finally {
      other.close();
    }
  });

  it('says what is wrong and what to do', async () => {
    const store = await open();
    await expect(store.write([[null as never, '1']])).rejects.toThrow(
      /store\.db: could not be written \(.+\)\. Make room on the disk or make the file writable/,
    );
  });
});

describe('a scan', () => {
  it('finds exactly the keys that begin with the prefix, in order', async () => {
    const store = await open();
    const keys = [
      'actor:',
      'actor:a',
      'actor:a/b',
      'actor:ä',
      'actor:\u{10fffe}',
      'actor;',
      'acto',
      'actos',
      'ACTOR:a',
    ];
    await store.write(keys.map((key) => [key, '1']));
    const found = (await store.scan('actor:')).map(({ key }) => key);
    expect(found).toEqual(['actor:', 'actor:a', 'actor:a/b', 'actor:ä', 'actor:\u{10fffe}']);
  });

  it.each(['%', '_', '*', '?', '[', "'"])('takes %s for itself', async (sign) => {
    const store = await open();
    await store.write([
      [`a${sign}b`, '1'],
      ['axb', '1'],
    ]);
    expect((await store.scan(`a${sign}`)).map(({ key }) => key)).toEqual([`a${sign}b`]);
  });

  it('of nothing finds everything, and of an unknown prefix nothing', async () => {
    const store = await open();
    await store.write(rows(3));
    expect(await store.scan('')).toHaveLength(3);
    expect(await store.scan('nobody')).toEqual([]);
  });
});

describe('a range', () => {
  const keys = ['a', 'b', 'b:1', 'c', 'ä', '\u{1f600}'];

  it('begins at one key and ends before another, in order, and never has more rows than are asked for', async () => {
    const store = await open();
    await store.write(keys.map((key) => [key, `"${key}"`]));
    const found = async (from: string, to: string, limit: number) =>
      (await store.range(from, to, limit)).map(({ key }) => key);
    expect(await found('', '\u{10ffff}', 100)).toEqual(keys);
    expect(await found('b', 'c', 100)).toEqual(['b', 'b:1']);
    expect(await found('b', '\u{10ffff}', 2)).toEqual(['b', 'b:1']);
    expect(await found('b\0', '\u{10ffff}', 2)).toEqual(['b:1', 'c']);
    expect(await store.range('c', 'd', 1)).toEqual([{ key: 'c', json: '"c"' }]);
  });

  it('is the same for whoever reads the file while it is written', async () => {
    const store = await open();
    const reader = openStoreFile(file);
    await store.write(keys.map((key) => [key, '1']));
    expect(reader.range('b', '\u{10ffff}', 3)).toEqual(await store.range('b', '\u{10ffff}', 3));
    expect(reader.range('', '\u{10ffff}')).toHaveLength(keys.length);
    reader.close();
  });
});

describe('many keys at once', () => {
  it('come back with those that are there', async () => {
    const store = await open();
    await store.write(rows(2_000));
    const wanted = ['key-0', 'nobody', 'key-1999', "'"];
    expect(await store.getMany(wanted)).toEqual(
      new Map([
        ['key-0', '1'],
        ['key-1999', '1'],
      ]),
    );
    expect((await store.getMany(rows(2_000).map(([key]) => key))).size).toBe(2_000);
    expect(await store.getMany([])).toEqual(new Map());
  });
});

describe('opening', () => {
  /** Every file there is, but for the index of the log, which is made anew from it. */
  const contents = () =>
    readdirSync(folder)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => [name, readFileSync(join(folder, name))] as const);

  async function refused(code: string) {
    const before = contents();
    const error = await open().then(
      () => expect.fail('it was opened'),
      (thrown: Error & { code: string }) => thrown,
    );
    expect(error.code).toBe(code);
    const after = new Map(contents());
    return { error, untouched: before.every(([name, bytes]) => after.get(name)?.equals(bytes)) };
  }

  it('refuses a file that is no database, leaves it as it is and says how to restore a copy', async () => {
    writeFileSync(file, 'this is a letter to my aunt, and no database '.repeat(100));
    const { error, untouched } = await refused('STORE_CORRUPT');
    expect(untouched).toBe(true);
    expect(error.message).toContain('nightshift recover');
  });

  it.each([
    ['in its header', 20, 60],
    ['in its tables', 4_096, 6_000],
    ['in the middle', 40_000, 60_000],
  ])('refuses a database that is damaged %s, and leaves it as it is', async (_, from, to) => {
    await (await open()).write(rows(3_000, JSON.stringify('x'.repeat(50))));
    await reopened();
    for (const store of opened.splice(0)) await store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, from, to);
    writeFileSync(file, bytes);
    const { error, untouched } = await refused('STORE_CORRUPT');
    expect(untouched).toBe(true);
    expect(error.message).toContain('The file was left untouched.');
  });

  it('refuses a database that is damaged and has a log of unfinished business, and leaves both as they are', async () => {
    const store = await open();
    await store.write(rows(3_000, JSON.stringify('x'.repeat(50))));
    await (await reopened()).write(rows(500, JSON.stringify('y'.repeat(50))));
    const [bytes, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
    for (const each of opened.splice(0)) await each.close();
    writeFileSync(file, bytes.fill(0xa5, 200_000, 260_000));
    writeFileSync(`${file}-wal`, log);
    expect((await refused('STORE_CORRUPT')).untouched).toBe(true);
  });

  it('refuses a database that was cut short, and leaves it as it is', async () => {
    await (await open()).write(rows(3_000, JSON.stringify('x'.repeat(50))));
    for (const store of opened.splice(0)) await store.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
    expect((await refused('STORE_CORRUPT')).untouched).toBe(true);
  });

  it('makes a store of an empty file', async () => {
    writeFileSync(file, '');
    const store = await open();
    await store.write(rows(1));
    expect(await store.scan('')).toHaveLength(1);
  });

  it('refuses a folder that does not exist, and makes none', async () => {
    file = join(folder, 'missing', 'store.db');
    const { error } = await refused('STORE_UNREADABLE');
    expect(error.message).toContain('Check that the folder exists');
    expect(existsSync(join(folder, 'missing'))).toBe(false);
  });

  it('refuses a folder in the place of the file', async () => {
    mkdirSync(file);
    await expect(open()).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
  });

  it.each(['postgres://host/db', 'store.db', 'sqlite:store.db', ''])('refuses the URL %s', async (url) => {
    await expect(openStore(url)).rejects.toMatchObject({ code: 'STORE_URL' });
  });

  it('of a store that cannot be written says so, when it is opened or at the first write', async () => {
    await (await open()).write(rows(1));
    for (const store of opened.splice(0)) await store.close();
    chmodSync(file, 0o444);
    chmodSync(folder, 0o555);
    const fixture = join(import.meta.dirname, 'fixtures/unwritable-store.ts');
    const flags = ['--disable-warning=ExperimentalWarning'];
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, fixture, file], { encoding: 'utf8' });
    chmodSync(folder, 0o755);
    expect(stderr).toBe('');
    const { code, message } = JSON.parse(stdout) as { code: string; message: string };
    expect(code).toMatch(/^STORE_(UNREADABLE|UNWRITABLE)$/);
    expect(message).toContain(file);
    expect(message).toMatch(/writable|You must be able to read and write it: ch(own|mod) /);
  });

  it('finds what a process that was killed had written', async () => {
    const store = await open();
    await store.write(rows(300));
    // A copy of the files as they are now is what a power cut leaves.
    const copy = join(folder, 'after-the-cut.db');
    for (const suffix of ['', '-wal']) {
      if (existsSync(`${file}${suffix}`)) writeFileSync(`${copy}${suffix}`, readFileSync(`${file}${suffix}`));
    }
    expect(await (await open(copy)).scan('')).toHaveLength(300);
  });
});

describe('reading a file from outside', () => {
  it('finds nothing in a database that is no store', () => {
    new DatabaseSync(file).exec('CREATE TABLE other (x)');
    expect(readStoreFile(file, '')).toEqual([]);
  });

  it('refuses what is not there or no database', () => {
    expect(() => readStoreFile(join(folder, 'none.db'), '')).toThrow(/could not be read/);
    writeFileSync(file, 'no database at all, but long enough to be looked at '.repeat(50));
    expect(() => readStoreFile(file, '')).toThrow(
      /found a damaged database .file is not a database.*nightshift recover$/,
    );
  });
});
