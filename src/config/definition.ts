/**
 * What a person writes in the config file.
 *
 * Lengths of time are texts such as `'30s'`, `'5m'` or `'1h30m'`, or numbers of milliseconds; sizes are
 * texts such as `'512MB'` (powers of 1,000) and `'512MiB'` (of 1,024), or numbers of bytes.
 */
import type { Text } from './env.ts';
import type {
  BackupDefinition,
  DailyReportDefinition,
  LogCleanupDefinition,
  UpdatesDefinition,
} from './housekeeping-definition.ts';
import type { InputOf, OutputOf, OutputSchema } from './output-schema.ts';
import type { RunScope } from './run-scope.ts';

export type Duration = string | number;
export type Size = string | number;

export interface ConfigDefinition {
  /** In which schedules and windows are read, as in `'Europe/Berlin'`. Default: the machine's. */
  timeZone?: string;
  windows?: Record<string, WindowDefinition>;
  tokens?: Record<string, TokenDefinition>;
  services?: Record<string, ServiceDefinition>;
  engines?: readonly EngineDefinition[];
  supervision?: SupervisionDefinition;
  log?: { level?: LogLevel };
  builtIn?: BuiltInDefinition;
}

/** Default `'info'`. */
export type LogLevel = (typeof logLevels)[number];

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Hours in which something may be done. */
export interface WindowDefinition {
  /** As in `'09:00'`. */
  from: string;
  /** As in `'22:00'`, up to `'24:00'`; at or before `from`, it is on the next day. */
  to: string;
  /** On which days it begins. Default: every day. */
  days?: readonly Day[];
  /** Default: the config's. */
  timeZone?: string;
  /**
   * Dates on which it is closed all day: `'2026-12-24'`, `'12-25'` for every year, `'2026-12-24/2027-01-02'` or `'12-24/01-02'` for
   * a range, both ends included.
   */
  except?: readonly string[];
}

export type Day = (typeof days)[number];

/** In the order in which a `Window` counts them. */
export const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Made by `oauth2`, `clientCredentials`, `bearer` or `apiKey`. */
export type TokenDefinition =
  | ({ grant: 'refresh_token' } & RefreshGrant)
  | ({ grant: 'client_credentials' } & ClientGrant)
  | { grant: 'static'; secret: Text; header: string; scheme: string | null };

export interface RefreshGrant {
  /** The authorization server's token endpoint. */
  tokenUrl: Text;
  clientId: Text;
  /** Absent for a public client. */
  clientSecret?: Text;
  /** The one to begin with; when the server hands out another, that one is kept and used. */
  refreshToken: Text;
  scope?: string;
  /** How long before its expiry a token is refreshed, at most half its lifetime. Default `'5m'`. */
  refreshBefore?: Duration;
  /** How the client proves who it is. Default `'client_secret_basic'`, and `'none'` without a client secret. */
  authMethod?: AuthMethod;
}

export interface ClientGrant extends Omit<RefreshGrant, 'refreshToken' | 'clientSecret'> {
  clientSecret: Text;
}

export type AuthMethod = (typeof authMethods)[number];

export const authMethods = ['client_secret_basic', 'client_secret_post', 'none'] as const;

/** Something that jobs depend on. Every service has a breaker. */
export interface ServiceDefinition {
  /** What the paths of calls are appended to. */
  url?: Text;
  /** The name of a token. */
  token?: string;
  /** Longest that one call may take. Default `'30s'`. */
  timeout?: Duration;
  breaker?: BreakerDefinition;
  quota?: QuotaDefinition;
  /** The request header that carries the idempotency key. Default `'Idempotency-Key'`. */
  idempotencyHeader?: string;
}

/** How many calls a service allows. All engines share it. */
export interface QuotaDefinition {
  /** Calls within a period. */
  limit: number;
  per: QuotaPeriod;
  /**
   * For a quota per day: the time of day at which it is filled up again, as in `'00:00'` or `'00:00 America/Los_Angeles'`; the
   * time zone is the config's unless it is named. Default: any 24 hours count.
   */
  resets?: string;
}

export type QuotaPeriod = (typeof quotaPeriods)[number];

export const quotaPeriods = ['second', 'minute', 'hour', 'day'] as const;

/** When calls are stopped, and for how long. */
export interface BreakerDefinition {
  /** Failures in a row that open it. Default 3. */
  failures?: number;
  /** Share of failures among the latest calls that opens it, above 0 and at most 1. Default 0.5. */
  rate?: number;
  /** How many of the latest calls shares are taken over. Default 10. */
  of?: number;
  /** Calls seen before a share counts. Default 5. */
  atLeast?: number;
  /** A call that takes longer is slow. Default: no call is. */
  slowCall?: Duration;
  /** Share of slow calls that opens it. Default 0.5. */
  slowRate?: number;
  /** Wait before the first probe; it grows with each one that fails. Default `'1m'`. */
  cooldown?: Duration;
  /** Longest wait before a probe. Default `'30m'`. */
  cooldownMax?: Duration;
  /** When a probe counts as lost. Default: twice the service's timeout. */
  probeTimeout?: Duration;
}

/** A job with a schedule, as `engine()` makes it. */
export interface EngineDefinition extends EngineTiming {
  id: string;
  output?: OutputSchema;
  expect?: (output: never) => unknown;
  run(scope: RunScope<never>): unknown;
}

/** What `engine()` takes. `Schema` is the type of `output`, from which `run` has its types. */
export interface EngineOptions<Schema extends OutputSchema | undefined> extends EngineTiming {
  /** What a run must have produced to be a success. Default: anything. */
  output?: Schema;
  /**
   * Looks at what a run has produced. False, or a text that says what is wrong, makes the run a failure; so does throwing.
   * Default: anything is well.
   */
  expect?: (output: OutputOf<Schema>) => ExpectAnswer | Promise<ExpectAnswer>;
  /** Does the job. What it returns is the run's output and must be JSON. */
  run(scope: RunScope<OutputOf<Schema>>): InputOf<Schema> | Promise<InputOf<Schema>>;
}

/** What `expect` may answer. */
export type ExpectAnswer = boolean | string | undefined;

/** An engine with neither `schedule` nor `every` runs only when it is triggered. */
export interface EngineTiming {
  /** A cron expression, as in `'0 3 * * *'`. Not together with `every`. */
  schedule?: string;
  /** The time from one due time to the next. Not together with `schedule`. */
  every?: Duration;
  /** Moves every due time by the same length, drawn once for the engine from zero to this. Default 0. */
  jitter?: Duration;
  /** The name of a window; outside it no run starts. */
  window?: string;
  retry?: RetryDefinition;
  /** Rest after a run. Default 0. */
  cooldown?: Duration;
  /** Longest that one attempt of a run may take. Default `'1h'`. */
  timeout?: Duration;
  /** A run that begins later than this after its due time is late. Default `'1m'`. */
  grace?: Duration;
  /**
   * What becomes of due times that nobody could serve: one run makes up for all of them (`once`), each gets a run of its own
   * (`all`), or those older than `grace` are missed (`skip`). Default `'once'`.
   */
  catchUp?: CatchUp;
  /** How long after a due time it is made up for; after that it is missed. Default: always. Not with `catchUp: 'skip'`. */
  catchUpWithin?: Duration;
  /**
   * What becomes of a due time that comes while a run is under way: nothing (`skip`), a run once that one has ended (`queue`),
   * or a run at once, for which that one is stopped (`cancel`). Default `'skip'`; `'queue'` with `catchUp: 'all'`.
   */
  overlap?: Overlap;
  /** Failed runs in a row after which the engine halts. Default 5. */
  maxFailures?: number;
  /**
   * The least that a run must have produced: items of a list, entries of an object, characters of a text, or the number itself.
   * Default: nothing is enough.
   */
  minOutput?: number;
  /** Who goes first when many want to start at once. Default `'normal'`. */
  importance?: Importance;
}

export type CatchUp = (typeof catchUps)[number];

export const catchUps = ['once', 'all', 'skip'] as const;

export type Overlap = (typeof overlaps)[number];

export const overlaps = ['skip', 'queue', 'cancel'] as const;

export type Importance = (typeof importances)[number];

export const importances = ['high', 'normal', 'low'] as const;

/** What a run does about a failure that may pass. */
export interface RetryDefinition {
  /** Wait after the first attempt; it doubles with each one. Default `'1s'`. */
  base?: Duration;
  /** Longest wait, before jitter. Default `'15m'`. */
  cap?: Duration;
  /** Attempts in all, the first one included. Default 5. */
  tries?: number;
  /** How chance spreads the waits. Default `'partial'`: up to half as much again. */
  jitter?: RetryJitter;
}

export type RetryJitter = (typeof retryJitters)[number];

export const retryJitters = ['partial', 'full', 'equal', 'decorrelated', 'none'] as const;

/** What is done about a thing that crashes again and again, and at the end. */
export interface SupervisionDefinition {
  /** Crashes within the period that are borne; one more halts what crashed. Default 3. */
  maxRestarts?: number;
  /** Default `'1m'`. */
  withinPeriod?: Duration;
  /** What running steps get to finish when the service is told to stop. Default `'30s'`. */
  drain?: Duration;
}

/** The engines that come with the service. */
export interface BuiltInDefinition {
  /** `api-health`: looks whether addresses answer. false turns it off. */
  health?: { urls?: readonly Text[] } | false;
  /** `resources`: looks after memory, event loop and disk. false turns it off. */
  resources?: ResourceLimits | false;
  /** `backup`: copies the store every night. false turns it off. */
  backup?: BackupDefinition | false;
  /** `log-cleanup`: removes what is old every night. false turns it off. */
  logCleanup?: LogCleanupDefinition | false;
  /** `daily-report`: says every morning what the day was like. false turns it off. */
  dailyReport?: DailyReportDefinition | false;
  /** `updates`: looks every week whether Node and the packages are up to date. false turns it off. */
  updates?: UpdatesDefinition | false;
}

export interface ResourceLimits {
  /** Most memory that the process may hold. Default `'1GB'`. */
  memory?: Size;
  /** Longest that the event loop may be blocked. Default `'1s'`. */
  eventLoopDelay?: Duration;
  /** Least free space on the disk of the data folder. Default `'500MB'`. */
  disk?: Size;
}
