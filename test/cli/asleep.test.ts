/**
 * A real service that stands still: as its machine would in a sleep, it hears of nothing meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Past } from '../../src/telemetry/history.ts';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

const stillMs = 13_000;

let place: Workplace;
let service: Running;
let stoppedAt: number;
beforeAll(async () => {
  place = new Workplace();
  place.write(
    'nightshift.config.ts',
    `import { defineConfig, engine } from 'nightshift';
     export default defineConfig({
       builtIn: { health: false, resources: false },
       engines: [engine('often', { every: '3s', grace: '1s', run: () => 'done' })],
     });`,
  );
  service = await place.start();
  const run = async () => (await service.actors())['engine/often']?.lastRun;
  await eventually('a run', run, service.log);
  stoppedAt = Date.now();
  service.child.kill('SIGSTOP');
  await sleep(stillMs);
  service.child.kill('SIGCONT');
  await eventually('a late run', async () => ((await run())?.endedAt ?? 0) > stoppedAt + stillMs, service.log);
}, 60_000);
afterAll(() => place.dispose());

it('a service that was stopped for a while says so in its log', () => {
  const line = service
    .log()
    .split('\n')
    .find((each) => each.includes('service.stood'));
  const { from, to, durationMs } = JSON.parse(line ?? '{}');
  expect(durationMs).toBeGreaterThan(stillMs - 3_000);
  expect(Date.parse(from)).toBeGreaterThan(stoppedAt - 3_000);
  expect(Date.parse(to)).toBeGreaterThanOrEqual(stoppedAt + stillMs);
});

it('history and why say it of the due times in between', async () => {
  const pasts = JSON.parse((await place.run('history', 'often', '--json')).out) as Past[];
  const inBetween = pasts.filter(({ upset }) => upset !== null);
  expect(inBetween.map(({ outcome }) => outcome)).toContain('coalesced');
  expect(inBetween[0]?.upset?.kind).toBe('stood');
  expect((await place.run('history', 'often')).out).toMatch(/the service stood still from \d\d:\d\d:\d\d to \d\d:/);
});
