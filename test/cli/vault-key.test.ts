/**
 * The vault's key in the environment of a command: the code that a config brings along does not see it, and the command has it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { StorePlace } from './store-place.ts';

let place: StorePlace;
beforeEach(() => {
  vi.stubEnv('NIGHTSHIFT_KEY', Buffer.alloc(32, 7).toString('base64'));
  vi.stubEnv('NIGHTSHIFT_NEXT_KEY', Buffer.alloc(32, 8).toString('base64'));
  place = new StorePlace();
  writeFileSync(
    place.config,
    `import { writeFileSync } from 'node:fs';
     const keys = Object.keys(process.env).filter((name) => /^NIGHTSHIFT_(NEXT_)?KEY$/.test(name));
     writeFileSync(import.meta.dirname + '/seen.json', JSON.stringify(keys));
     export default { engines: [] };`,
  );
});
afterEach(() => {
  vi.unstubAllEnvs();
  place.dispose();
});

it.each([
  ['check', []],
  ['doctor', []],
  ['backup', ['--list']],
])('%s has no key in the environment when it loads the config', async (name, more) => {
  await run([name, '--config', place.config, '--data', place.data, ...more]);
  expect(JSON.parse(readFileSync(join(place.folder, 'seen.json'), 'utf8'))).toEqual([]);
});

it('vault rotate finds both keys', async () => {
  await place.fill();
  expect(await run(['vault', 'rotate', '--data', place.data])).toBe(0);
  expect(place.said().out).toContain('the one from NIGHTSHIFT_NEXT_KEY. Give it to the service as NIGHTSHIFT_KEY');
});
