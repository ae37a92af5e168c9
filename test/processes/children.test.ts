/**
 * What the service has started, as the next one finds it: real processes, and a clock that stands still.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Child, Children, markName, newMark } from '../../src/processes/children.ts';
import { processOf } from '../../src/processes/process-table.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { eventually } from '../eventually.ts';

let folder: string;
let clock: VirtualClock;
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-children-'));
  clock = new VirtualClock();
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(children: Children, script = 'setInterval(() => {}, 1000)') {
  const mark = newMark('job.1');
  const child = spawn(process.execPath, ['-e', script], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, [markName]: mark },
  });
  started.push(child);
  return children.note(child.pid as number, { engine: 'job', run: 'job.1', mark });
}

const left = () => (existsSync(folder) ? readdirSync(folder) : []);
const ends = (child: Child) => eventually('its end', () => !processOf(child.pid));
/** The clock goes on until it has resolved. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  promise.then(over, over);
  await eventually('the end of it', async () => {
    await clock.advance(50);
    return isOver;
  });
  return promise;
}

it('is ended by the next service, which then knows nothing of it any more', async () => {
  const child = start(new Children(folder, clock));
  const orphans = await inTime(new Children(folder, clock).endOrphans());
  expect(orphans).toEqual([{ ...child, pids: [child.pid] }]);
  await ends(child);
  expect(left()).toEqual([]);
});

it('is left alone when it is another process that has got the pid, or one of before the machine started', async () => {
  const child = start(new Children(folder, clock));
  const file = join(folder, `${child.pid}.json`);
  for (const startedAt of ['another:1', `${child.startedAt}0`]) {
    writeFileSync(file, JSON.stringify({ ...child, startedAt, mark: 'another' }));
    expect(await inTime(new Children(folder, clock).endOrphans())).toEqual([]);
    expect([processOf(child.pid)?.pid, left()]).toEqual([child.pid, []]);
  }
});

it('is given up when nobody can end it: the service goes on, says so, and tries again at its next start', async () => {
  const child = start(new Children(folder, clock));
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
  });
  const unkillable = vi.fn();
  expect(await inTime(new Children(folder, clock, { unkillable }).endOrphans())).toEqual([]);
  expect(kill.mock.calls.map(([, signal]) => signal)).toEqual(['SIGTERM', 'SIGKILL']);
  expect(unkillable.mock.calls).toEqual([[expect.objectContaining({ engine: 'job', run: 'job.1' }), [child.pid]]]);
  expect(left()).toEqual([`${child.pid}.json`]);

  kill.mockRestore();
  expect(await inTime(new Children(folder, clock, { unkillable }).endOrphans())).toHaveLength(1);
  await ends(child);
  expect(left()).toEqual([]);
});

it('never takes the service itself for something that it has started', async () => {
  const children = new Children(folder, clock);
  const self = children.note(process.pid, { engine: 'job', run: 'job.1', mark: 'none' });
  const kill = vi.spyOn(process, 'kill');
  expect(await inTime(new Children(folder, clock).endOrphans())).toEqual([]);
  expect(kill).not.toHaveBeenCalled();
  expect(self.startedAt).toBe(processOf(process.pid)?.startedAt);
});

it('stands in no file that was cut off in the middle', async () => {
  start(new Children(folder, clock));
  const [name = ''] = left();
  writeFileSync(join(folder, name), readFileSync(join(folder, name), 'utf8').slice(0, 20));
  execFileSync('mkfifo', [join(folder, 'pipe.json')]);
  mkdirSync(join(folder, 'folder.json'));
  expect(await inTime(new Children(folder, clock).endOrphans())).toEqual([]);
  expect(left()).toEqual(['folder.json']);
});
