/**
 * What happened, by kind. An outage counts once, however many calls it meets.
 */
import type { Injection } from '../world/chaos.ts';
import type { OutageFault } from './call-faults.ts';
import { faultKind } from './fault-kind.ts';
import type { Happened } from './report.ts';

export class FaultTally {
  readonly #happened = new Map<string, Happened>();
  readonly #outages = new Set<string>();

  add(injection: Injection): void {
    const fault = faultKind(injection.fault.name);
    const happened = this.#happened.get(fault) ?? { fault, times: 0, calls: 0 };
    this.#happened.set(fault, happened);
    if ('call' in injection) happened.calls += 1;
    if (this.#isNews(fault, injection)) happened.times += 1;
  }

  all(): Happened[] {
    return [...this.#happened.values()].sort(
      (one, other) => other.times - one.times || (one.fault < other.fault ? -1 : 1),
    );
  }

  #isNews(kind: string, injection: Injection): boolean {
    const { outage } = injection.fault as Partial<OutageFault>;
    if (!outage || !('call' in injection)) return true;
    const whose = kind === 'outage' ? injection.call.service : '';
    const key = `${kind} ${outage.number} ${whose}`;
    if (this.#outages.has(key)) return false;
    this.#outages.add(key);
    return true;
  }
}
