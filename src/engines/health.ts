/**
 * `api-health`: asks every minute whether the configured addresses answer, the service's own without any.
 * Each is asked through a breaker of its own, so that one that is down is left alone.
 */

import type { FunctionEngine, HealthConfig, ServiceConfig } from '../config/config.ts';
import type { RunScope } from '../config/run-scope.ts';
import { noQuota } from '../config/service-schema.ts';
import { ClassifiedError } from '../policies/failure.ts';
import { builtInSettings } from './built-in-settings.ts';

const everyMs = 60_000;
const timeoutMs = 10_000;

export function healthEngine({ urls }: HealthConfig, ownUrl: () => string): FunctionEngine {
  return {
    id: 'api-health',
    importance: 'high',
    settings: builtInSettings({ schedule: { kind: 'every', everyMs, offsetMs: 0 } }),
    run: (scope) => probeAll(scope, urls.length > 0 ? urls : [`${ownUrl()}/healthz`]),
  };
}

export function healthServices({ urls }: HealthConfig): ServiceConfig[] {
  const count = Math.max(urls.length, 1);
  return Array.from({ length: count }, (_, n) => ({
    name: serviceName(n),
    timeoutMs,
    idempotencyHeader: 'Idempotency-Key',
    quota: noQuota,
    breaker: {
      failures: 3,
      rate: 1,
      of: 10,
      atLeast: 10,
      withinMs: null,
      slowCallMs: null,
      slowRate: 1,
      cooldownMs: 2 * everyMs,
      cooldownMsMax: 30 * everyMs,
      probeTimeoutMs: 2 * timeoutMs,
    },
  }));
}

/** Every address is asked, whatever becomes of the others. */
async function probeAll({ service }: RunScope, urls: readonly string[]): Promise<{ healthy: number }> {
  const outcomes = await Promise.allSettled(
    urls.map(async (url, n) => {
      const response = await service(serviceName(n)).fetch(url);
      await response.body?.cancel();
    }),
  );
  const ill = outcomes.flatMap((outcome, n) =>
    outcome.status === 'rejected' ? [`${urls[n]}: ${(outcome.reason as Error).message}`] : [],
  );
  if (ill.length === 0) return { healthy: urls.length };
  throw new ClassifiedError({
    class: 'bug',
    code: 'UNHEALTHY',
    message: `${ill.length} of ${urls.length} addresses did not answer well. ${ill.join('; ')}`,
  });
}

function serviceName(n: number) {
  return `api-health-${n + 1}`;
}
