/**
 * Fallback: several services behind one name. The first one that may be called is; when it fails, the next. The
 * breaker, the quota and the token of each decide about it alone, so the first is back as soon as it is well.
 */
import type { ServiceConfig } from '../../config/config.ts';
import { ClassifiedError, type Failure, type FailureClass } from '../../policies/failure.ts';
import { type EffectScope, gaveWay } from '../host.ts';
import { type CallPorts, type GuardedClient, guardedCall, guardedFetch } from './guarded-call.ts';
import { nextCallKey } from './step-place.ts';

/** What may be tried again comes first: then the run does; else it waits for whoever is back first. */
const hopefulFirst: readonly FailureClass[] = ['recoverable', 'degraded', 'critical', 'shared', 'fatal', 'bug'];

/**
 * The client of several services for one start of one run.
 *
 * @param services the best first; at least one
 * @param served hears which of them answered
 */
export function fallbackService(
  name: string,
  services: readonly ServiceConfig[],
  scope: EffectScope,
  ports: CallPorts,
  served: (by: string) => void,
): GuardedClient {
  async function first<T>(call: (service: ServiceConfig, idempotencyKey: string) => Promise<T>): Promise<T> {
    // One key for all of them: what a step's next call is named after must not depend on who was well.
    const key = nextCallKey();
    const failures: Failure[] = [];
    for (const service of services) {
      try {
        const result = await call(service, key);
        served(service.name);
        return result;
      } catch (error) {
        scope.signal.throwIfAborted();
        if (gaveWay(scope, error)) throw error;
        const failure = scope.explain(error);
        // The call itself is wrong: it would be so elsewhere.
        if (failure.class === 'bug') throw error;
        failures.push(failure);
      }
    }
    throw new ClassifiedError(noneOf(name, failures));
  }

  return {
    call: (work) => first((service, key) => guardedCall(service, key, scope, ports, work)),
    fetch: (path, init) => first((service, key) => guardedFetch(service, key, scope, ports, path, init)),
  };
}

function noneOf(name: string, failures: readonly Failure[]): Failure {
  const [best, ...others] = failures.toSorted(
    (one, other) => hopefulFirst.indexOf(one.class) - hopefulFirst.indexOf(other.class),
  ) as [Failure, ...Failure[]];
  const waitable = others.filter((other) => other.class === best.class);
  return {
    ...best,
    message: `${name}: none of its services answered. ${failures.map(({ message }) => message).join(' ')}`,
    ...(waitable.length > 0 && { instead: waitable.map(({ service, token, quota }) => ({ service, token, quota })) }),
  } as Failure;
}
