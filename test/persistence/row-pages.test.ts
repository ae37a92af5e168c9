import { expect, it } from 'vitest';
import { type RowSource, rowPages } from '../../src/persistence/row-pages.ts';

function sourceOf(count: number): RowSource & { asked: number } {
  const rows = Array.from({ length: count }, (_, n) => ({ key: `k${String(n).padStart(5, '0')}`, json: '1' }));
  const source = {
    asked: 0,
    range(from: string, to: string, limit: number) {
      source.asked += 1;
      return rows.filter(({ key }) => key >= from && key < to).slice(0, limit);
    },
  };
  return source;
}

it.each([0, 1, 199, 200, 201, 400, 1_001])('gives every one of %i rows once, in order', async (count) => {
  const keys: string[] = [];
  for await (const rows of rowPages(sourceOf(count), '', '~')) keys.push(...rows.map(({ key }) => key));
  expect(keys).toEqual(Array.from({ length: count }, (_, n) => `k${String(n).padStart(5, '0')}`));
});

it('lets the event loop turn between two pages, though the rows are there at once', async () => {
  const source = sourceOf(2_000);
  const turns: number[] = [];
  const turn = () => {
    turns.push(source.asked);
    if (source.asked < 10) setImmediate(turn);
  };
  setImmediate(turn);
  for await (const _ of rowPages(source, '', '~'));
  expect(new Set(turns).size).toBeGreaterThanOrEqual(9);
});

it('reads no further when nobody listens any more', async () => {
  const source = sourceOf(2_000);
  for await (const _ of rowPages(source, '', '~')) break;
  expect(source.asked).toBe(1);
});
