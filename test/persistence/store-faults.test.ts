/**
 * What becomes of a store whose files are removed, replaced or changed by somebody else: nothing that was written is lost as long as
 * its bytes are there, and what is lost is not lost in silence.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logDamage } from '../../src/persistence/log-damage.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import { openingError, troubleWith } from '../../src/persistence/store-damage.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { shellQuoted } from '../../src/policies/shell-quoted.ts';

let folder: string;
let file: string;
let store: Store;
let rescues: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nightshift's faults-"));
  file = join(folder, 'store.db');
  rescues = [];
  store = await open();
});
afterEach(async () => {
  await store.close().catch(() => {});
  rmSync(folder, { recursive: true });
});

const open = () => openStore(`sqlite://${file}`, { rescued: (what) => rescues.push(what) });
const keys = () => readStoreFile(file, '').map(({ key }) => key);
const put = (key: string) => store.write([[key, JSON.stringify(key.repeat(50))]]);

describe('files that are removed while the store is open', () => {
  it.each([
    ['the database', ['']],
    ['its log', ['-wal']],
    ['the index of its log', ['-shm']],
    ['all of them', ['', '-wal', '-shm']],
  ])('%s: are there again with the next write, with all that was in them', async (_, endings) => {
    await put('before');
    await store.keys('');
    for (const ending of endings) rmSync(file + ending);
    await Promise.all([put('after'), store.get('before')]);
    expect(rescues).toEqual([file]);
    expect(keys()).toEqual(['after', 'before']);
    if (endings.includes('')) expect(statSync(file).mode & 0o777).toBe(0o600);

    await put('later');
    expect(rescues).toHaveLength(1);
    // As after a crash: what is in the two files is all there is.
    const [copy, log] = [join(folder, 'copy.db'), join(folder, 'copy.db-wal')];
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, log);
    expect(readStoreFile(copy, '').map(({ key }) => key)).toEqual(['after', 'before', 'later']);
  });

  it('are there again in a folder that was removed with them, which is made for its user alone', async () => {
    await put('before');
    rmSync(folder, { recursive: true });
    await put('after');
    expect(keys()).toEqual(['after', 'before']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('are opened anew with a later write, when that has not worked at once', async () => {
    await put('before');
    await store.keys('');
    rmSync(`${file}-wal`);
    mkdirSync(`${file}-wal`);
    await expect(put('in vain')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
    await expect(store.get('before')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
    rmSync(`${file}-wal`, { recursive: true });
    await put('after');
    expect(await store.keys('')).toEqual(['after', 'before']);
  });

  it('are there again when it is closed, though nothing more was written', async () => {
    await put('before');
    rmSync(file);
    await store.close();
    expect(keys()).toEqual(['before']);
  });
});

it('of which another one has taken the place: takes no write and says how to go on; nothing is lost', async () => {
  await put('before');
  writeFileSync(join(folder, 'other.db'), 'another');
  renameSync(file, join(folder, 'kept.db'));
  renameSync(join(folder, 'other.db'), file);
  await expect(put('after')).rejects.toMatchObject({
    code: 'STORE_REPLACED',
    message: expect.stringContaining(`mv ${shellQuoted(file)} ${shellQuoted(`${file}.other`)}`),
  });
  expect(readFileSync(file, 'utf8')).toBe('another');
  renameSync(file, `${file}.other`);
  await put('after');
  expect(keys()).toEqual(['after', 'before']);
});

it('that somebody has locked is told from one that is closed or damaged, each with its own way out', () => {
  const refusal = (errcode: number) => openingError(file, Object.assign(new Error('no'), { errcode }));
  expect(refusal(5)).toMatchObject({
    code: 'STORE_BUSY',
    message: expect.stringContaining(`fuser -v ${shellQuoted(file)}`),
  });
  expect(refusal(11)).toMatchObject({ code: 'STORE_CORRUPT', message: expect.stringContaining('nightshift recover') });
  expect(refusal(10)).toMatchObject({ code: 'STORE_UNREADABLE', message: expect.not.stringContaining('recover') });
});

it('in whose index a letter of a key has changed is not opened: an actor whose record nobody finds would begin afresh', async () => {
  await put('whole');
  await store.close();
  const bytes = readFileSync(file);
  const indexLeaf = 10;
  const at = bytes.indexOf(
    'whole',
    bytes.findIndex((byte, n) => n % 4_096 === 0 && byte === indexLeaf),
  );
  bytes.write('while', at);
  writeFileSync(file, bytes);
  await expect(open()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

const frameBytes = 24 + 4_096;

/** @param bytes of a log */
function damageOf(bytes: Buffer) {
  const log = join(folder, 'log');
  writeFileSync(log, bytes);
  return logDamage(log);
}

describe('a log in which a bit has flipped', () => {
  /** Every place is flipped in turn; a frame is 4,120 bytes, and the last transaction begins at `last`. */
  async function log() {
    await put('first');
    const last = { at: 0 };
    for (const key of ['second', 'third', 'fourth']) {
      last.at = statSync(`${file}-wal`).size;
      await put(key);
    }
    return { bytes: readFileSync(`${file}-wal`), last: last.at };
  }

  it('is damaged when whole transactions stand behind the place, wherever it is, and whole where only the last may be torn', async () => {
    const { bytes, last } = await log();
    expect(damageOf(bytes)).toBeNull();
    const flipped = (at: number) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 4;
      return damageOf(changed);
    };
    // Each byte of the header and of the first frame's header that a reader goes by, and some of each page.
    const inHeader = Array.from({ length: 32 }, (_, n) => n);
    for (const at of inHeader) expect(flipped(at), `byte ${at}`).not.toBeNull();
    for (let at = 32; at < last - 4_120; at += 37)
      expect(flipped(at), `byte ${at}`).toMatchObject({ transactions: expect.any(Number) });
    for (let at = last; at < bytes.length; at += 101) expect(flipped(at), `byte ${at}`).toBeNull();
  });

  it('is whole when its last transaction is there in part, or it is followed by what is left of an earlier one', async () => {
    const { bytes } = await log();
    for (const length of [0, 31, 32, 33, 5_000, bytes.length - 1])
      expect(damageOf(bytes.subarray(0, length))).toBeNull();
    expect(logDamage(join(folder, 'none'))).toBeNull();
  });

  it('is whole when it was begun anew and has frames of the one before behind its own, and damaged only in its own', async () => {
    const before = await log();
    const other = new DatabaseSync(file);
    other.exec('PRAGMA wal_checkpoint(RESTART)');
    other.close();
    await put('anew');
    const bytes = readFileSync(`${file}-wal`);
    expect(bytes.length).toBe(before.bytes.length);
    expect(bytes.subarray(16, 24)).not.toEqual(before.bytes.subarray(16, 24));
    expect(bytes.subarray(-frameBytes)).toEqual(before.bytes.subarray(-frameBytes));
    expect(damageOf(bytes)).toBeNull();
    // Its only transaction may be torn; with a second one behind it, it is damaged.
    await put('and again');
    const two = readFileSync(`${file}-wal`);
    two[32 + 300] = 255;
    expect(damageOf(two)).toEqual({ wholeBytes: 32, transactions: 2 });
  });

  it('keeps a store from being opened, and touches nothing', async () => {
    const { bytes } = await log();
    const main = readFileSync(file);
    await store.close();
    bytes[32 + 4_120 + 300] = 255;
    writeFileSync(file, main);
    writeFileSync(`${file}-wal`, bytes);
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_LOG_DAMAGED',
      message: expect.stringMatching(
        /damaged after 4152 bytes, with \d+ transactions from there on, .*: nightshift recover$/,
      ),
    });
    expect(troubleWith(file)).toMatchObject({ code: 'STORE_LOG_DAMAGED', fix: 'nightshift recover' });
    expect(readFileSync(`${file}-wal`).equals(bytes)).toBe(true);
  });
});
