/**
 * What each kind of actor is told by the configuration: plain JSON, all defaults filled in, lengths in
 * milliseconds. It is part of the actor's record, so that a changed setting is noticed at a restart.
 *
 * No secret is ever in here. A token's grant is known by its fingerprint alone.
 */
import type { BackoffPolicy } from './backoff.ts';
import type { Schedule } from './schedule.ts';
import type { Window } from './window.ts';

export type EngineSettings = {
  /** When runs are due; null for an engine that runs only when it is triggered. */
  schedule: Schedule | null;
  /** Hours in which runs may begin and go on; null for at any time. */
  window: Window | null;
  /** The name under which the configuration knows the window. */
  windowName: string | null;
  /** The hours that its steps may ask for, by name. Absent: there are none. */
  windows?: Record<string, Window>;
  retry: BackoffPolicy;
  /** Rest after each run, whatever became of it. Default 0. */
  cooldownMs: number;
  /** Longest that one attempt of a run may take. Default 3,600,000. */
  timeoutMs: number;
  /** A run that starts longer than this after its due time is late. Default 60,000. */
  graceMs: number;
  /** What becomes of several due times that have passed: one run for all of them, or one for each. Default `once`. */
  catchUp: 'once' | 'all';
  /** A due time older than this is missed instead of made up for; null for never. Default null. */
  catchUpWithinMs: number | null;
  /** What becomes of a due time that comes while a run is under way. Default `skip`. */
  overlap: 'skip' | 'queue' | 'cancel';
  /** Runs that failed by the engine's own fault, without a success between them, after which it halts. Default 5. */
  maxFailures: number;
  /** The engine whose successes make this one due; or `@reboot`, for each start of the machine. */
  after?: string;
  /** A run that could not begin within this after its due time is missed. Absent: it waits for ever. */
  startWithinMs?: number;
  /** Longest that a run may take from its beginning, its waits included. Absent: there is no limit. */
  endWithinMs?: number;
};

export type BreakerSettings = {
  /** Failures in a row that open it. Default 3. */
  failures: number;
  /** Share of failed calls, in (0, 1], that opens it. Default 0.5. */
  rate: number;
  /** How many of the latest calls the shares are taken over, unless `withinMs` says otherwise. Default 10. */
  of: number;
  /** The shares are taken over the calls of this length of time; null for over `of` calls. Default null. */
  withinMs: number | null;
  /** Calls seen before a share counts. Default 5. */
  atLeast: number;
  /** A call that takes longer is slow; null when slowness does not count. Default null. */
  slowCallMs: number | null;
  /** Share of slow calls, in (0, 1], that opens it. Default 0.5. */
  slowRate: number;
  /** First wait before a probe. Default 60,000. */
  cooldownMs: number;
  /** What the wait grows to with each failed probe. Default 1,800,000. */
  cooldownMsMax: number;
  /** After this long without an outcome a probe counts as lost. Default: twice the service's timeout. */
  probeTimeoutMs: number;
};

export type QuotaSettings = {
  /** Calls within a period; null when only the service's own answers count. Default null. */
  limit: number | null;
  per: 'second' | 'minute' | 'hour' | 'day';
  periodMs: number;
  /** The time of day at which it is filled up again; null for a window that slides. */
  resets: { expression: string; timeZone: string } | null;
};

export type TokenSettings = {
  grant: 'refresh_token' | 'client_credentials' | 'static';
  /** How long before its expiry a token is refreshed. Default 300,000; 0 for a static one. */
  refreshBeforeMs: number;
  retry: BackoffPolicy;
  /** Changes exactly when the configured grant does: see `fingerprint` in `src/config`. */
  fingerprint: string;
};

/** When and how often a person hears of a trouble. */
export type AlertSettings = {
  /** What may heal by itself has this long to do so before anybody is told. Default 300,000. */
  afterMs: number;
  /** Hours in which what can wait is held back; null for none. Default null. */
  quiet: Window | null;
  /** Waits before each reminder; the last one is repeated. At least one. Default 1 h, 4 h, 12 h, 24 h. */
  remindMs: number[];
};

/** When beats of a job are due. */
export type HeartbeatSettings = {
  schedule: Schedule;
  /** Hours in which it beats; null for at any time. */
  window: Window | null;
  /** How long after a beat was due it is missing. */
  graceMs: number;
};
