import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { logEnd } from '../../src/telemetry/log-end.ts';
import { shortLine } from '../../src/telemetry/short-line.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-end-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (n: number, engine = 'a', more: object = {}) =>
  `${JSON.stringify({ level: 30, time: n, engine, n, ...more })}\n`;
const write = (number: number, lines: readonly string[]) =>
  writeFileSync(join(folder, `nightshift.${number}.log`), lines.join(''));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const end = async (filter: object, limits: { lines: number; readBytes?: number; characters?: number }) => {
  const { lines, isComplete } = await logEnd(folder, filter, limits);
  return { numbers: lines.map((each) => JSON.parse(each).n as number), isComplete };
};

it('is the last lines that fit, the oldest first, from as many files as it takes', async () => {
  write(9, [line(1), line(2, 'b'), line(3)]);
  write(10, [line(4, 'b'), line(5)]);
  expect(await end({ engine: 'a' }, { lines: 2 })).toEqual({ numbers: [3, 5], isComplete: false });
  expect(await end({ engine: 'a' }, { lines: 9 })).toEqual({ numbers: [1, 3, 5], isComplete: true });
  expect(await end({}, { lines: 9 })).toEqual({ numbers: [1, 2, 3, 4, 5], isComplete: true });
});

it('has each line, wherever in one a part of the file begins', async () => {
  // Letters of several bytes, and a line that is longer than what is read at once.
  const lines = range(0, 4_000).map((n) => line(n, 'a', { text: 'Ünïcödé ✓'.repeat(n % 30) }));
  lines.splice(2_000, 0, line(4_711, 'a', { text: 'ü'.repeat(400_000) }));
  write(1, lines);
  const { lines: read } = await logEnd(folder, {}, { lines: 9_999, characters: 1e9 });
  expect(read).toEqual(lines.map((each) => shortLine(each.trimEnd())));
});

it('looks no further back than it is told', async () => {
  write(
    1,
    range(0, 30_000).map((n) => line(n, n === 3 ? 'seldom' : 'often')),
  );
  expect(await end({ engine: 'seldom' }, { lines: 9, readBytes: 300_000 })).toEqual({ numbers: [], isComplete: false });
  expect(await end({ engine: 'seldom' }, { lines: 9 })).toEqual({ numbers: [3], isComplete: true });
  expect(await end({ since: 29_998 }, { lines: 9, readBytes: 1 })).toEqual({
    numbers: [29_998, 29_999],
    isComplete: true,
  });
});

it('holds no more text than it is told', async () => {
  write(
    1,
    range(0, 9).map((n) => line(n, 'a', { text: 'x'.repeat(1_000) })),
  );
  expect(await end({}, { lines: 9, characters: 3_500 })).toEqual({ numbers: [6, 7, 8], isComplete: false });
});

it('has a line of some megabytes in short, and those before it', async () => {
  write(1, [line(1), line(2, 'a', { text: 'x'.repeat(5_000_000) })]);
  const { lines, isComplete } = await logEnd(folder, { engine: 'a' }, { lines: 9 });
  expect(isComplete).toBe(true);
  expect(lines.map((each) => JSON.parse(each).n)).toEqual([1, 2]);
  expect(lines[1]?.length).toBeLessThan(9_000);
});

it('keeps no file open, also when it has enough before it has read all', async () => {
  write(
    1,
    range(0, 30_000).map((n) => line(n)),
  );
  const before = handlesOpen();
  for (let n = 0; n < 5; n++) await logEnd(folder, {}, { lines: 1 });
  expect(handlesOpen()).toBe(before);
});

/** Open files of this process, where the system tells. */
function handlesOpen(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
}

it('passes over a folder in the place of a file', async () => {
  write(1, [line(1)]);
  mkdirSync(join(folder, 'nightshift.2.log'));
  expect(await end({}, { lines: 9 })).toEqual({ numbers: [1], isComplete: true });
});

it('is empty where no log is kept', async () => {
  expect(await logEnd(join(folder, 'none'), {}, { lines: 9 })).toEqual({ lines: [], isComplete: true });
});
