/**
 * How long healthy runs take beside engines that do badly, each in its own way: node neighbours.ts FILE ILL
 *
 * Healthy ones are busy all the time; the ill ones are due every second.
 */
import { wantedActors } from '../../src/actors/wanted.ts';
import type { EngineDefinition } from '../../src/config/definition.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { RunScope } from '../../src/config/run-scope.ts';
import type { Address } from '../../src/stream.ts';
import { keepBusy } from '../busy.ts';
import { openWorld } from '../world.ts';

const [file, ill = '0'] = process.argv.slice(2) as [string, string?];
const healthy = 20;

/** Throws, fails in passing, hangs until its time is up, calls a service that is down. */
const ways: readonly ((scope: RunScope) => unknown)[] = [
  () => Promise.reject(new Error('broken')),
  () => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
  () => new Promise(() => {}),
  ({ service }) => service('down').fetch('/'),
];
const engines: EngineDefinition[] = [
  ...Array.from({ length: healthy }, (_, n) => ({ id: `job-${n}`, run: threeSteps })),
  ...Array.from({ length: Number(ill) }, (_, n) => ({
    id: `ill-${n}`,
    every: '1s',
    timeout: '500ms',
    jitter: '1s',
    retry: { base: '100ms', tries: 3 },
    maxFailures: 1_000_000,
    heartbeat: false as const,
    run: ways[n % ways.length] as (scope: RunScope<never>) => unknown,
  })),
];
const config = resolveConfig(
  { services: { down: { url: 'http://127.0.0.1:9', breaker: { cooldown: '200ms', cooldownMax: '200ms' } } }, engines },
  {},
);
const world = await openWorld(file, config);
await world.host.ensure(wantedActors(config));
const addresses = Array.from({ length: healthy }, (_, n): Address => `engine/job-${n}`);
const busy = await keepBusy(world.host, addresses, { warmUpMs: 1_500, measuredMs: 4_000 });
console.log(JSON.stringify(busy));
await world.close();
process.exit(0);

async function threeSteps({ step, runId }: RunScope) {
  await step('find', () => [runId]);
  await step('render', () => runId.length);
  return step('publish', () => ({ published: runId }));
}
