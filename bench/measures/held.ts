/**
 * What a run costs beside so many engines that are held: node held.ts FILE HELD
 *
 * A third of them waits for a breaker, a third for a quota, a third for a limit on runs at once. The run that is measured meets
 * all three, and finds them free: a breaker and a quota of its own, and a limit of which the others hold nothing.
 */
import { wantedActors } from '../../src/actors/wanted.ts';
import type { EngineDefinition } from '../../src/config/definition.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { RunScope } from '../../src/config/run-scope.ts';
import type { Address } from '../../src/stream.ts';
import { keepBusy } from '../busy.ts';
import { openWorld } from '../world.ts';

const [file, held = '0'] = process.argv.slice(2) as [string, string?];
const plain = { timeout: '10m', heartbeat: false as const };
const ways: readonly Pick<EngineDefinition, 'run' | 'tags'>[] = [
  { run: ({ service }) => service('isolated').call(async () => null) },
  { run: ({ service }) => service('spent').call(async () => null) },
  { run: () => null, tags: ['full'] },
];
const engines: EngineDefinition[] = [
  { ...plain, id: 'job', tags: ['roomy'], run: threeSteps },
  { ...plain, id: 'spender', run: ({ service }) => service('spent').call(async () => null) },
  { ...plain, id: 'holder', tags: ['full'], run: () => new Promise(() => {}) },
  ...Array.from({ length: Number(held) }, (_, n) => ({ ...plain, id: `held-${n}`, ...ways[n % ways.length] })),
];
const config = resolveConfig(
  {
    tags: { full: { maxConcurrent: 1 }, roomy: { maxConcurrent: 1 } },
    services: {
      isolated: {},
      spent: { quota: { limit: 1, per: 'day' } },
      shop: { quota: { limit: 1_000_000_000, per: 'day' } },
    },
    engines,
  },
  {},
);
const { host } = await openWorld(file, config);
await host.ensure(wantedActors(config));
await host.send('breaker/isolated', { type: 'breaker.isolate' });
for (const engine of ['spender', 'holder']) await trigger(engine);

const waiting = Promise.withResolvers<void>();
let left = Number(held);
host.inspect({
  transition({ address, snapshot, event }) {
    if (!address.startsWith('engine/held-') || event.type !== 'xstate.error.actor.run') return;
    if (JSON.stringify(snapshot.value) !== '{"held":"forActor"}') throw new Error(`${address} is not held`);
    left -= 1;
    if (left === 0) waiting.resolve();
  },
});
for (let n = 0; n < Number(held); n++) await trigger(`held-${n}`);
if (left > 0) await waiting.promise;

const busy = await keepBusy(host, ['engine/job'], { warmUpMs: 1_500, measuredMs: 2_500 });
console.log(JSON.stringify(busy));
// As a crash would: nobody waits for those that are held.
process.exit(0);

function trigger(engine: string): Promise<void> {
  return host.send(`engine/${engine}` as Address, { type: 'engine.trigger' });
}

async function threeSteps({ step, service, runId }: RunScope) {
  const found = await step('find', () => ({ items: [runId, 'a', 'b'] }));
  const text = await step('render', () => service('shop').call(async () => `${found.items.length} items of ${runId}`));
  return step('publish', () => ({ published: text }));
}
