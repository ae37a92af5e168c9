/**
 * Services: what jobs depend on, each with its breaker.
 */
import { z } from 'zod';
import type { BreakerSettings, QuotaSettings } from '../policies/settings.ts';
import type { ServiceConfig } from './config.ts';
import { type QuotaPeriod, quotaPeriods } from './definition.ts';
import type { Environment } from './env.ts';
import { field, inOrder, type Mismatch, section, together } from './field.ts';
import { count, duration, headerName, isTimeZone, oneOf, share, text } from './fields.ts';
import { nearest } from './nearest.ts';
import { baseUrl } from './private-field.ts';

/** @param zone the config's time zone */
export function serviceSchema(environment: Environment, zone: string) {
  return together(
    section({
      url: baseUrl(environment).optional(),
      token: text('the name of a token', 'Write one of the names under tokens.').optional(),
      timeout: duration().default(30_000),
      breaker: breakerSchema().prefault({}),
      quota: quotaSchema(zone).optional(),
      heartbeat: section({ every: duration(), grace: duration().optional() }).optional(),
      idempotencyHeader: headerName().default('Idempotency-Key'),
      fallback: fallback().optional(),
    }),
    probeOutlastsCall,
  );
}

/** Several services behind one name; that it stands alone is checked with the references. */
function fallback() {
  const error = "an array of names of services such as ['groq', 'ollama']";
  const member = text('the name of a service', 'Write one of the names under services.');
  return z.array(member, { error }).min(1, { error });
}

function breakerSchema() {
  const breaker = section({
    failures: count(1).default(3),
    rate: share().default(0.5),
    of: count(1).optional(),
    within: duration().optional(),
    atLeast: count(1).optional(),
    slowCall: duration().optional(),
    slowRate: share().default(0.5),
    cooldown: duration().default(60_000),
    cooldownMax: duration().optional(),
    probeTimeout: duration().optional(),
  });
  const oneWindow = together(breaker, countsOrTime);
  const enough = together(oneWindow, ({ atLeast, of = ofDefault, within }) =>
    within === undefined ? inOrder('atLeast', 'of')({ atLeast, of }) : undefined,
  );
  return together(enough, inOrder('cooldown', 'cooldownMax', ' ms'));
}

const ofDefault = 10;

function countsOrTime({ of, within }: Readonly<Record<string, unknown>>): Mismatch | undefined {
  if (of === undefined || within === undefined) return undefined;
  return {
    path: ['within'],
    found: 'both of and within',
    expected: 'one of them: shares are taken over a number of calls or over a length of time',
    fix: 'Remove the other.',
  };
}

function quotaSchema(zone: string) {
  const quota = section({
    limit: count(1),
    per: oneOf(quotaPeriods),
    resets: timeOfReset(zone).optional(),
  });
  return together(quota, ({ per, resets }) =>
    resets === undefined || per === 'day' || typeof per !== 'string'
      ? undefined
      : {
          path: ['resets'],
          found: `a time of day for a quota per ${per}`,
          expected: 'none, for only a quota per day is filled up at one',
          fix: "Remove it, or write per: 'day'.",
        },
  );
}

const timeOfReset = (zone: string) =>
  field(
    { expected: 'a time of day', fix: "Write it as '00:00' or '00:00 America/Los_Angeles'." },
    (value, complain) => {
      const [, hour, minute, named] = /^([01]\d|2[0-3]):([0-5]\d)(?:\s+(\S+))?$/.exec(String(value)) ?? [];
      if (hour === undefined) return undefined;
      const timeZone = named ?? zone;
      if (isTimeZone(timeZone)) return { expression: `${Number(minute)} ${Number(hour)} * * *`, timeZone };
      const meant = nearest(timeZone, Intl.supportedValuesOf('timeZone'));
      return complain({
        expected: 'a time zone of the IANA database after the time',
        ...(meant !== undefined && { fix: `Did you mean '${meant}'?` }),
      });
    },
  );

type Parsed = z.output<ReturnType<typeof serviceSchema>>;

/** A probe that is given up while its call is still out would let a second one through beside it. */
function probeOutlastsCall({ timeout, breaker }: Readonly<Record<string, unknown>>): Mismatch | undefined {
  const probeTimeout = (breaker as Partial<Parsed['breaker']> | undefined)?.probeTimeout;
  const mismatch = inOrder('timeout', 'probeTimeout', ' ms')({ timeout, probeTimeout });
  return mismatch && { ...mismatch, path: ['breaker', 'probeTimeout'] };
}

export function serviceConfig(
  name: string,
  { url, token, timeout, idempotencyHeader, breaker, quota, heartbeat }: Parsed,
): ServiceConfig {
  return {
    name,
    ...(url !== undefined && { url }),
    ...(token !== undefined && { token }),
    timeoutMs: timeout,
    idempotencyHeader,
    breaker: breakerSettings(breaker, timeout),
    quota: quotaSettings(quota),
    ...(heartbeat && {
      heartbeat: {
        schedule: { kind: 'every', everyMs: heartbeat.every, offsetMs: 0 },
        window: null,
        graceMs: heartbeat.grace ?? heartbeat.every,
      },
    }),
  };
}

const periodMs = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const satisfies Record<
  QuotaPeriod,
  number
>;

/** Only what a service says of its own quota counts. */
export const noQuota: QuotaSettings = { limit: null, per: 'day', periodMs: periodMs.day, resets: null };

function quotaSettings(quota: Parsed['quota']): QuotaSettings {
  if (!quota) return noQuota;
  return { limit: quota.limit, per: quota.per, periodMs: periodMs[quota.per], resets: quota.resets ?? null };
}

function breakerSettings(breaker: Parsed['breaker'], timeoutMs: number): BreakerSettings {
  return {
    failures: breaker.failures,
    rate: breaker.rate,
    of: breaker.of ?? ofDefault,
    atLeast: breaker.atLeast ?? Math.min(5, breaker.of ?? ofDefault),
    withinMs: breaker.within ?? null,
    slowCallMs: breaker.slowCall ?? null,
    slowRate: breaker.slowRate,
    cooldownMs: breaker.cooldown,
    cooldownMsMax: breaker.cooldownMax ?? Math.max(1_800_000, breaker.cooldown),
    probeTimeoutMs: breaker.probeTimeout ?? 2 * timeoutMs,
  };
}
