/**
 * Heap of an idle engine: what 10,000 of them add, after a collection, divided by their number. Once as they
 * were created and once as they came back from their records. Their configuration is counted too.
 */
import { join } from 'node:path';
import { makeFolder, openEngines } from '../world.ts';

const count = 10_000;
const { folder, remove } = makeFolder();

// Everything that is made once, from compiled code to the prepared logics, is there before the first look.
const first = await openEngines(join(folder, 'first.sqlite'), 10);
await first.close();

const created = await heapPerEngine('store.sqlite');
const rehydrated = await heapPerEngine('store.sqlite');
remove();
console.log(JSON.stringify({ engines: count, createdBytes: created, rehydratedBytes: rehydrated }));

async function heapPerEngine(file: string) {
  const before = await heapUsed();
  const world = await openEngines(join(folder, file), count);
  const after = await heapUsed();
  await world.close();
  return Math.round((after - before) / count);
}

async function heapUsed() {
  const collect = globalThis.gc as NonNullable<typeof globalThis.gc>;
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}
