/**
 * Fallback: several services behind one name. The first one that may be called is; when it fails, the next. The
 * breaker, the quota and the token of each decide about it alone, so the first is back as soon as it is well.
 *
 * When none of them served, the run does what is most hopeful: it tries again if a failure may pass, it refreshes a token that was
 * refused for the first time, else it waits for whichever of them can be called again first.
 */
import type { ServiceConfig } from '../../config/config.ts';
import type { EngineContext } from '../../policies/engine.ts';
import { ClassifiedError, type Failure, type FailureClass } from '../../policies/failure.ts';
import { type EffectScope, gaveWay } from '../host.ts';
import { type CallPorts, type GuardedClient, guardedCall, guardedFetch, type Refreshing } from './guarded-call.ts';
import { nextCallKey } from './step-place.ts';

const hopefulFirst: readonly FailureClass[] = ['recoverable', 'critical', 'degraded', 'shared', 'fatal', 'bug'];

/**
 * What speaks of this service and not of the call: no credit is left, it has no such model or has it no more, it takes no
 * call of this size, or none from here.
 */
const itsOwnStatuses = [402, 404, 410, 413, 451];

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
  async function first<T>(
    call: (service: ServiceConfig, idempotencyKey: string, refreshing: Refreshing) => Promise<T>,
  ): Promise<T> {
    // One key for all of them: what a step's next call is named after must not depend on who was well.
    const key = nextCallKey();
    const failures: Failure[] = [];
    for (const service of services) {
      // Whoever comes last has nobody to leave the call to.
      const refreshing = service === services.at(-1) ? 'wait' : 'pass';
      try {
        const result = await call(service, key, refreshing);
        served(service.name);
        return result;
      } catch (error) {
        scope.signal.throwIfAborted();
        if (gaveWay(scope, error)) throw error;
        const failure = scope.explain(error);
        // The call itself is wrong: it would be so elsewhere.
        if (failure.class === 'bug' && !itsOwnStatuses.includes(failure.status ?? 0)) throw error;
        failures.push(failure);
      }
    }
    const { run } = scope.read().context as unknown as EngineContext;
    throw new ClassifiedError(noneOf(name, failures, run?.refreshed ? 'refreshed' : 'not yet'));
  }

  return {
    call: (work) => first((service, key, refreshing) => guardedCall(service, key, scope, ports, work, refreshing)),
    fetch: (path, init) =>
      first((service, key, refreshing) => guardedFetch(service, key, scope, ports, path, init, refreshing)),
  };
}

/** Whether the run has refreshed a token for its present step. It does so once, and then waits for others. */
type Refreshed = 'refreshed' | 'not yet';

function noneOf(name: string, failures: readonly Failure[], refreshed: Refreshed): Failure {
  const [best, ...others] = failures.toSorted((one, other) => rank(one, refreshed) - rank(other, refreshed)) as [
    Failure,
    ...Failure[],
  ];
  const waitable = others.filter((other) => isWaitedFor(other, refreshed));
  return {
    ...best,
    message: `${name}: none of its services answered. ${failures.map(({ message }) => message).join(' ')}`,
    ...(waitable.length > 0 && { instead: waitable.map(({ service, token, quota }) => ({ service, token, quota })) }),
  } as Failure;
}

function rank(failure: Failure, refreshed: Refreshed): number {
  const isVain = failure.class === 'critical' && !isWaitedFor(failure, refreshed);
  return isVain ? hopefulFirst.length : hopefulFirst.indexOf(failure.class);
}

/** Whether there is somebody who says when this one may be called again. */
function isWaitedFor({ class: name, token }: Failure, refreshed: Refreshed): boolean {
  if (name === 'critical') return token !== undefined && refreshed === 'not yet';
  return name === 'degraded' || (name === 'shared' && token !== undefined);
}
