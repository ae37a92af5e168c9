import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeFlags } from './command-process.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const older = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`;

it('tells whoever has an older Node where a newer one is, for this folder alone too', () => {
  const ended = spawnSync(process.execPath, ['--import', older, ...nodeFlags, main, 'status'], { encoding: 'utf8' });
  expect(ended).toMatchObject({
    status: 1,
    stdout: '',
    stderr:
      'nightshift: found Node 20.20.2, expected 22.18 or newer. Install it: https://nodejs.org, or for this folder alone: npm install node@24\n',
  });
});
