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
  LogAnalysisDefinition,
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
  services?: Record<string, ServiceDefinition | FallbackDefinition>;
  /** How many runs may be under way at once; more wait. The built-in engines do not count. Default: as many as are due. */
  maxConcurrent?: number;
  /** Names under which engines share a limit of their own. */
  tags?: Record<string, TagDefinition>;
  engines?: readonly EngineDefinition[];
  alerts?: AlertsDefinition;
  /**
   * Where the page and the interface answer other machines: over TLS, and only who has brought the operator's token. Default: nowhere; this
   * machine itself is always answered, on 127.0.0.1.
   */
  listen?: ListenDefinition;
  watchdog?: WatchdogDefinition;
  supervision?: SupervisionDefinition;
  log?: LogDefinition;
  /**
   * Gives OpenTelemetry a trace of each run, with a span of each step, through the package `@opentelemetry/api`; where they go is up to the SDK
   * that you register. Default: false.
   */
  traces?: boolean;
  builtIn?: BuiltInDefinition;
}

export interface ListenDefinition {
  /** An IP address of this machine; `'0.0.0.0'` for all of them, `'::'` for IPv6 as well. */
  host: string;
  /** Default 4443. */
  port?: number;
  /**
   * PEM files, relative to the config. The certificate, with those that lead to its root after it, names the hosts by which the service may be called. They
   * are read again when they change.
   */
  tls: { cert: string; key: string };
}

export interface TagDefinition {
  /** How many runs of its engines may be under way at once. Default: as many as are due. */
  maxConcurrent?: number;
}

export interface LogDefinition {
  /** Default `'info'`. */
  level?: LogLevel;
  /** Files in the data folder that hold the same lines as stdout. false: there are none. */
  files?: false | LogFilesDefinition;
}

export interface LogFilesDefinition {
  /** How large a file gets before the next one is begun; a number is bytes. Default `'50MB'`. */
  size?: string | number;
  /** How many of them stay. Default 10. */
  keep?: number;
}

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

/** One service under several names: the first of them that may be called is, and the next when that fails. */
export interface FallbackDefinition {
  /** Names of services, the best first. */
  fallback: readonly string[];
}

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
  /** How often some call should be answered; without one for that long, and a grace as long, it is missing. Default: it is not watched. */
  heartbeat?: { every: Duration; grace?: Duration };
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
  /** How many of the latest calls shares are taken over. Default 10. Not together with `within`. */
  of?: number;
  /** The length of time over whose calls shares are taken, instead of over a number of calls. */
  within?: Duration;
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

/** A job with a schedule, as `engine()` or `command()` makes it. */
export interface EngineDefinition extends EngineTiming {
  id: string;
  output?: OutputSchema;
  expect?: (output: never) => unknown;
  run?(scope: RunScope<never>): unknown;
  isolate?: Isolate;
  memory?: Size;
  command?: CommandDefinition;
}

/** What `command()` takes: any program as a job. */
export interface CommandOptions extends EngineTiming, Omit<CommandDefinition, 'run'> {
  /** The program and its arguments, as in `['python3', 'import.py']`. No shell is involved; with `shell: true`, one line for it. */
  run: readonly string[] | string;
  /** What a run must have produced to be a success. Default: anything. */
  output?: OutputSchema;
  /** As for `engine()`. */
  expect?: (output: never) => ExpectAnswer | Promise<ExpectAnswer>;
}

export interface CommandDefinition {
  run: readonly string[] | string;
  /** `run` is one line for `/bin/sh`. Default false. */
  shell?: boolean;
  /** The working folder, counted from the config's. Default: the config's. */
  cwd?: string;
  /** What its environment gets beside what is inherited. */
  env?: Record<string, Text>;
  /** What it reads on its stdin. Default: nothing. */
  stdin?: string;
  /** Names of what it inherits of the service's environment. Default: PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_ALL, TZ, TMPDIR. */
  inherit?: readonly string[];
  /** What exit codes mean; `other`, any that is not named. Default: 0 success, 75 recoverable, 69 degraded, 77 critical, and any other a bug. */
  exitCodes?: { [code: number]: ExitMeaning; other?: ExitMeaning };
  /** Most memory that it and all it has started may hold. Default: no limit. */
  memory?: Size;
}

export type ExitMeaning = (typeof exitMeanings)[number];

export const exitMeanings = ['success', 'recoverable', 'degraded', 'critical', 'fatal', 'bug'] as const;

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
  /**
   * `'process'`: each attempt runs in a process of its own, so that a leak, an endless loop or a native crash costs that attempt
   * alone. Default: in the service's.
   */
  isolate?: Isolate;
  /** Most memory that an isolated run and all it has started may hold. Only with `isolate`. Default: no limit. */
  memory?: Size;
}

export type Isolate = (typeof isolates)[number];

export const isolates = ['process'] as const;

/** What `expect` may answer. */
export type ExpectAnswer = boolean | string | undefined;

/** An engine with none of `schedule`, `every` and `after` runs only when it is triggered. */
export interface EngineTiming {
  /**
   * A cron expression, as in `'0 3 * * *'`, or several, each of which is due by itself; or `'@reboot'`, due after each start of the
   * machine. Not together with `every`.
   */
  schedule?: string | readonly string[];
  /** In which `schedule` is read. Default: the config's. */
  timeZone?: string;
  /** The time from one due time to the next. Not together with `schedule`. */
  every?: Duration;
  /** The id of another engine: due whenever a run of that one has succeeded. Not together with `schedule` or `every`. */
  after?: string;
  /** Names of the config's tags, under whose limits it runs. */
  tags?: readonly string[];
  /** Moves due times by a length from zero to this. Default 0. */
  jitter?: Duration;
  /** Whether the jitter is drawn once for the engine, or afresh for each due time. Default `'engine'`. */
  jitterPer?: JitterPer;
  /** The name of a window; outside it no run begins or goes on, unless somebody triggers it then. */
  window?: string;
  retry?: RetryDefinition;
  /** Rest after a run. Default 0. */
  cooldown?: Duration;
  /** Longest that one attempt of a run may take. Default `'1h'`. */
  timeout?: Duration;
  /** How long after its due time a run may begin, when a window or a limit makes it wait; after that it is missed. Default: always. */
  startWithin?: Duration;
  /** Longest that a run may take from its beginning, all attempts and waits included. Default: no limit. */
  endWithin?: Duration;
  /**
   * Longest that an attempt may go on without a sign of progress: a step that ends, a checkpoint, a call that is answered, a line
   * in the log. Default: its timeout.
   */
  progressWithin?: Duration;
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
   * or a run at once, for which that one is stopped (`cancel`; not with `after`). Default `'skip'`; `'queue'` with
   * `catchUp: 'all'` or `after`.
   */
  overlap?: Overlap;
  /** Runs that failed by the engine's own fault, without a success between them, after which it halts. Default 5. */
  maxFailures?: number;
  /**
   * The least that a run must have produced: items of a list, entries of an object, characters of a text, or the number itself.
   * Default: nothing is enough.
   */
  minOutput?: number;
  /** When it counts as missing; false to turn that off. Default: as its schedule says. */
  heartbeat?: HeartbeatDefinition | false;
  /** Who goes first when many want to start at once. Default `'normal'`. */
  importance?: Importance;
}

export type JitterPer = (typeof jitterPers)[number];

export const jitterPers = ['engine', 'run'] as const;

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
  /** How long a job may hold up the event loop, and with it everybody, before it is ended. Default `'10s'`, at least `'1s'`. */
  standstill?: Duration;
}

/** An address outside of this machine that expects to hear of the service, and calls somebody when it does not. */
export interface WatchdogDefinition {
  /** As Healthchecks has it: it gets `/start`, itself, and `/fail`. */
  url: Text;
  /** How often. Default `'1m'`. */
  every?: Duration;
}

/** When a job counts as missing. */
export interface HeartbeatDefinition {
  /** How long after it was due. Default: one more interval for jobs that run hourly or more often, `'1h'` for rarer ones. */
  grace?: Duration;
}

/** Who is told of troubles, and when. Without a channel, they stand in the log, in `status` and in `nightshift incidents`. */
export interface AlertsDefinition {
  /** By name; made by `webhook`, `mail`, `notifyCommand` or `desktop`. */
  channels?: Record<string, ChannelDefinition>;
  /** What may heal by itself has this long to do so before anybody is told. Default `'5m'`. */
  after?: Duration;
  /** The name of a window in which what can wait is held back. Default: none. */
  quietHours?: string;
  /** Waits before each reminder; the last one is repeated. Default `['1h', '4h', '12h', '24h']`. */
  remind?: readonly Duration[];
}

export type ChannelDefinition = { severity?: Severity } & (
  | ({ kind: 'webhook' } & WebhookDefinition)
  | ({ kind: 'mail' } & MailDefinition)
  | { kind: 'command'; run: readonly string[] }
  | { kind: 'desktop' }
);

/** Of which troubles a channel hears: of those that cannot wait (`now`), or of all. Default: of all. */
export type Severity = (typeof severities)[number];

export const severities = ['now', 'canWait'] as const;

export interface WebhookDefinition {
  url: Text;
  /** What the receiver expects. Default `'json'`. */
  shape?: WebhookShape;
  severity?: Severity;
}

export type WebhookShape = (typeof webhookShapes)[number];

export const webhookShapes = ['json', 'slack', 'discord', 'ntfy'] as const;

/** A mail server that takes mail for the receiver, by SMTP. */
export interface MailDefinition {
  host: Text;
  /** Default 587, or 465 with `secure`. */
  port?: number;
  /** TLS from the beginning. Default false: TLS is begun when the server offers it. */
  secure?: boolean;
  user?: Text;
  password?: Text;
  from: Text;
  to: Text;
  severity?: Severity;
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
  /** `log-analysis`: says every morning which errors are new, grow or are gone. false turns it off. */
  logAnalysis?: LogAnalysisDefinition | false;
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
