import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogTail } from '../../src/telemetry/log-reader.ts';

let folder: string;
let file: string;
let tail: LogTail;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-reader-'));
  file = join(folder, 'nightshift.1.log');
  tail = new LogTail(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = () => [...tail.lines()];

describe('a tail', () => {
  it('has each line once, and one that is being written when it is whole', () => {
    writeFileSync(file, 'one\ntw');
    expect(lines()).toEqual(['one']);
    appendFileSync(file, 'o\nthree\n');
    expect(lines()).toEqual(['two', 'three']);
    expect(lines()).toEqual([]);
  });

  it('goes on in the next file, and with what a file that is over never ended', () => {
    writeFileSync(file, 'one\ntor');
    expect(lines()).toEqual(['one']);
    writeFileSync(join(folder, 'nightshift.2.log'), 'two\n');
    expect(lines()).toEqual(['tor', 'two']);
  });

  it.each([
    ['emptied and written again', () => truncateSync(file)],
    ['removed and begun anew', () => rmSync(file)],
    ['renamed and begun anew', () => renameSync(file, join(folder, 'old.log'))],
  ])('goes on with a file that was %s', (_, happen) => {
    writeFileSync(file, 'one\ntwo\nthree\n');
    lines();
    happen();
    expect(lines()).toEqual([]);
    appendFileSync(file, 'four\n');
    expect(lines()).toEqual(['four']);
  });

  it('sees that another file stands in the place of the one it read, though that is longer', () => {
    writeFileSync(file, 'one\n');
    lines();
    writeFileSync(join(folder, 'other'), 'two\nthree\n');
    renameSync(join(folder, 'other'), file);
    expect(lines()).toEqual(['two', 'three']);
  });

  it('reads no older file again when the latest is removed, and goes on in whichever is written then', () => {
    const [older, latest] = [file, join(folder, 'nightshift.2.log')];
    writeFileSync(older, 'one\n');
    writeFileSync(latest, 'two\n');
    expect(lines()).toEqual(['one', 'two']);
    rmSync(latest);
    expect(lines()).toEqual([]);
    appendFileSync(older, 'three\n');
    expect(lines()).toEqual(['three']);
    writeFileSync(latest, 'four\n');
    expect(lines()).toEqual(['four']);
  });

  it('goes on from the first file when the folder is removed and made again', () => {
    writeFileSync(join(folder, 'nightshift.7.log'), 'one\n');
    expect(lines()).toEqual(['one']);
    rmSync(folder, { recursive: true });
    expect(lines()).toEqual([]);
    mkdirSync(folder);
    writeFileSync(file, 'two\n');
    expect(lines()).toEqual(['two']);
  });

  it('has nothing of files that were last written before an instant, but what comes into them', () => {
    writeFileSync(file, 'one\n');
    const late = new LogTail(folder, Date.now() + 60_000);
    expect([...late.lines()]).toEqual([]);
    appendFileSync(file, 'two\n');
    expect([...late.lines()]).toEqual(['two']);
  });

  it('has a line of some megabytes whole, and one that is longer than any of the log in pieces', () => {
    const long = 'ü'.repeat(2_000_000);
    writeFileSync(file, `one\n${long}\ntwo\n`);
    expect(lines()).toEqual(['one', long, 'two']);
    const pieces = [...new LogTail(folder, 0, 500_000).lines()];
    expect(pieces.join('')).toBe(`one${long}two`);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(600_000);
  });

  it('keeps no file open, also when its reader has had enough', () => {
    writeFileSync(file, 'one\ntwo\n');
    const before = handlesOpen();
    for (let n = 0; n < 10; n++) for (const line of new LogTail(folder).lines()) if (line === 'one') break;
    expect(handlesOpen()).toBe(before);
  });
});

/** Open files of this process, where the system tells. */
function handlesOpen(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
}
