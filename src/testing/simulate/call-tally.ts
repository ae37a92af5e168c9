/**
 * Calls to the services of a config, and how much of their quotas they used. Of token servers and of those who take alerts
 * nothing is told.
 */
import type { Config } from '../../config/config.ts';
import type { Exchange } from '../world/network.ts';
import type { Offence } from '../world/service-model.ts';
import { QuotaMeter } from './quota-use.ts';
import type { CallCounts, ServiceReport } from './report.ts';

interface ServiceTally extends Omit<ServiceReport, 'quota'> {
  meter: QuotaMeter | null;
}

export class CallTally {
  readonly counts: CallCounts = { made: 0, wasted: 0, pastQuota: 0, expiredToken: 0 };
  readonly #services: ReadonlyMap<string, ServiceTally>;

  /** @param startAt when quotas begin to be used, epoch ms */
  constructor({ services }: Pick<Config, 'services'>, startAt: number) {
    this.#services = new Map(
      [...services.values()].map(({ name, quota }) => {
        const meter = quota.limit === null ? null : new QuotaMeter(quota, quota.limit, startAt);
        return [name, { service: name, calls: 0, failed: 0, wasted: 0, meter }];
      }),
    );
  }

  sent(service: string): void {
    const tally = this.#services.get(service);
    if (!tally) return;
    tally.calls += 1;
    this.counts.made += 1;
  }

  ended({ request, status, processedAt }: Exchange): void {
    const tally = this.#services.get(request.service);
    if (!tally) return;
    if (status === undefined || status >= 400) tally.failed += 1;
    if (processedAt !== undefined) tally.meter?.add(processedAt);
  }

  /** A call was made while whoever was called was down. @returns whether it counts */
  wasted(service: string): boolean {
    const tally = this.#services.get(service);
    if (!tally) return false;
    tally.wasted += 1;
    this.counts.wasted += 1;
    return true;
  }

  offence(offence: Offence): void {
    if (offence === 'past quota') this.counts.pastQuota += 1;
    else this.counts.expiredToken += 1;
  }

  /** Those that were called. */
  services(): ServiceReport[] {
    return [...this.#services.values()]
      .filter(({ calls }) => calls > 0)
      .map(({ meter, ...service }) => ({ ...service, quota: meter?.use() ?? null }))
      .sort((one, other) => (one.service < other.service ? -1 : 1));
  }
}
