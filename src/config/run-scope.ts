/**
 * What a job is given to work with: the argument of an engine's `run`, and what hangs on it.
 *
 * Types only. The names are a contract with everybody who has written an engine.
 */

/** What `run` receives. Once `signal` is aborted, steps and calls throw its reason. */
export interface RunScope<Output = unknown> {
  step: Step;
  /** A service of the config, guarded by its breaker, its token and its timeout. @throws for a name the config does not have */
  service(name: string): ServiceClient;
  /** What this engine's last successful run returned; null before the first. */
  lastGood: Output | null;
  /** Names this run. The same after a crash and for every attempt. */
  runId: string;
  /** The instant this run was due, in epoch milliseconds; for a triggered run, the instant of the trigger. */
  dueAt: number;
  log: RunLog;
  /** Aborted when the run's time is up, the attempt has failed, or the service stops. */
  signal: AbortSignal;
}

/**
 * Does one part of the run and keeps its result. Once that is on disk, `work` is not called again in this
 * run: after a crash or a retry the step returns what it returned.
 *
 * A result is JSON of at most 256 KB. A name may be used once in a run.
 */
export interface Step {
  <Result, Progress = unknown>(
    name: string,
    work: (scope: StepScope<Progress>) => Result | Promise<Result>,
    options: StepOptions & { whenDown: 'skip' },
  ): Promise<Result | undefined>;
  <Result, Progress = unknown>(
    name: string,
    work: (scope: StepScope<Progress>) => Result | Promise<Result>,
    options?: StepOptions,
  ): Promise<Result>;
}

export interface StepOptions {
  /** Longest that one attempt may take, as in `'90s'`; a number is milliseconds. Default: what is left of the run's. */
  timeout?: string | number;
  /** `'skip'`: when a service that the step calls is down, go on without it; the step returns undefined. Default: the run waits. */
  whenDown?: 'skip';
  /** The name of a window: while it is closed the run waits before this step, through restarts too. Default: at any time. */
  window?: string;
  /** What becomes of a step that a crash cut off in the middle. `'fail'` for what must never happen twice. Default `'retry'`. */
  onInterrupted?: OnInterrupted;
}

export type OnInterrupted = 'retry' | 'fail';

/** What the work of a step receives. `Progress` is the type of its checkpoints. */
export interface StepScope<Progress = unknown> {
  signal: AbortSignal;
  /** The same for every attempt of this step in this run. */
  idempotencyKey: string;
  /** Which attempt of the run this is; the first is 1. A crash cuts an attempt off, and the next start goes on with it. */
  attempt: number;
  /**
   * Keeps how far the step has come; resolves once that is on disk. Each one takes the place of the one before, and all go
   * when the step is finished or the run ends. JSON of at most 256 KB, without secrets of the config.
   */
  checkpoint(progress: Progress): Promise<void>;
  /** The latest checkpoint of an earlier attempt of this step in this run, or from before a crash; undefined without one. */
  resume: Progress | undefined;
}

export interface ServiceClient {
  /**
   * `fetch` with the service's token, timeout, breaker and idempotency key. Resolves with a response that is ok.
   *
   * @param path appended to the service's `url`, or a whole URL for a service without one
   * @param init as for `fetch`, or a function of the call that answers it: what it does is made anew for each service of a
   *   fallback
   * @throws an error that says how it was classified, for any other response and for none
   */
  fetch(path: string, init?: FetchInit): Promise<Response>;
  /** Guards a call through anything else, an SDK for instance, in the same way. */
  call<Result>(work: (call: CallScope) => Promise<Result>): Promise<Result>;
}

export type FetchInit = RequestInit | ((call: CallScope) => RequestInit);

/** What a guarded call receives. */
export interface CallScope {
  /** The service that is called: of a fallback, the one whose turn it is. */
  service: string;
  signal: AbortSignal;
  idempotencyKey: string;
  /** Headers that carry the service's token. Absent for a service without one. */
  authorization?: Record<string, string>;
}

/** Lines go to the service's log with the engine and the run on them. Facts first, then the event, as pino has it. */
export interface RunLog {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
}

export interface LogLine {
  (facts: object, message?: string): void;
  (message: string): void;
}
