/**
 * The vital signs of a system whose disk was full for a while: what ran out meanwhile waits for its turn, and nobody is ended for that.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { engine } from 'nightshift';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { createRedactor } from '../../src/persistence/redact.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import { StoreError } from '../../src/persistence/store-error.ts';
import { Children } from '../../src/processes/children.ts';
import { openSystem, type System } from '../../src/system.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { lookForTrouble } from '../../src/watchdog/vital-signs.ts';

let folder: string;
let store: Store;
let system: System;
let clock: VirtualClock;
let isFull: boolean;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-room-'));
  clock = new VirtualClock();
  isFull = false;
  store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  const engines = Array.from({ length: 60 }, (_, n) => engine(`e${n}`, { every: '1m', run: () => 1 }));
  system = await openSystem({
    config: resolveConfig({ engines }, {}),
    store: {
      ...store,
      write: async (rows) => {
        if (isFull) throw new StoreError('STORE_UNWRITABLE', 'Make room on the disk.');
        await store.write(rows);
      },
    },
    vaultKey: Buffer.alloc(32),
    redactor: createRedactor(),
    clock,
    random: () => 0.5,
    fetch,
    log: pino({ enabled: false }),
    commands: { children: new Children(join(folder, 'children'), clock), folder: join(folder, 'commands'), env: {} },
    configFile: join(folder, 'nightshift.config.ts'),
    called: () => {},
  });
  await system.rehydrate();
});
afterEach(async () => {
  system.unwatch();
  await system.host.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Lets time pass in pieces, so that everything has its turn. */
async function pass(ms: number) {
  for (let left = ms; left > 0; left -= 1_000) {
    await clock.advance(1_000);
    for (let turns = 0; turns < 10; turns++) await nextTurn();
  }
}

const look = () => lookForTrouble({ host: system.host, clock, awakeSince: system.awakeSince, write: async () => {} });

it('the store is in trouble for as long as it lasts, and nothing is from the instant on that there is room', async () => {
  isFull = true;
  await pass(300_000);
  expect(await look()).toMatchObject({ what: expect.stringContaining('Make room on the disk.'), restartHelps: false });
  isFull = false;
  const recovered = Promise.withResolvers<unknown>();
  const unlisten = system.host.inspect({ storeRecovered: () => recovered.resolve(look()) });
  await pass(31_000);
  unlisten();
  expect(await recovered.promise).toBeNull();
  expect(await look()).toBeNull();
});
