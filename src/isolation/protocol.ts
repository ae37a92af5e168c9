/**
 * What the service and the process of an isolated run say to each other, over the channel that Node gives to a child.
 *
 * The service keeps all authority: it holds the steps, the breakers, the quotas and the tokens. The run's process has the job's own
 * code, and does the calls that the service has allowed. Work that the one offers to the other goes by a number.
 */
import type { StepOptions } from '../config/run-scope.ts';
import type { Json } from '../json.ts';
import type { Failure } from '../policies/failure.ts';

/** What a run is about. */
export interface Assignment {
  /** The config file, absolute. */
  config: string;
  engine: string;
  run: string;
  dueAt: number;
  lastGood: Json;
}

/** An error on its way. One that goes back to where it came from is the same object again there. */
export interface Thrown {
  failure: Failure;
  /** Its number where it was thrown. */
  id: number;
  /** It came from there: its number there. */
  origin?: number;
  /** It is not the one that came from there, but has that among its causes. */
  wrapped?: boolean;
}

export type Answer<T> = { value: T } | { thrown: Thrown };

/** What the process of the run may ask of the service. */
export interface ServiceSide {
  step(name: unknown, options: StepOptions, work: number): Promise<Answer<unknown>>;
  checkpoint(work: number, progress: Json): Promise<Answer<void>>;
  /** Asks for one call of a service to be guarded; the call itself is the work. */
  call(service: string, idempotencyKey: string, work: number): Promise<Answer<void>>;
  /** The headers of an answer, for what they say of a quota. */
  headers(work: number, headers: [string, string][]): void;
  /** What went wrong after the answer of a call had begun. */
  failedLate(work: number, thrown: Thrown): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', line: [object | string, string?]): void;
}

/** What the service may ask of the process of the run. */
export interface RunSide {
  run(assignment: Assignment): Promise<Answer<Json>>;
  /** Begins the work of a step. */
  step(work: number, scope: { idempotencyKey: string; attempt: number; resume: unknown }): Promise<Answer<Json>>;
  /** Makes a call that is allowed now. */
  call(
    work: number,
    call: { service: string; idempotencyKey: string; authorization?: Record<string, string> },
  ): Promise<Answer<void>>;
  /** Aborts one work; null for the run. */
  abort(work: number | null, thrown: Thrown): void;
}
