import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogFiles } from '../../src/telemetry/log-files.ts';
import { logFilesIn } from '../../src/telemetry/rolling-file.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

let root: string;
let folder: string;
let clock: VirtualClock;
let told: string[];
let files: LogFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'log-files-'));
  folder = join(root, 'logs');
  clock = new VirtualClock();
  told = [];
  files = new LogFiles();
});
afterEach(() => {
  files.close();
  rmSync(root, { recursive: true, force: true });
});

const open = (limits: { sizeBytes?: number; keep?: number } = {}, of = files) =>
  of.open({
    folder,
    sizeBytes: 1_000,
    keep: 3,
    ...limits,
    clock,
    failing: ({ message }) => told.push(message),
    recovered: (dropped) => told.push(`recovered, ${dropped} dropped`),
  });

const line = (n: number) => `${JSON.stringify({ n, fill: 'x'.repeat(80) })}\n`;
const text = () =>
  logFilesIn(folder)
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
const numbers = () => [...text().matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n));

function writeLines(count: number) {
  for (let n = 0; n < count; n++) files.write(line(n));
}

it('begins a new file when one is full, and keeps as many as it is told', () => {
  open();
  writeLines(100);
  expect(logFilesIn(folder).map((file) => basename(file))).toEqual([
    'nightshift.8.log',
    'nightshift.9.log',
    'nightshift.10.log',
  ]);
  for (const file of logFilesIn(folder)) expect(statSync(file).size).toBeLessThan(1_200);
  expect(numbers().at(-1)).toBe(99);
  expect(numbers()).toEqual(numbers().toSorted((a, b) => a - b));
});

it.each([
  ['the file removed', () => rmSync(join(folder, 'nightshift.1.log'))],
  ['the file renamed', () => renameSync(join(folder, 'nightshift.1.log'), join(folder, 'old.log'))],
  ['the folder removed', () => rmSync(folder, { recursive: true })],
  ['the folder renamed', () => renameSync(folder, join(root, 'old'))],
])('begins it anew when somebody has %s', async (_, happen) => {
  open();
  files.write(line(1));
  happen();
  files.write(line(2));
  await clock.advance(1_000);
  const handles = handlesOpen();
  files.write(line(3));
  files.write(line(4));
  expect(numbers()).toEqual([3, 4]);
  expect(handlesOpen()).toBe(handles);
  expect(told).toEqual([]);
});

it('goes on at the beginning of a file that somebody has emptied', () => {
  open();
  files.write(line(1));
  truncateSync(join(folder, 'nightshift.1.log'));
  files.write(line(2));
  expect(text()).toBe(line(2));
});

/** Open files of this process, where the system tells. */
function handlesOpen(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
}

it('has a line in the file when it has been taken, for its owner alone to read', () => {
  open();
  files.write(line(1));
  expect(text()).toBe(line(1));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const file of logFilesIn(folder)) expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('writes what was said before it was open', () => {
  files.write(line(1));
  open();
  files.write(line(2));
  expect(numbers()).toEqual([1, 2]);
});

it('goes on in the latest file, after the last line of a service that was killed while it wrote', () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'nightshift.9.log'), line(8));
  writeFileSync(join(folder, 'nightshift.10.log'), '{"n":9,"fi');
  open();
  files.write(line(10));
  expect(readFileSync(join(folder, 'nightshift.10.log'), 'utf8')).toBe(`{"n":9,"fi\n${line(10)}`);
});

it('goes on in a file of its own where a pipe, which nobody reads, has the name of the latest', () => {
  mkdirSync(folder);
  execFileSync('mkfifo', [join(folder, 'nightshift.3.log')]);
  open();
  files.write(line(1));
  expect(readFileSync(join(folder, 'nightshift.4.log'), 'utf8')).toBe(line(1));
});

it('says once that it cannot be opened, and writes what was said meanwhile as soon as it can', async () => {
  writeFileSync(folder, 'no folder');
  open();
  files.write(line(1));
  await clock.advance(5_000);
  await turn();
  expect(told).toEqual([expect.stringContaining('EEXIST')]);
  rmSync(folder);
  await clock.advance(5_000);
  await turn();
  expect(told).toEqual([expect.stringContaining('EEXIST'), 'recovered, 0 dropped']);
  files.write(line(2));
  expect(numbers()).toEqual([1, 2]);
});

it('writes a line that is longer than all that may wait', () => {
  open({ sizeBytes: 10_000_000 });
  const long = `${'x'.repeat(3_000_000)}\n`;
  files.write(long);
  files.write(line(1));
  expect(text() === long + line(1)).toBe(true);
});

it('drops and counts what is more than a megabyte while it cannot write', async () => {
  writeFileSync(folder, 'no folder');
  open({ sizeBytes: 10_000_000 });
  const large = `${'x'.repeat(99_999)}\n`;
  for (let n = 0; n < 13; n++) files.write(large);
  rmSync(folder);
  await clock.advance(5_000);
  await turn();
  expect(told.at(-1)).toBe('recovered, 3 dropped');
  expect(text()).toHaveLength(1_000_000);
});

it('keeps one that is longer than all that may wait, alone', async () => {
  writeFileSync(folder, 'no folder');
  open({ sizeBytes: 10_000_000 });
  const long = `${'x'.repeat(3_000_000)}\n`;
  files.write(long);
  files.write(line(1));
  rmSync(folder);
  await clock.advance(5_000);
  await turn();
  expect(told.at(-1)).toBe('recovered, 1 dropped');
  expect(text() === long).toBe(true);
});

it('goes on when the next file could not be begun, and begins it later', async () => {
  open();
  // Where the second file belongs, there is something else.
  mkdirSync(join(folder, 'nightshift.2.log'));
  writeLines(15);
  await turn();
  expect(told).toEqual([expect.stringContaining('found a folder')]);
  rmSync(join(folder, 'nightshift.2.log'), { recursive: true });
  await clock.advance(5_000);
  files.write(line(15));
  await turn();
  expect(told.at(-1)).toBe('recovered, 0 dropped');
  expect(numbers()).toEqual(Array.from({ length: 16 }, (_, n) => n));
});
