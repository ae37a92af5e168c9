/**
 * Isolated runs of a real service that is killed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processOf } from '../../src/processes/process-table.ts';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.dispose());

const notes = () => {
  const file = join(place.folder, 'notes');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};
const noted = (start: string) => notes().filter((line) => line.startsWith(start));
const pidOf = (line: string | undefined) => Number(line?.split(' ')[1]);

const config = (body: string) => `
import { appendFileSync } from 'node:fs';
import { defineConfig, engine } from 'nightshift';
const note = (what: string) => appendFileSync('notes', what + ' ' + process.pid + '\\n');
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { drain: '100ms' },
  engines: [engine('job', { isolate: 'process', async run({ step }) { ${body} } })],
});`;

it('goes on at its last step; its process did not outlive the service', async () => {
  place.write(
    'nightshift.config.ts',
    config(`
      await step('one', () => note('one'));
      await step('two', async () => {
        note('two');
        if (!(await import('node:fs')).existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 600_000));
      });
      return 'over';`),
  );
  const service = await place.start();
  await place.run('trigger', 'job');
  await eventually('the second step', () => noted('two').length === 1, service.log);
  const pid = pidOf(noted('two')[0]);
  await service.end('SIGKILL');
  // Its step does not heed the signal, and nobody is there who would end it.
  await eventually('the end of its process', () => !processOf(pid));
  place.write('go', '');
  const again = await place.start();
  await eventually(
    'the end of the run',
    async () => (await again.actors())['engine/job']?.lastRun?.result === 'success',
    again.log,
  );
  expect([noted('one').length, noted('two').length]).toEqual([1, 2]);
  expect(await again.end('SIGTERM')).toBe(0);
});

it('ends the process of a run that was deaf for ever when the service was killed', async () => {
  place.write(
    'nightshift.config.ts',
    config("note('begun'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
  );
  const service = await place.start();
  await place.run('trigger', 'job');
  await eventually('the run', () => noted('begun').length === 1, service.log);
  const first = pidOf(noted('begun')[0]);
  await service.end('SIGKILL');
  expect(processOf(first)).toBeDefined();

  const again = await place.start();
  expect(processOf(first)).toBeUndefined();
  expect(again.log()).toContain('"msg":"orphan.ended"');
  await eventually('the next attempt', () => noted('begun').length === 2, again.log);
  const second = pidOf(noted('begun')[1]);
  // In good order, the service waits until it has ended.
  expect(await again.end('SIGTERM')).toBe(0);
  expect(processOf(second)).toBeUndefined();
});
