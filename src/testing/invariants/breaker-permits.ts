/**
 * A dead service is left alone: no call goes out while its breaker is open or isolated, and none but the one probe while that is
 * out. The calls that deliver alerts have breakers too.
 *
 * A call is known by the idempotency key that the runtime gave it. One that a job makes with a client of its own, within a
 * permit, carries none, and is not looked at; a redirected one belongs to the call before it.
 */
import type { BreakerContext } from '../../machines/breaker.ts';
import { stateName } from '../../policies/state-name.ts';
import type { Invariant, WatchedWorld } from './invariant.ts';

/** As `placeKey` makes them: see `actors/effects/step-place`. */
const ownKey = /^[0-9a-f]{32}(-\d+)?$/;

export const breakerPermits: Invariant = {
  name: 'breaker permits',
  claim: 'no call goes out through an open breaker, or beyond its one probe',
  watch(world, broken) {
    /** Probes that are out, by service. */
    const probes = new Map<string, { key: string; number: number }>();
    const redirected = new Set<string>();
    return {
      seen(event) {
        switch (event.type) {
          case 'call.sent': {
            const { service, headers, number } = event.request;
            const key = headers.get(headerOf(world, service));
            if (key === null || redirected.delete(`${service} ${key}`)) return;
            const found = world.standOf(`breaker/${service}`);
            if (!found) return;
            const state = stateName(found.stand.value);
            const { openedAt, probe } = found.stand.context as BreakerContext;
            // Within one instant nobody can tell which came first.
            if (state === 'isolated' || (state === 'open' && openedAt !== world.wallNow())) {
              broken(`call ${number} to ${service} goes out while its breaker is ${state}`);
            }
            if (!ownKey.test(key)) return;
            if (state === 'halfOpen.ready') broken(`call ${number} to ${service} goes out without being its probe`);
            if (state !== 'halfOpen.probing') return;
            if (probe?.id !== key) broken(`call ${number} to ${service} goes out beside its probe`);
            const out = probes.get(service);
            if (out) broken(`call ${number} to ${service} goes out as a probe while call ${out.number} is out as one`);
            probes.set(service, { key, number });
            return;
          }
          case 'call.ended': {
            const { request, status } = event.exchange;
            const { service, number, headers } = request;
            const key = headers.get(headerOf(world, service));
            if (probes.get(service)?.number === number) probes.delete(service);
            if (key !== null && status !== undefined && status >= 300 && status < 400)
              redirected.add(`${service} ${key}`);
            return;
          }
          case 'process.ended':
            probes.clear();
            redirected.clear();
            return;
          default:
        }
      },
    };
  },
};

function headerOf({ config }: WatchedWorld, service: string): string {
  return config.services.get(service)?.idempotencyHeader ?? 'Idempotency-Key';
}
