/**
 * The warden as a process, over a real service.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silenceVariable } from '../../src/watchdog/warden.ts';
import { Workplace } from '../cli/nightshift.ts';
import { eventually } from '../eventually.ts';

const entry = join(import.meta.dirname, '../../src/background/warden-process.ts');
let place: Workplace;
let warden: ChildProcess;
let said = '';

beforeEach(() => {
  place = new Workplace();
  place.write('nightshift.config.ts', "import { defineConfig } from 'nightshift';\nexport default defineConfig({});");
  said = '';
  const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
  warden = spawn(process.execPath, [...flags, entry, 'start', '--port', '0'], {
    cwd: place.folder,
    env: { ...process.env, NODE_OPTIONS: '', [silenceVariable]: '10000' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [warden.stdout, warden.stderr]) {
    stream?.on('data', (chunk) => {
      said += String(chunk);
    });
  }
});
afterEach(async () => {
  if (warden.exitCode === null && warden.signalCode === null) {
    const ended = once(warden, 'exit');
    warden.kill('SIGTERM');
    await ended;
  }
  place.dispose();
});

const pid = () => {
  const file = join(place.data, 'api.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8') || '{}') as { pid: number }).pid : undefined;
};
const ready = () => said.split('service.ready').length - 1;

it('a service that is stopped in its tracks is ended and started again; told to stop, both end in good order', async () => {
  await eventually(
    'the service',
    () => ready() === 1,
    () => said,
  );
  const first = pid() as number;
  process.kill(first, 'SIGSTOP');
  await eventually(
    'another service',
    () => ready() === 2,
    () => said,
  );
  expect(said).toContain('nothing was heard of the service for 10s: it is ended');
  expect(pid()).not.toBe(first);
  expect(() => process.kill(first, 0)).toThrow('ESRCH');

  const ended = once(warden, 'exit');
  warden.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said).toMatch(/"code":0,"msg":"service.stopped"/);
  expect(existsSync(join(place.data, 'api.json'))).toBe(false);
});

it('a service whose warden is killed ends in good order, and leaves the folder to the next', async () => {
  await eventually(
    'the service',
    () => ready() === 1,
    () => said,
  );
  const service = pid() as number;
  warden.kill('SIGKILL');
  await eventually('its end', () => {
    try {
      return !process.kill(service, 0);
    } catch {
      return true;
    }
  });
  expect(existsSync(join(place.data, 'api.json'))).toBe(false);
});
