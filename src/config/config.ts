/**
 * The configuration as the service works with it: every default filled in, every secret looked up, every
 * reference known to lead somewhere. Made by `loadConfig`.
 */
import type { RestartIntensity } from '../policies/restart-intensity.ts';
import type { Keep } from '../policies/retention.ts';
import type {
  AlertSettings,
  BreakerSettings,
  EngineSettings,
  HeartbeatSettings,
  QuotaSettings,
  TokenSettings,
} from '../policies/settings.ts';
import type { Window } from '../policies/window.ts';
import type { AuthMethod, ExitMeaning, Importance, LogLevel, WebhookShape } from './definition.ts';
import type { OutputSchema } from './output-schema.ts';
import type { RunScope } from './run-scope.ts';
import type { Secret } from './secret.ts';

export interface Config {
  timeZone: string;
  windows: ReadonlyMap<string, Window>;
  /** By id, in the order of the config file. */
  engines: ReadonlyMap<string, EngineConfig>;
  /** How many runs may be under way at once: of a tag, by its name; of all engines of the config, under {@link everyRun}. */
  limits: ReadonlyMap<string, number>;
  services: ReadonlyMap<string, ServiceConfig>;
  /** The names of services that stand behind one name, the best first. */
  fallbacks: ReadonlyMap<string, readonly string[]>;
  tokens: ReadonlyMap<string, TokenConfig>;
  supervision: { intensity: RestartIntensity; drainMs: number; standstillMs: number };
  log: LogConfig;
  traces: boolean;
  alerts: { channels: ReadonlyMap<string, ChannelConfig>; settings: AlertSettings };
  /** Where other machines may ask, besides the loopback address; null for nowhere. */
  listen: ListenConfig | null;
  /** Where the outside is told that the service lives; null for nowhere. */
  watchdog: { url: Secret; everyMs: number } | null;
  builtIn: BuiltInConfig;
}

export interface LogConfig {
  level: LogLevel;
  /** null: there are no files. */
  files: LogFileLimits | null;
}

export interface LogFileLimits {
  sizeBytes: number;
  keep: number;
}

/** The limit that counts the runs of all engines. No tag can have that name. */
export const everyRun = '*';

export interface EngineConfig {
  id: string;
  settings: EngineSettings;
  importance: Importance;
  /** Absent for an engine without a schedule, and when it is turned off. */
  heartbeat?: HeartbeatSettings;
  /** Names of the limits under which it runs. Absent: none. */
  limits?: readonly string[];
  /** Longest that an attempt may go on without a sign of progress. Absent: as long as its timeout. */
  progressWithinMs?: number;
  /** The job itself; a command engine has a program instead. */
  run?(scope: RunScope): unknown;
  /** Its runs have a process of their own, which with all it has started may hold so much memory. Absent: they have not. */
  isolation?: { memoryBytes?: number };
  command?: CommandConfig;
  output?: OutputSchema;
  expect?: (output: never) => unknown;
  minOutput?: number;
}

/** An engine whose job is a function. */
export type FunctionEngine = EngineConfig & Required<Pick<EngineConfig, 'run'>>;

export interface CommandConfig {
  program: string;
  args: readonly string[];
  /** The program is a line for the shell. */
  shell: boolean;
  /** Absolute. */
  cwd: string;
  /** What it gets of its own; may hold secrets. */
  env: ReadonlyMap<string, string | Secret>;
  /** What it reads on its stdin. Absent: nothing. */
  stdin?: string;
  /** Names of what it gets of the service's environment. */
  inherit: readonly string[];
  /** What its exit codes mean; one that is not here is a bug. */
  exitCodes: ReadonlyMap<number, ExitMeaning>;
  /** Most memory that it and all it has started may hold. Absent: no limit. */
  memoryBytes?: number;
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
  heartbeat?: HeartbeatSettings;
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

/** How a person is told of troubles: of those that cannot wait (`now`), or of all. */
export type ChannelConfig = { name: string; severity: 'now' | 'canWait' } & (
  | WebhookConfig
  | MailConfig
  | { kind: 'command'; run: readonly string[] }
  | { kind: 'desktop' }
);

export interface WebhookConfig {
  kind: 'webhook';
  /** Whoever knows it may post there. */
  url: Secret;
  shape: WebhookShape;
}

export interface MailConfig {
  kind: 'mail';
  host: string;
  port: number;
  /** TLS from the beginning; else it is begun when the server offers it. */
  secure: boolean;
  user?: string;
  password?: Secret;
  from: string;
  to: string;
}

export interface ListenConfig {
  /** An IP address. */
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** Absolute paths to PEM files. */
  certFile: string;
  keyFile: string;
}

/** null: turned off. */
export interface BuiltInConfig {
  health: HealthConfig | null;
  resources: ResourcesConfig | null;
  backup: BackupConfig | null;
  logCleanup: LogCleanupConfig | null;
  logAnalysis: { schedule: string } | null;
  dailyReport: DailyReportConfig | null;
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
  /** What takes each copy elsewhere; null for nothing. */
  upload: UploadConfig | null;
}

/** `{file}` and `{name}` in its arguments stand for the copy's path and name. */
export interface UploadConfig extends CommandConfig {
  timeoutMs: number;
}

export interface LogCleanupConfig {
  schedule: string;
  keepLedgerMs: number;
  /** Of one engine. */
  ledgerEntriesMax: number;
  keepQuarantineMs: number;
  /** Of records of actors that the config has no more. */
  keepRemovedMs: number;
  folders: readonly FolderConfig[];
}

export interface DailyReportConfig {
  schedule: string;
  /** Channels under `alerts` that are sent what it says. */
  send: readonly string[];
}

export interface FolderConfig {
  path: string;
  match: string;
  olderThanMs: number;
}
