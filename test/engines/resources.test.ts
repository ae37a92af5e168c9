import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ResourcesConfig } from '../../src/config/config.ts';
import type { RunScope } from '../../src/config/run-scope.ts';
import { exceeded, type Resources, resourcesEngine } from '../../src/engines/resources.ts';
import { ClassifiedError } from '../../src/policies/failure.ts';

const limits: ResourcesConfig = { memoryBytes: 1e9, eventLoopDelayMs: 1_000, diskFreeBytes: 500e6 };
const used: Resources = { memoryBytes: 1e9, eventLoopDelayMs: 1_000, diskFreeBytes: 500e6 };
const boundless: ResourcesConfig = { memoryBytes: 1e15, eventLoopDelayMs: 1e9, diskFreeBytes: 0 };

const turns = () => wait(60);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-resources-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('bears what is exactly allowed', () => {
  expect(exceeded(used, limits, '/data')).toEqual([]);
});

it.each([
  [{ memoryBytes: 1.3e9 }, 'holds 1.3GB of memory, allowed are 1GB: look for a job', 'builtIn.resources.memory'],
  [{ eventLoopDelayMs: 1_500 }, 'held up for 1.5s, allowed are 1s: move the work', 'builtIn.resources.eventLoopDelay'],
  [{ diskFreeBytes: 499e6 }, 'disk of /data has 499MB left, wanted are 500MB: make room', 'builtIn.resources.disk'],
])('says of %o what was found, what is allowed and what to do', (more, message, setting) => {
  const problems = exceeded({ ...used, ...more }, limits, '/data');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(message);
  expect(problems[0]).toContain(setting);
});

it('names everything that is short at once', () => {
  expect(exceeded({ memoryBytes: 2e9, eventLoopDelayMs: 2_000, diskFreeBytes: 0 }, limits, '/data')).toHaveLength(3);
});

it('measures this process and the disk of the data folder', async () => {
  const measured = (await resourcesEngine(boundless, folder).run({} as RunScope)) as Resources;
  expect(measured.memoryBytes).toBeGreaterThan(10e6);
  expect(measured.diskFreeBytes).toBeGreaterThan(0);
  expect(Number.isInteger(measured.eventLoopDelayMs)).toBe(true);
});

it('measures how long the event loop was held up since the last look, and fails for that too', async () => {
  const engine = resourcesEngine(boundless, folder);
  const strict = resourcesEngine({ ...boundless, eventLoopDelayMs: 200 }, folder);
  // The monitor looks when the loop turns: once before, once after.
  await turns();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await turns();
  const { eventLoopDelayMs } = (await engine.run({} as RunScope)) as Resources;
  expect(eventLoopDelayMs).toBeGreaterThan(200);
  await expect(Promise.resolve(strict.run({} as RunScope))).rejects.toMatchObject({
    failure: { class: 'degraded', code: 'RESOURCES_SHORT', message: expect.stringContaining('event loop was held up') },
  });
  await turns();
  expect(((await engine.run({} as RunScope)) as Resources).eventLoopDelayMs).toBeLessThan(eventLoopDelayMs);
});

it.each([
  ['memory', { ...boundless, memoryBytes: 1 }],
  ['disk', { ...boundless, diskFreeBytes: 1e18 }],
])('is held when %s is short, and looks again', async (_, short) => {
  const run = resourcesEngine(short, folder).run({} as RunScope) as Promise<unknown>;
  const error = (await run.catch((thrown) => thrown)) as ClassifiedError;
  expect(error).toBeInstanceOf(ClassifiedError);
  expect(error.failure).toMatchObject({ class: 'degraded', code: 'RESOURCES_SHORT' });
});
