/**
 * A command whose output goes to a file.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeFlags } from './command-process.ts';

const command = [process.execPath, ...nodeFlags, join(import.meta.dirname, '../../src/main.ts'), 'completion', 'bash'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-output-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** @param before what the shell does first */
function written(before: string, to: string) {
  const line = `${before}; exec "$@" > ${to}`;
  return spawnSync('sh', ['-c', line, 'sh', ...command], { cwd: folder, encoding: 'utf8' });
}

it('is written whole', () => {
  expect(written('true', 'whole')).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(join(folder, 'whole'), 'utf8')).toMatch(/complete -F __nightshift_complete nightshift\s*$/);
});

it('that takes only the beginning has not had the command end well', () => {
  expect(written("trap '' XFSZ; ulimit -f 2", 'half')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('the output: found that the system refuses it (write: EFBIG)'),
  });
  expect(readFileSync(join(folder, 'half')).length).toBe(1_024);
});

it.runIf(existsSync('/dev/full'))('that takes nothing has not had the command end well', () => {
  expect(written('true', '/dev/full')).toMatchObject({ status: 1, stderr: expect.stringContaining('write: ENOSPC') });
});
