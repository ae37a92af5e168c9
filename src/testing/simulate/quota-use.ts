/**
 * How much of a quota is used in each of its periods.
 */
import type { ServiceConfig } from '../../config/config.ts';
import { nextMatch } from '../../policies/cron.ts';
import { median } from './quantile.ts';
import type { QuotaUse } from './report.ts';

export class QuotaMeter {
  readonly #quota: ServiceConfig['quota'];
  readonly #limit: number;
  readonly #shares: number[] = [];
  #used = 0;
  #endsAt: number;

  /** @param startAt when the first period begins, epoch ms */
  constructor(quota: ServiceConfig['quota'], limit: number, startAt: number) {
    this.#quota = quota;
    this.#limit = limit;
    this.#endsAt = this.#endAfter(startAt);
  }

  /** A call that the service took, or refused. @param at epoch ms */
  add(at: number): void {
    while (at >= this.#endsAt) {
      this.#shares.push(this.#used / this.#limit);
      this.#used = 0;
      this.#endsAt = this.#endAfter(this.#endsAt);
    }
    this.#used += 1;
  }

  /** The period that is under way counts as well. */
  use(): QuotaUse {
    const shares = [...this.#shares, this.#used / this.#limit].sort((one, other) => one - other);
    return { limit: this.#limit, per: this.#quota.per, usual: median(shares), most: shares.at(-1) ?? 0 };
  }

  #endAfter(at: number): number {
    const { resets, periodMs } = this.#quota;
    return (resets && nextMatch(resets.expression, resets.timeZone, at)) ?? at + periodMs;
  }
}
