import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { diagrams } from '../../src/cli/diagrams.ts';

/** How drawing ends, by the machine: whether it can be drawn. */
const drawn = vi.hoisted(() => ({ one: true, two: true }));
vi.mock('../../src/diagrams/visualization.ts', () => ({
  machines: { one: null, two: null },
  async visualizationOf(name: keyof typeof drawn) {
    if (!drawn[name]) throw new Error(`${name} cannot be drawn`);
    return { [`${name}.svg`]: '<svg/>', [`${name}.mmd`]: '' };
  },
}));

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'nightshift-diagrams-'));
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  drawn.two = true;
  rmSync(out, { recursive: true });
});

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

it('says in a terminal how far it is, and leaves nothing of that behind', async () => {
  const stderr = terminal(true);
  expect(await diagrams({ out }, stderr)).toBe(0);
  expect(stderr.written.map((text) => /(\d+ %.*)$/.exec(text)?.[1])).toEqual([
    '0 % drawing 2 machines',
    '50 % drawing 2 machines',
    undefined,
  ]);
  expect(stderr.written.at(-1)).toBe('\r\u001b[K');
  expect(readdirSync(out).sort()).toEqual(['one.mmd', 'one.svg', 'two.mmd', 'two.svg']);
  expect(console.log).toHaveBeenCalledWith(`${out}: 4 files`);
});

it('leaves nothing of it behind either where something cannot be drawn', async () => {
  drawn.two = false;
  const stderr = terminal(true);
  await expect(diagrams({ out }, stderr)).rejects.toThrow('two cannot be drawn');
  expect(stderr.written.at(-1)).toBe('\r\u001b[K');
});

it('says nothing of it anywhere else', async () => {
  const stderr = terminal(false);
  await diagrams({ out }, stderr);
  expect(stderr.written).toEqual([]);
});
