/**
 * Failures: what is left of an error when it is written down.
 *
 * A stored `Error` comes back as `{}`, so charts, records and logs hold this instead: plain JSON, short, and
 * without headers, bodies or credentials. Its class decides what an engine does about it.
 */
import { NightshiftError } from '../errors.ts';
import { withoutSecrets } from './without-secrets.ts';

/**
 * - `critical`: the token was refused; it is refreshed, and the same step tried again
 * - `recoverable`: it may well work later; the run waits and goes on
 * - `degraded`: the service is left alone at present
 * - `fatal`: this engine needs a person
 * - `shared`: everybody has this trouble; who met it waits, and one of them looks now and then whether it is over
 * - `bug`: anything else; the run failed
 */
export type FailureClass = (typeof failureClasses)[number];

export const failureClasses = ['critical', 'recoverable', 'degraded', 'fatal', 'shared', 'bug'] as const;

/** Plain JSON. */
export type Failure = {
  class: FailureClass;
  /**
   * What to branch on: a code of Node, undici or SQLite as it is (`ECONNRESET`), an OAuth error as it is
   * (`invalid_grant`), `HTTP_` and the status, one of ours (`TIMEOUT`), or else the name of the error. At most 100 characters.
   */
  code: string;
  /** At most 2,000 characters. */
  message: string;
  /** The status of the HTTP answer. */
  status?: number;
  /** What the service asks for, in whole milliseconds from the instant of the failure. */
  retryAfterMs?: number;
  /** The service refused the call because its quota is used up, and is not ill. */
  quotaSpent?: QuotaRefusal;
  /** When it is worth another look, epoch ms. */
  until?: number;
  /** Where the job's own code threw it, as in `/jobs/import.ts:36:9`. Bugs alone have it. */
  place?: string;
  service?: string;
  step?: string;
  /** How long that step had been at work, in whole milliseconds; absent for one that did not begin, as before its hours. */
  stepMs?: number;
  token?: string;
  /** The quota that lets no call through. */
  quota?: string;
  /** The limit on runs at once that is reached. */
  limit?: string;
  /** The window of the step that is closed; none when it is the engine's. */
  window?: string;
  /** What else would do, where several services stand behind one name; at most 10. */
  instead?: Obstacle[];
  /** The errors below it, from the outside in; at most 5. */
  causes?: Cause[];
};

/** What a service says is used up: what a length of time allows, which may be over soon (`rate`), or a whole day's (`period`). */
export type QuotaRefusal = (typeof quotaRefusals)[number];

export const quotaRefusals = ['rate', 'period'] as const;

/** Who stands in the way: the limit, the quota or the token when one is named, else the service's breaker. */
export type Obstacle = { service?: string; token?: string; quota?: string; limit?: string };

export type Cause = { code: string; message: string };

/** An error of ours that has its class already; {@link classify} takes the failure as it is. */
export class ClassifiedError extends NightshiftError {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    const plain = plainFailure(failure);
    super(plain.code, plain.message, options);
    this.failure = plain;
  }
}

const codeLengthMax = 100;
const nameLengthMax = 200;
const placeLengthMax = 500;
const messageLengthMax = 2000;
const causesMax = 5;
const insteadMax = 10;

/** What an effect failed with, by the event that tells of it. */
export function failureOf(event: { type: string }): Failure {
  const { error } = event as { error?: Failure };
  return error ?? { class: 'bug', code: 'UNKNOWN', message: `${event.type} came without a failure` };
}

/** The failure within its bounds, and nothing but what a failure has. */
export function plainFailure(failure: Failure): Failure {
  const { status, retryAfterMs, quotaSpent, until, place, step, stepMs, window, instead, causes } = failure;
  return {
    class: failure.class,
    code: short(failure.code, codeLengthMax),
    message: plainMessage(failure.message),
    ...(isCount(status) && { status }),
    ...(isCount(retryAfterMs) && { retryAfterMs: Math.ceil(retryAfterMs) }),
    ...(quotaSpent !== undefined && quotaRefusals.includes(quotaSpent) && { quotaSpent }),
    ...(isCount(until) && { until }),
    ...(typeof place === 'string' && { place: short(place, placeLengthMax) }),
    ...(typeof step === 'string' && { step: short(step, nameLengthMax) }),
    ...(isCount(stepMs) && { stepMs: Math.round(stepMs) }),
    ...(typeof window === 'string' && { window: short(window, nameLengthMax) }),
    ...plainObstacle(failure),
    ...(Array.isArray(instead) && instead.length > 0 && { instead: instead.slice(0, insteadMax).map(plainObstacle) }),
    ...(Array.isArray(causes) && causes.length > 0 && { causes: causes.slice(0, causesMax).map(plainCause) }),
  };
}

/** Whether a value has the shape of a failure. */
export function isFailure(value: unknown): value is Failure {
  if (typeof value !== 'object' || value === null) return false;
  const { class: name, code, message } = value as Partial<Failure>;
  return failureClasses.includes(name as FailureClass) && typeof code === 'string' && typeof message === 'string';
}

function plainObstacle({ service, token, quota, limit }: Obstacle): Obstacle {
  return {
    ...(typeof service === 'string' && { service: short(service, nameLengthMax) }),
    ...(typeof token === 'string' && { token: short(token, nameLengthMax) }),
    ...(typeof quota === 'string' && { quota: short(quota, nameLengthMax) }),
    ...(typeof limit === 'string' && { limit: short(limit, nameLengthMax) }),
  };
}

function plainCause({ code, message }: Cause): Cause {
  return { code: short(String(code), codeLengthMax), message: plainMessage(String(message)) };
}

function plainMessage(message: string): string {
  // Cut twice: the search for secrets stays cheap, and what it puts in their place stays within the bound.
  return short(withoutSecrets(short(message, 2 * messageLengthMax)), messageLengthMax);
}

function short(text: string, max: number): string {
  const whole = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return whole.toWellFormed();
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
