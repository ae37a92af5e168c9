/**
 * What jobs of a real service have started in its own process, when that is killed or stopped.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processOf } from '../../src/processes/process-table.ts';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

let place: Workplace;
let stranger: ChildProcess;
beforeEach(() => {
  place = new Workplace();
  stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
});
afterEach(() => {
  stranger.kill('SIGKILL');
  for (const pid of pids()) if (processOf(pid)) process.kill(pid, 'SIGKILL');
  place.dispose();
});

const file = () => join(place.folder, 'pids');
const pids = () => (existsSync(file()) ? readFileSync(file(), 'utf8').split('\n').filter(Boolean).map(Number) : []);
const leaf = `require('fs').appendFileSync('pids', process.pid + '\\n'); setInterval(() => {}, 1000)`;
const started = (service: Running, count = 1) =>
  eventually('what the job starts', () => pids().length === count, service.log);

/** Its first run starts something, and goes on; every other one ends. */
async function start(begin: string): Promise<Running> {
  place.write('leaf.cjs', leaf);
  place.write(
    'nightshift.config.ts',
    `
import { execSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { drain: '100ms' },
  engines: [engine('job', { async run() {
    if (existsSync('begun')) return 'well';
    writeFileSync('begun', '');
    ${begin}
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  } })],
});`,
  );
  const service = await place.start();
  await place.run('trigger', 'job');
  await started(service);
  return service;
}

const child = "spawn(process.execPath, ['leaf.cjs'], { detached: true, stdio: 'ignore', env: {} });";

it('is ended by the next start of a service that was killed, and nothing else', { timeout: 180_000 }, async () => {
  const service = await start(child);
  const [pid = 0] = pids();
  await service.end('SIGKILL');
  expect(processOf(pid)).toBeDefined();
  const again = await place.start();
  expect(processOf(pid)).toBeUndefined();
  expect(again.log()).toMatch(new RegExp(`"engine":"job","run":"job[^"]+","pids":\\[${pid}\\],"msg":"orphan.ended"`));
  expect(processOf(stranger.pid as number)).toBeDefined();
  expect(await again.end('SIGTERM')).toBe(0);
});

// Where marks can be seen.
it.runIf(process.platform === 'linux')(
  'is ended also when it has lost its parent, or was started without anybody hearing of it',
  { timeout: 180_000 },
  async () => {
    const service = await start(`execSync(process.execPath + ' leaf.cjs > leaf.log 2>&1 &');`);
    const [pid = 0] = pids();
    await service.end('SIGKILL');
    expect(processOf(pid)).toBeDefined();
    const again = await place.start();
    expect(processOf(pid)).toBeUndefined();
    expect(processOf(stranger.pid as number)).toBeDefined();
    expect(await again.end('SIGTERM')).toBe(0);
  },
);

it('is ended when the service stops', { timeout: 180_000 }, async () => {
  const service = await start(child);
  const [pid = 0] = pids();
  expect(await service.end('SIGTERM')).toBe(0);
  expect(processOf(pid)).toBeUndefined();
});

it('is forgotten when it has ended', { timeout: 180_000 }, async () => {
  const service = await start(child);
  const [pid = 0] = pids();
  const notes = () => readdirSync(join(place.data, 'children'));
  expect(notes()).toContain(`${pid}.json`);
  process.kill(pid, 'SIGKILL');
  await eventually('that it is forgotten', () => !notes().includes(`${pid}.json`));
  expect(await service.end('SIGTERM')).toBe(0);
});

// Where marks can be seen.
it.runIf(process.platform === 'linux')(
  'is ended by the next start also when the upload of a backup has started it and lost it',
  { timeout: 180_000 },
  async () => {
    place.write('leaf.cjs', leaf);
    const upload = `['sh', '-c', '(setsid "$0" leaf.cjs &); sleep 1000', process.execPath]`;
    place.write(
      'nightshift.config.ts',
      `import { existsSync } from 'node:fs';
       import { defineConfig } from 'nightshift';
       const backup = existsSync('pids') ? {} : { upload: { run: ${upload} } };
       export default defineConfig({ builtIn: { health: false, resources: false, backup } });`,
    );
    const service = await place.start();
    await place.run('trigger', 'backup');
    await started(service);
    const [pid = 0] = pids();
    await service.end('SIGKILL');
    expect(processOf(pid)).toBeDefined();
    const again = await place.start();
    expect(processOf(pid)).toBeUndefined();
    expect(again.log()).toMatch(/"engine":"backup","run":"backup[^"]+","pids":\[[\d,]+\],"msg":"orphan.ended"/);
    expect(await again.end('SIGTERM')).toBe(0);
  },
);
