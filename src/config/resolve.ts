/**
 * From what a config file exports to what the service works with, or to everything that is wrong with it.
 */
import type { z } from 'zod';
import { alertSettings, channelConfigs } from './alert-schema.ts';
import { type Config, everyRun } from './config.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { engineConfig } from './engine-schema.ts';
import type { Environment } from './env.ts';
import { isTimeZone } from './fields.ts';
import { housekeepingConfig } from './housekeeping-schema.ts';
import { listenConfig } from './listen-schema.ts';
import { problemsOf } from './problems.ts';
import { promiseProblems } from './promises.ts';
import { referenceProblems } from './references.ts';
import { configSchema } from './schema.ts';
import { serviceConfig } from './service-schema.ts';
import { tokenConfig } from './token-schema.ts';

/**
 * @param folder the config's, from which relative paths are counted
 * @throws {ConfigError} with all problems at once
 */
export function resolveConfig(written: unknown, environment: Environment, folder = process.cwd()): Config {
  const result = schemaFor(environment, zoneOf(written)).safeParse(written, { reportInput: true });
  const promises = promiseProblems(written);
  const misread = problemsOf(result.error?.issues ?? []).filter(
    ({ path }) => !promises.some((each) => isWithin(path, each.path)),
  );
  const problems = [...promises, ...misread, ...referenceProblems(written)];
  if (!result.success || problems.length > 0) throw new ConfigError(problems.map((each) => withEngine(each, written)));
  return assemble(result.data, folder);
}

function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`);
}

/** With the engine's id, so that nobody has to count engines; not where that is what is wrong. */
function withEngine(problem: ConfigProblem, written: unknown): ConfigProblem {
  const [, place, setting] = /^engines\.(\d+)\.(\w+)/.exec(problem.path) ?? [];
  const { engines } = (written ?? {}) as { engines?: { id?: unknown }[] };
  const id = place === undefined || setting === 'id' ? undefined : engines?.[Number(place)]?.id;
  return typeof id === 'string' && /^[\w.-]{1,100}$/.test(id) ? { ...problem, of: id } : problem;
}

type Schema = ReturnType<typeof configSchema>;
type Parsed = z.output<Schema>;

/** The one used last: a simulation reads one config for each of its worlds, and making the schema takes longer than that. */
let last: { environment: Environment; zone: string; schema: Schema } | undefined;

function schemaFor(environment: Environment, zone: string): Schema {
  if (last?.environment !== environment || last.zone !== zone) {
    last = { environment, zone, schema: configSchema(environment, zone) };
  }
  return last.schema;
}

function assemble(parsed: Parsed, folder: string): Config {
  const { timeZone, supervision, builtIn, log } = parsed;
  const windows = new Map(Object.entries(parsed.windows));
  const named = Object.entries(parsed.services);
  const services = Object.fromEntries(named.filter(([, { fallback }]) => !fallback));
  const fallbacks = Object.fromEntries(named.filter(([, { fallback }]) => fallback));
  const limits = limitsOf(parsed);
  return {
    timeZone,
    windows,
    limits,
    engines: new Map(
      parsed.engines.map((engine) => [engine.id, engineConfig(engine, timeZone, windows, limits, folder)]),
    ),
    services: entries(services, serviceConfig),
    fallbacks: entries(fallbacks, (_, { fallback = [] }) => fallback),
    tokens: entries(parsed.tokens, tokenConfig),
    supervision: {
      intensity: { maxRestarts: supervision.maxRestarts, withinMs: supervision.withinPeriod },
      drainMs: supervision.drain,
      standstillMs: supervision.standstill,
    },
    log: {
      level: log.level,
      files: log.files === false ? null : { sizeBytes: log.files.size, keep: log.files.keep },
    },
    traces: parsed.traces,
    listen: parsed.listen ? listenConfig(parsed.listen, folder) : null,
    watchdog: parsed.watchdog ? { url: parsed.watchdog.url, everyMs: parsed.watchdog.every } : null,
    alerts: { channels: channelConfigs(parsed.alerts), settings: alertSettings(parsed.alerts, windows) },
    builtIn: {
      health: builtIn.health || null,
      resources:
        (builtIn.resources && {
          memoryBytes: builtIn.resources.memory,
          eventLoopDelayMs: builtIn.resources.eventLoopDelay,
          diskFreeBytes: builtIn.resources.disk,
        }) ||
        null,
      ...housekeepingConfig(builtIn, folder),
    },
  };
}

function limitsOf({ maxConcurrent, tags }: Pick<Parsed, 'maxConcurrent' | 'tags'>): Map<string, number> {
  const all = Object.entries({ [everyRun]: { maxConcurrent }, ...tags });
  return new Map(
    all.flatMap(([name, { maxConcurrent: limit }]) => (limit === undefined ? [] : [[name, limit] as const])),
  );
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
