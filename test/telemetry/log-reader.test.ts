import {
  appendFileSync,
  existsSync,
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
