/**
 * Programs of a real service that is killed: what they leave behind is ended by the next one, and nothing else is.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processOf } from '../../src/processes/process-table.ts';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
  place.write(
    'nightshift.config.ts',
    `import { command, defineConfig } from 'nightshift';
     const script = \`
       require('fs').appendFileSync('pids.txt', process.pid + '\\\\n');
       require('child_process').spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
       setInterval(() => {}, 1000);\`;
     export default defineConfig({
       builtIn: { health: false, resources: false },
       supervision: { drain: '100ms' },
       engines: [command('long', { run: [process.execPath, '-e', script] })],
     });`,
  );
});
afterEach(() => place.dispose());

const children = () => join(place.data, 'children');
const pids = () => {
  const file = join(place.folder, 'pids.txt');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
};
const begun = (count: number) => eventually(`${count} programs`, () => pids().length === count && pids().at(-1));
const messages = (log: string) => log.split('\n').flatMap((line) => /"msg":"([^"]+)"/.exec(line)?.[1] ?? []);

it('ends the program of a service that was killed, before the run goes on', { timeout: 180_000 }, async () => {
  const service = await place.start();
  await place.run('trigger', 'long');
  const first = (await begun(1)) as number;
  await eventually('its file', () => existsSync(join(children(), `${first}.json`)));
  await service.end('SIGKILL');
  expect(processOf(first)).toBeDefined();

  const again = await place.start();
  expect(processOf(first)).toBeUndefined();
  expect(messages(again.log())).toContain('orphan.ended');
  const second = (await begun(2)) as number;
  expect(processOf(second)).toBeDefined();
  // In good order, the service waits until its programs have ended.
  expect(await again.end('SIGTERM')).toBe(0);
  expect(processOf(second)).toBeUndefined();
  // What stays is the mark of the service's own, by which the next one finds what was started past its knowledge.
  const left = readdirSync(children()).map((name) => JSON.parse(readFileSync(join(children(), name), 'utf8')).engine);
  expect(left).toEqual(['*']);
});

it('leaves a process alone that has the pid of one of its own, and is another', { timeout: 180_000 }, async () => {
  const service = await place.start();
  await place.run('trigger', 'long');
  const pid = (await begun(1)) as number;
  const file = join(children(), `${pid}.json`);
  await eventually('its file', () => existsSync(file));
  await service.end('SIGKILL');
  const stranger = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  try {
    const child = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(join(children(), `${stranger.pid}.json`), JSON.stringify({ ...child, pid: stranger.pid }));
    const again = await place.start();
    expect(processOf(pid)).toBeUndefined();
    expect(processOf(stranger.pid as number)).toBeDefined();
    await again.end('SIGTERM');
  } finally {
    stranger.kill('SIGKILL');
  }
});
