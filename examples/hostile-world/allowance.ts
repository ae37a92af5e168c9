/**
 * Allowances: so many requests in a period, and a 429 after that until the period is over.
 */

export interface AllowanceOptions {
  limit: number;
  /** The length of a period. */
  periodMs: number;
  /** When the first period is over, epoch ms: midnight, for one that lasts a day. */
  resetsAt: number;
  /** What was used up before the world began. */
  spent?: number;
}

/** What is said of it with every answer. */
export interface Remaining {
  limit: number;
  remaining: number;
  resetsAt: number;
  allowed: boolean;
}

export class Allowance {
  readonly #limit: number;
  readonly #periodMs: number;
  #resetsAt: number;
  #spent: number;

  constructor({ limit, periodMs, resetsAt, spent = 0 }: AllowanceOptions) {
    this.#limit = limit;
    this.#periodMs = periodMs;
    this.#resetsAt = resetsAt;
    this.#spent = spent;
  }

  /** Counts one request, if there is room for it. @param at epoch ms */
  take(at: number): Remaining {
    while (at >= this.#resetsAt) {
      this.#resetsAt += this.#periodMs;
      this.#spent = 0;
    }
    const allowed = this.#spent < this.#limit;
    if (allowed) this.#spent += 1;
    return { limit: this.#limit, remaining: this.#limit - this.#spent, resetsAt: this.#resetsAt, allowed };
  }
}

/** Header fields in whole seconds, never too short. @see draft-ietf-httpapi-ratelimit-headers-03; RFC 9110, section 10.2.3 */
export function allowanceHeaders({ limit, remaining, resetsAt, allowed }: Remaining, at: number) {
  const seconds = String(Math.ceil((resetsAt - at) / 1000));
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': seconds,
    ...(!allowed && { 'retry-after': seconds }),
  };
}
