/**
 * A service that ends while it reloads, as one that is killed: nobody waits two minutes for what does not come.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reload } from '../../src/cli/reload.ts';
import { dataDirAt } from '../../src/persistence/data-dir.ts';
import { acquireLock } from '../../src/persistence/lock.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { HttpServer, json } from '../actors/effects/http-server.ts';
import { eventually } from '../eventually.ts';
import { StorePlace } from './store-place.ts';

it('is said to have ended once nobody has started it again for a while', async () => {
  const place = new StorePlace();
  await using service = await HttpServer.open();
  const { root, lock, address, apiToken } = dataDirAt(place.data);
  mkdirSync(root, { mode: 0o700 });
  const held = acquireLock(lock, 0);
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(lock.replace(/db$/, 'json'), JSON.stringify({ pid, since: 0 }));
  writeFileSync(address, JSON.stringify({ url: service.url, pid }));
  writeFileSync(apiToken, 'of-the-operator');
  const answer = json(200, { taken: true, when: 'asked', drainMs: 30_000, changes: [] });
  service.answer = (arrival) => {
    held.release();
    answer(arrival);
  };
  const clock = new VirtualClock();
  try {
    const asked = reload(place.options, clock).catch((error: Error) => error);
    await eventually('the wait', () => clock.next() !== undefined);
    await clock.advance(16_000);
    expect(await asked).toMatchObject({
      code: 'SERVICE_SILENT',
      message: `${root}: the service has ended before it was back. See why with: nightshift logs. Start it: nightshift start`,
    });
  } finally {
    place.dispose();
  }
});
