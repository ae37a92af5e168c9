/**
 * From what a config file exports to what the service works with, or to everything that is wrong with it.
 */
import type { z } from 'zod';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { engineConfig } from './engine-schema.ts';
import type { Environment } from './env.ts';
import { isTimeZone } from './fields.ts';
import { housekeepingConfig } from './housekeeping-schema.ts';
import { problemsOf } from './problems.ts';
import { referenceProblems } from './references.ts';
import { configSchema } from './schema.ts';
import { serviceConfig } from './service-schema.ts';
import { tokenConfig } from './token-schema.ts';

/** @throws {ConfigError} with all problems at once */
export function resolveConfig(written: unknown, environment: Environment): Config {
  const result = configSchema(environment, zoneOf(written)).safeParse(written, { reportInput: true });
  const problems = [...problemsOf(result.error?.issues ?? []), ...referenceProblems(written)];
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  return assemble(result.data);
}

function assemble(parsed: z.output<ReturnType<typeof configSchema>>): Config {
  const { timeZone, supervision, builtIn } = parsed;
  const windows = new Map(Object.entries(parsed.windows));
  return {
    timeZone,
    windows,
    engines: new Map(parsed.engines.map((engine) => [engine.id, engineConfig(engine, timeZone, windows)])),
    services: entries(parsed.services, serviceConfig),
    tokens: entries(parsed.tokens, tokenConfig),
    supervision: {
      intensity: { maxRestarts: supervision.maxRestarts, withinMs: supervision.withinPeriod },
      drainMs: supervision.drain,
    },
    log: parsed.log,
    builtIn: {
      health: builtIn.health || null,
      resources:
        (builtIn.resources && {
          memoryBytes: builtIn.resources.memory,
          eventLoopDelayMs: builtIn.resources.eventLoopDelay,
          diskFreeBytes: builtIn.resources.disk,
        }) ||
        null,
      ...housekeepingConfig(builtIn),
    },
  };
}

function entries<Parsed, Resolved>(
  record: Readonly<Record<string, Parsed>>,
  resolve: (name: string, parsed: Parsed) => Resolved,
): Map<string, Resolved> {
  return new Map(Object.entries(record).map(([name, parsed]) => [name, resolve(name, parsed)]));
}

/** The time zone that schedules are to be read in: the machine's, when the config's is missing or wrong. */
function zoneOf(written: unknown): string {
  const zone = (written as { timeZone?: unknown } | null | undefined)?.timeZone;
  return isTimeZone(zone) ? zone : Intl.DateTimeFormat().resolvedOptions().timeZone;
}
