/**
 * The config as a whole.
 */
import { z } from 'zod';
import { drainMsDefault } from '../policies/stop-length.ts';
import { alertsSchema } from './alert-schema.ts';
import { logLevels } from './definition.ts';
import { engineSchema } from './engine-schema.ts';
import type { Environment } from './env.ts';
import { section } from './field.ts';
import { count, duration, durationOrNone, name, oneOf, seconds, size, timeZone, yesOrNo } from './fields.ts';
import { housekeepingSchema } from './housekeeping-schema.ts';
import { listenSchema } from './listen-schema.ts';
import { secretUrl, url } from './private-field.ts';
import { serviceSchema } from './service-schema.ts';
import { tokenSchema } from './token-schema.ts';
import { windowSchema } from './window-schema.ts';

/**
 * @param environment where `env('NAME')` is looked up
 * @param zone the config's time zone, in which schedules are read
 */
export function configSchema(environment: Environment, zone: string) {
  return section(
    {
      timeZone: timeZone().default(zone),
      windows: named(windowSchema(zone)),
      tokens: named(tokenSchema(environment)),
      services: named(serviceSchema(environment, zone)),
      maxConcurrent: count(1).optional(),
      tags: named(section({ maxConcurrent: count(1).optional() })),
      engines: z.array(engineSchema(zone, environment), { error: 'an array of engine(id, { … })' }).default([]),
      alerts: alertsSchema(environment),
      listen: listenSchema().optional(),
      watchdog: section({ url: secretUrl(environment), every: duration().default(60_000) }).optional(),
      supervision: section({
        maxRestarts: count(0).default(3),
        withinPeriod: duration().default(60_000),
        drain: durationOrNone().default(drainMsDefault),
        standstill: seconds().default(10_000),
      }).prefault({}),
      log: section({ level: oneOf(logLevels).default('info'), files: logFiles() }).prefault({}),
      traces: yesOrNo().default(false),
      builtIn: section({
        health: health(environment),
        resources: resources(),
        ...housekeepingSchema(environment, zone),
      }).prefault({}),
    },
    'defineConfig({ … })',
  );
}

const named = <Entry extends z.ZodType>(entry: Entry) =>
  z.record(name(), entry, { error: 'an object with an entry for each name' }).default({});

function health(environment: Environment) {
  const urls = z.array(url(environment), { error: 'an array of URLs' }).default([]);
  return z.union([z.literal(false), section({ urls }, 'an object or false')]).prefault({});
}

function logFiles() {
  const limits = { size: size().default(50_000_000), keep: count(1).default(10) };
  return z.union([z.literal(false), section(limits, 'an object or false')]).prefault({});
}

/** What must be free on the disk, where the config does not say. */
export const diskFreeBytesDefault = 500_000_000;

function resources() {
  const limits = {
    memory: size().default(1_000_000_000),
    eventLoopDelay: duration().default(1_000),
    disk: size().default(diskFreeBytesDefault),
  };
  return z.union([z.literal(false), section(limits, 'an object or false')]).prefault({});
}
