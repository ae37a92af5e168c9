import { copyFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

const config = `
import { defineConfig, engine } from 'nightshift';
let ticks = 0;
export default defineConfig({
  builtIn: { health: false, resources: false },
  engines: [
    engine('busy', { every: '20ms', async run({ step, lastGood }) {
      await step('count', () => ticks++);
      return { count: (lastGood?.count ?? 0) + 1 };
    } }),
    engine('counter', { run: ({ lastGood }) => ({ count: (lastGood?.count ?? 0) + 1 }) }),
    engine('resting', { every: '1h', run: () => null }),
  ],
});
`;

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
  place.write('nightshift.config.ts', config);
});
afterEach(() => place.dispose());

async function count(service: Running): Promise<number> {
  await place.run('trigger', 'counter');
  const actor = async () => (await (await fetch(`${service.url}/api/actors/engine/counter`)).json()) as Actor;
  const before = (await actor()).context.last?.run;
  await eventually(
    'the counter counts',
    async () => (await actor()).context.last?.run !== before || before,
    service.log,
  );
  return (await actor()).context.lastGood?.count ?? 0;
}

interface Actor {
  context: { last: { run: string } | null; lastGood: { count: number } | null };
}

it('a copy that was made among running jobs brings its actors back', async () => {
  const service = await place.start();
  await count(service);
  await count(service);
  await place.run('pause', 'resting');
  await eventually('a busy job', async () => (await service.actors())['engine/busy']?.lastRun, service.log);
  await place.run('trigger', 'backup');
  const { 'engine/backup': backup } = await eventually(
    'the backup',
    async () => {
      const actors = await service.actors();
      return actors['engine/backup']?.lastRun && actors;
    },
    service.log,
  );
  expect(backup?.lastRun?.result, service.log()).toBe('success');
  const backups = join(place.data, 'backups');
  const [copy = ''] = readdirSync(backups);
  expect(copy).toMatch(/^nightshift-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.db$/);
  expect(statSync(join(backups, copy)).mode & 0o777).toBe(0o600);
  await count(service);
  await place.run('resume', 'resting');
  await service.end('SIGKILL');

  const file = join(place.data, 'nightshift.db');
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  copyFileSync(join(backups, copy), file);
  const restored = await place.start();
  const actors = await restored.actors();
  expect(actors['engine/resting']?.state).toBe('paused');
  expect(actors['engine/busy']?.lastRun).not.toBeNull();
  expect(restored.log()).not.toContain('quarantined');
  // Two before the copy; what came after it is lost.
  expect(await count(restored)).toBe(3);
  expect(await restored.end('SIGTERM')).toBe(0);
});
