import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { outputLines } from '../../src/processes/output-lines.ts';

async function told(lines: Iterable<string | Buffer>) {
  const seen: string[] = [];
  const leftOut: number[] = [];
  const output = outputLines(
    Readable.from(lines),
    (line) => seen.push(line),
    (count) => leftOut.push(count),
  );
  await output.ended;
  return { seen, leftOut, count: output.count(), tail: output.tail() };
}

it('tells each line, whatever pieces it comes in, and no empty ones', async () => {
  const { seen, count, leftOut } = await told(['on', 'e\r\ntw', 'o\n\n \nthree']);
  expect(seen).toEqual(['one', 'two', 'three']);
  expect([count, leftOut]).toEqual([3, []]);
});

it('tells a thousand of them, how many more there were, and the last ten', async () => {
  const { seen, leftOut, count, tail } = await told(Array.from({ length: 1_500 }, (_, n) => `line ${n}\n`));
  expect([seen.length, seen.at(-1)]).toEqual([1_000, 'line 999']);
  expect([leftOut, count]).toEqual([[500], 1_500]);
  expect(tail.split('\n')).toEqual(Array.from({ length: 10 }, (_, n) => `line ${1_490 + n}`));
});

it('keeps little of a line that never ends', async () => {
  const { seen, count } = await told(Array.from({ length: 500 }, () => 'x'.repeat(10_000)));
  expect([seen[0]?.length, count]).toEqual([2_001, 1]);
});

it('puts a letter together that came in two pieces', async () => {
  const bytes = Buffer.from('schön\n');
  const { seen } = await told([bytes.subarray(0, 4), bytes.subarray(4)]);
  expect(seen).toEqual(['schön']);
});

it('cuts a line that is too long', async () => {
  const { seen } = await told([`${'x'.repeat(5_000)}\n`]);
  expect(seen).toEqual([`${'x'.repeat(2_000)}…`]);
});
