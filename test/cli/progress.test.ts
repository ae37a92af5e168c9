import { expect, it } from 'vitest';
import { progressOn } from '../../src/cli/progress.ts';

function shown(isTTY: boolean, environment: Record<string, string> = {}) {
  const written: string[] = [];
  const progress = progressOn({ isTTY, write: (text) => written.push(text) }, 'simulating 7 days', environment);
  for (let part = 1; part <= 200; part++) progress.at(part / 200);
  progress.end();
  return written;
}

it('is a bar in a terminal, drawn again for each per cent, of which nothing is left', () => {
  const written = shown(true);
  expect(written).toHaveLength(102);
  expect(written[50]).toBe(`\r\u001b[K\u001b[32m${'█'.repeat(15)}\u001b[39m${'░'.repeat(15)}  50 % simulating 7 days`);
  expect(written.at(-1)).toBe('\r\u001b[K');
});

it('has no colours where none are wanted', () => {
  expect(shown(true, { NO_COLOR: '1' })[50]).toBe(
    `\r\u001b[K${'█'.repeat(15)}${'░'.repeat(15)}  50 % simulating 7 days`,
  );
});

it('is a line for each tenth anywhere else', () => {
  const tenths = Array.from({ length: 10 }, (_, n) => `simulating 7 days: ${(n + 1) * 10} %\n`);
  expect(shown(false)).toEqual(tenths);
  expect(shown(true, { TERM: 'dumb' })).toEqual(tenths);
});
