/**
 * A start that is rehearsed: every record of a store is brought back as a start would bring it back, and nothing begins.
 *
 * It says beforehand who would go to quarantine, and why: of a copy, of a store that takes another's place.
 */
import { type ActorRecord, recordKey, recordPrefix } from '../persistence/record.ts';
import { type RowSource, rowPages } from '../persistence/row-pages.ts';
import { lastCharacter } from '../persistence/store-rows.ts';
import type { Address, Quarantined } from '../stream.ts';
import { actorCharts } from './actor-charts.ts';
import { Charts } from './charts.ts';
import { rehydrate } from './rehydrate.ts';

export interface Rehearsal {
  /** How many records come back. */
  records: number;
  /** Whose record would go to quarantine. */
  unusable: Pick<Quarantined, 'address' | 'reason'>[];
  /** Who has a record and is in the configuration no more: nobody looks at it. */
  unconfigured: Address[];
}

/** A record that comes back, of which version it is, and to which it is brought. */
export interface Back {
  address: Address;
  from: number;
  to: number;
}

/**
 * @param wanted the actors that a start would look for, besides incidents; undefined when no configuration says so, for all
 * @param back hears of each record that comes back
 */
export async function rehearse(
  source: RowSource,
  wanted?: ReadonlySet<Address>,
  back: (record: Back) => void = () => {},
): Promise<Rehearsal> {
  const kinds = Object.entries(actorCharts).map(([name, chart]) => [name, { ...chart, effects: {} }] as const);
  const charts = new Charts(Object.fromEntries(kinds));
  const rehearsal: Rehearsal = { records: 0, unusable: [], unconfigured: [] };
  for await (const rows of rowPages(source, recordPrefix, `${recordPrefix}${lastCharacter}`)) {
    const page = new Map(rows.map(({ key, json }) => [key, json]));
    const addresses = rows.map(({ key }) => key.slice(recordPrefix.length) as Address);
    const isWanted = (address: Address) => !wanted || wanted.has(address) || address.startsWith('incident/');
    const { actors, quarantined } = await rehydrate(
      { store: { getMany: async () => page }, charts, startsOf: (_, __, { starts }) => starts, at: 0 },
      addresses.filter(isWanted),
    );
    rehearsal.records += actors.size;
    for (const { address, kind } of actors.values()) {
      const { version } = JSON.parse(page.get(recordKey(address)) ?? '') as ActorRecord;
      back({ address, from: version, to: kind.version });
    }
    rehearsal.unusable.push(...quarantined.map(({ address, reason }) => ({ address, reason })));
    rehearsal.unconfigured.push(...addresses.filter((address) => !isWanted(address)));
  }
  return rehearsal;
}
