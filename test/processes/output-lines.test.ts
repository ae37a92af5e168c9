import { PassThrough, Readable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { outputLines, readToTheEnd } from '../../src/processes/output-lines.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

async function told(lines: Iterable<string | Buffer>) {
  const seen: string[] = [];
  const leftOut: number[] = [];
  let alive = 0;
  const output = outputLines(Readable.from(lines), {
    line: (line) => seen.push(line),
    leftOut: (count) => leftOut.push(count),
    alive: () => {
      alive += 1;
    },
  });
  await output.ended;
  return { seen, leftOut, alive, count: output.count(), tail: output.tail() };
}

it('tells each line, whatever pieces it comes in, and no empty ones', async () => {
  const { seen, count, leftOut } = await told(['on', 'e\r\ntw', 'o\n\n \nthree']);
  expect(seen).toEqual(['one', 'two', 'three']);
  expect([count, leftOut]).toEqual([3, []]);
});

it('tells of every sign of life, in whole lines and without', async () => {
  expect((await told(['.', '.', '\n', ...Array.from({ length: 2_000 }, () => 'line\n')])).alive).toBe(2_003);
});

it('is read to its end, but not for longer than a second when somebody else holds it open', async () => {
  const clock = new VirtualClock();
  const [open, closed] = [new PassThrough(), new PassThrough()];
  const seen: string[] = [];
  const outputs = [open, closed].map((stream) =>
    outputLines(stream, { line: (line) => seen.push(line), leftOut: () => {}, alive: () => {} }),
  );
  const end = vi.fn();
  const reading = readToTheEnd(outputs, clock).then(end);
  closed.end('the end\n');
  open.write('begun');
  await clock.advance(999);
  expect(end).not.toHaveBeenCalled();
  await clock.advance(1);
  await reading;
  expect(seen).toEqual(['the end', 'begun']);
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
