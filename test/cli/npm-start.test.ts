/**
 * What the README says first: `npm start` in this repository, with the config that is checked in.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ActorView } from '../../src/dashboard/actor-view.ts';
import { eventually } from '../eventually.ts';

const root = join(import.meta.dirname, '../..');

it('runs the two built-in engines until it is told to stop', async () => {
  const data = mkdtempSync(join(tmpdir(), 'nightshift-start-'));
  const child = spawn('npm', ['start', '--', '--port', '0', '--data', data], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  let pid = 0;
  try {
    const address = await eventually(
      'the address',
      () => existsSync(join(data, 'api.json')),
      () => output,
    );
    expect(address).toBe(true);
    const { url, ...service } = JSON.parse(readFileSync(join(data, 'api.json'), 'utf8')) as {
      url: string;
      pid: number;
    };
    pid = service.pid;
    const engines = async () => {
      const { actors } = (await (await fetch(`${url}/api/actors`)).json()) as { actors: ActorView[] };
      const ended = actors.filter(({ lastRun }) => lastRun?.result === 'success').map(({ id }) => id);
      return ended.length === 2 && ended.sort();
    };
    expect(await eventually('a run of each', engines, () => output)).toEqual(['api-health', 'resources']);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    process.kill(pid, 'SIGTERM');
    expect((await exited)[0]).toBe(0);
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && pid > 0) process.kill(pid, 'SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
});
