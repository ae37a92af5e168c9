/**
 * What is the case at present, as metrics have it: how many actors stand where, how much of each quota is used.
 */
import type { Host } from '../actors/host.ts';
import type { QuotaContext } from '../machines/quota.ts';
import { leftOf } from '../policies/budget.ts';
import { stateName } from '../policies/state-name.ts';
import type { Present } from '../telemetry/metrics/exposition.ts';

/** @param now epoch ms */
export function presentOf(host: Host, now: number): Pick<Present, 'actors' | 'quotas' | 'incidents'> {
  const counts = new Map<string, { kind: string; state: string; count: number }>();
  const quotas: { service: string; used: number }[] = [];
  let incidents = 0;
  for (const address of host.addresses()) {
    const { stand, halted } = host.standOf(address);
    const slash = address.indexOf('/');
    const kind = address.slice(0, slash);
    const state = halted ? 'halted' : stateName(stand.value).replace(/^idle\..*/, 'idle');
    const known = counts.get(`${kind} ${state}`);
    if (known) known.count += 1;
    else counts.set(`${kind} ${state}`, { kind, state, count: 1 });
    if (kind === 'incident' && state !== 'resolved') incidents += 1;
    if (kind !== 'quota') continue;
    const { settings, spent } = stand.context as unknown as QuotaContext;
    if (settings.limit === null) continue;
    quotas.push({ service: address.slice(slash + 1), used: 1 - leftOf(spent, settings, now) / settings.limit });
  }
  return { actors: [...counts.values()], quotas, incidents };
}
