/**
 * A dead service is left alone: its breaker does not stay closed, no call goes out while it is open or isolated, and none but the
 * one probe while that is out. The calls that deliver alerts have breakers too.
 *
 * A call is known by the idempotency key that the runtime gave it. One that a job makes with a client of its own, within a
 * permit, carries none, and is not looked at; a redirected one belongs to the call before it.
 */
import type { BreakerContext } from '../../machines/breaker.ts';
import { stateName } from '../../policies/state-name.ts';
import type { Invariant, WatchedWorld } from './invariant.ts';

/** As `placeKey` makes them: see `actors/effects/step-place`. */
const ownKey = /^[0-9a-f]{32}(-\d+)?$/;

/** What a service answers that is in trouble. */
const ill = new Set([500, 502, 503, 504]);

export const breakerPermits: Invariant = {
  name: 'breaker permits',
  claim:
    'no call goes out to a service that has failed too often in a row, through an open breaker, or beyond its one probe',
  watch(world, broken) {
    /** Probes that are out, by service. */
    const probes = new Map<string, { key: string; number: number }>();
    const redirected = new Set<string>();
    /** Answers in a row that say the service is in trouble, by service. */
    const troubles = new Map<string, number>();
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
            const limit = world.config.services.get(service)?.breaker.failures ?? Number.POSITIVE_INFINITY;
            const inARow = troubles.get(service) ?? 0;
            if (state === 'closed' && inARow >= limit)
              broken(
                `call ${number} to ${service} goes out after ${inARow} failures in a row, and its breaker is closed`,
              );
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
            if (status !== undefined) troubles.set(service, ill.has(status) ? (troubles.get(service) ?? 0) + 1 : 0);
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
