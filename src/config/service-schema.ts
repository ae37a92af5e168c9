/**
 * Services: what jobs depend on, each with its breaker.
 */
import type { z } from 'zod';
import type { BreakerSettings } from '../policies/settings.ts';
import type { ServiceConfig } from './config.ts';
import type { Environment } from './env.ts';
import { inOrder, type Mismatch, section, together } from './field.ts';
import { count, duration, headerName, share, text } from './fields.ts';
import { baseUrl } from './private-field.ts';

export function serviceSchema(environment: Environment) {
  return together(
    section({
      url: baseUrl(environment).optional(),
      token: text('the name of a token', 'Write one of the names under tokens.').optional(),
      timeout: duration().default(30_000),
      breaker: breakerSchema().prefault({}),
      idempotencyHeader: headerName().default('Idempotency-Key'),
    }),
    probeOutlastsCall,
  );
}

function breakerSchema() {
  const breaker = section({
    failures: count(1).default(3),
    rate: share().default(0.5),
    of: count(1).default(10),
    atLeast: count(1).optional(),
    slowCall: duration().optional(),
    slowRate: share().default(0.5),
    cooldown: duration().default(60_000),
    cooldownMax: duration().optional(),
    probeTimeout: duration().optional(),
  });
  return together(together(breaker, inOrder('atLeast', 'of')), inOrder('cooldown', 'cooldownMax', ' ms'));
}

type Parsed = z.output<ReturnType<typeof serviceSchema>>;

/** A probe that is given up while its call is still out would let a second one through beside it. */
function probeOutlastsCall({ timeout, breaker }: Readonly<Record<string, unknown>>): Mismatch | undefined {
  const probeTimeout = (breaker as Partial<Parsed['breaker']> | undefined)?.probeTimeout;
  const mismatch = inOrder('timeout', 'probeTimeout', ' ms')({ timeout, probeTimeout });
  return mismatch && { ...mismatch, path: ['breaker', 'probeTimeout'] };
}

export function serviceConfig(
  name: string,
  { url, token, timeout, idempotencyHeader, breaker }: Parsed,
): ServiceConfig {
  return {
    name,
    ...(url !== undefined && { url }),
    ...(token !== undefined && { token }),
    timeoutMs: timeout,
    idempotencyHeader,
    breaker: breakerSettings(breaker, timeout),
  };
}

function breakerSettings(breaker: Parsed['breaker'], timeoutMs: number): BreakerSettings {
  return {
    failures: breaker.failures,
    rate: breaker.rate,
    of: breaker.of,
    atLeast: breaker.atLeast ?? Math.min(5, breaker.of),
    slowCallMs: breaker.slowCall ?? null,
    slowRate: breaker.slowRate,
    cooldownMs: breaker.cooldown,
    cooldownMsMax: breaker.cooldownMax ?? Math.max(1_800_000, breaker.cooldown),
    probeTimeoutMs: breaker.probeTimeout ?? 2 * timeoutMs,
  };
}
