/**
 * What a guarded call costs around a no-op, beside cockatiel's retry, breaker and timeout around the same one:
 * node guarded-call.ts FILE [CALLS]
 */
import { performance } from 'node:perf_hooks';
import { ConsecutiveBreaker, circuitBreaker, handleAll, retry, TimeoutStrategy, timeout, wrap } from 'cockatiel';
import { wantedActors } from '../../src/actors/wanted.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { RunScope } from '../../src/config/run-scope.ts';
import { openWorld } from '../world.ts';

const [file, calls = '20000'] = process.argv.slice(2) as [string, string?];
const count = Number(calls);
const nothing = async () => {};

const theirs = wrap(
  retry(handleAll, { maxAttempts: 3 }),
  circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(3) }),
  timeout(30_000, TimeoutStrategy.Cooperative),
);

const measured = Promise.withResolvers<{ oursUs: number; theirsUs: number; writes: number }>();
let writes = 0;

async function perCallUs(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  for (let n = 0; n < count; n++) await work();
  return ((performance.now() - since) * 1_000) / count;
}

const config = resolveConfig(
  {
    services: { shop: {} },
    engines: [
      {
        id: 'caller',
        run: async ({ service }: RunScope) => {
          const shop = service('shop');
          const ours = () => shop.call(nothing);
          const both = () => theirs.execute(nothing);
          // Compiled, and as full as they get.
          for (let n = 0; n < 3_000; n++) await Promise.all([ours(), both()]);
          const before = writes;
          const rounds: [number, number][] = [];
          for (let round = 0; round < 3; round++) rounds.push([await perCallUs(ours), await perCallUs(both)]);
          const middle = (values: number[]) => values.toSorted((a, b) => a - b)[1] ?? Number.NaN;
          measured.resolve({
            oursUs: middle(rounds.map(([us]) => us)),
            theirsUs: middle(rounds.map(([, us]) => us)),
            writes: writes - before,
          });
        },
      },
    ],
  },
  {},
);
const world = await openWorld(file, config, () => {
  writes += 1;
});
await world.host.ensure(wantedActors(config));
await world.host.send('engine/caller', { type: 'engine.trigger' });
console.log(JSON.stringify(await measured.promise));
await world.close();
