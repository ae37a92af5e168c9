/**
 * The configuration as the service works with it: every default filled in, every secret looked up, every
 * reference known to lead somewhere. Made by `loadConfig`.
 */
import type { RestartIntensity } from '../policies/restart-intensity.ts';
import type { Keep } from '../policies/retention.ts';
import type { BreakerSettings, EngineSettings, QuotaSettings, TokenSettings } from '../policies/settings.ts';
import type { Window } from '../policies/window.ts';
import type { AuthMethod, Importance, LogLevel } from './definition.ts';
import type { OutputSchema } from './output-schema.ts';
import type { RunScope } from './run-scope.ts';
import type { Secret } from './secret.ts';

export interface Config {
  timeZone: string;
  windows: ReadonlyMap<string, Window>;
  /** By id, in the order of the config file. */
  engines: ReadonlyMap<string, EngineConfig>;
  services: ReadonlyMap<string, ServiceConfig>;
  tokens: ReadonlyMap<string, TokenConfig>;
  supervision: { intensity: RestartIntensity; drainMs: number };
  log: { level: LogLevel };
  builtIn: BuiltInConfig;
}

export interface EngineConfig {
  id: string;
  settings: EngineSettings;
  importance: Importance;
  run(scope: RunScope): unknown;
  output?: OutputSchema;
  expect?: (output: never) => unknown;
  minOutput?: number;
}

export interface ServiceConfig {
  name: string;
  /** Without a slash at its end, a query or a fragment. */
  url?: string;
  /** The name of one of the config's tokens. */
  token?: string;
  timeoutMs: number;
  idempotencyHeader: string;
  breaker: BreakerSettings;
  quota: QuotaSettings;
}

export interface TokenConfig {
  name: string;
  settings: TokenSettings;
  source: TokenSource;
  /** The header that carries the token; the scheme stands before it with a space, null for none. */
  header: { name: string; scheme: string | null };
}

export type TokenSource =
  | (Client & { grant: 'refresh_token'; refreshToken: Secret })
  | (Client & { grant: 'client_credentials' })
  | { grant: 'static'; secret: Secret };

interface Client {
  tokenUrl: string;
  clientId: string;
  /** Present unless `authMethod` is `'none'`. */
  clientSecret?: Secret;
  authMethod: AuthMethod;
  scope?: string;
}

/** null: turned off. */
export interface BuiltInConfig {
  health: HealthConfig | null;
  resources: ResourcesConfig | null;
  backup: BackupConfig | null;
  logCleanup: LogCleanupConfig | null;
  dailyReport: { schedule: string } | null;
  updates: { schedule: string; network: boolean } | null;
}

export interface HealthConfig {
  /** Empty: the service's own. */
  urls: readonly string[];
}

export interface ResourcesConfig {
  memoryBytes: number;
  eventLoopDelayMs: number;
  /** Least free space of the data folder's disk. */
  diskFreeBytes: number;
}

/** Schedules are cron expressions, in the config's time zone; paths are as they were written. */
export interface BackupConfig {
  schedule: string;
  keep: Keep;
  /** null: in the data folder. */
  dir: string | null;
}

export interface LogCleanupConfig {
  schedule: string;
  keepLedgerMs: number;
  keepQuarantineMs: number;
  folders: readonly FolderConfig[];
}

export interface FolderConfig {
  path: string;
  match: string;
  olderThanMs: number;
}
