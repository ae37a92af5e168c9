import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { backupsIn } from '../../src/persistence/backup-folder.ts';
import type { LedgerEntry } from '../../src/persistence/ledger.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

const everyMs = 20;
const config = `
import { defineConfig, engine } from 'nightshift';
let ticks = 0;
export default defineConfig({
  builtIn: { health: false, resources: false },
  engines: [
    engine('busy', { every: '${everyMs}ms', async run({ step, lastGood }) {
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

it('a backup that was made among running jobs brings its actors back, and no due time is lost or settled twice', async () => {
  const service = await place.start();
  await count(service);
  await count(service);
  await place.run('pause', 'resting');
  await eventually('a busy job', async () => (await service.actors())['engine/busy']?.lastRun, service.log);
  await place.runOnce(service, 'backup');
  const copy = backupsIn(join(place.data, 'backups'))[0]?.name ?? '';
  expect((await service.actors())['engine/backup']?.lastRun?.result, service.log()).toBe('success');
  await count(service);
  await place.run('resume', 'resting');
  await service.end('SIGKILL');

  const { code, out, err } = await place.run('restore', 'latest');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(new RegExp(`^${join(place.data, 'backups', copy)}: whole; \\d+ records come back\\.\n`));
  expect(out).toMatch(/\nFrom .* to now: \d+ runs are not in it \(.*\d+ of busy.*1 of counter.*\).*\.\n/);
  // As a restore leaves it that is killed between its last two steps.
  copyFileSync(join(place.data, 'backups', copy), join(place.data, 'nightshift.db.old'));
  const restored = await place.start();
  expect(restored.log()).toContain('store.replaced');
  expect(existsSync(join(place.data, 'nightshift.db.old'))).toBe(false);
  const actors = await restored.actors();
  expect(actors['engine/resting']?.state).toBe('paused');
  expect(actors['engine/busy']?.lastRun).not.toBeNull();
  expect(restored.log()).not.toContain('quarantined');
  // Two before the backup; what came after it is lost.
  expect(await count(restored)).toBe(3);
  expect(await restored.end('SIGTERM')).toBe(0);

  const settled = readStoreFile(join(place.data, 'nightshift.db'), 'ledger:engine/busy:')
    .flatMap(({ json }) => (JSON.parse(json) as LedgerEntry).due ?? [])
    .sort((one, other) => one.from - other.from);
  expect(settled.length).toBeGreaterThan(4);
  settled.reduce((last, next) => {
    expect(next.from, 'each due time once').toBe(last.to + everyMs);
    return next;
  });
});
