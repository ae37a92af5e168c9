/**
 * Brings actors back from their records. A record that cannot be used goes to quarantine: the housekeeping removes it after a year.
 */
import { NightshiftError } from '../errors.ts';
import { type Migrations, quarantinePrefix, readRecord, recordKey } from '../persistence/record.ts';
import type { Store, Write } from '../persistence/store.ts';
import type { Address, Effect, Quarantined } from '../stream.ts';
import type { Charts } from './charts.ts';
import type { LiveActor } from './live-actor.ts';
import { restore } from './restore.ts';

export interface RehydratePorts {
  store: Pick<Store, 'getMany'>;
  charts: Charts;
  /** How often an effect of the actor counts as cut off by now. */
  startsOf: (address: Address, id: string, effect: Effect) => number;
  /** Epoch ms. */
  at: number;
}

export interface Rehydrated {
  actors: Map<Address, LiveActor>;
  quarantined: Quarantined[];
  /** What has to be written for the quarantine. */
  rows: Write[];
}

/** The texts of all records need not be in memory at once. */
const recordsAtOnce = 500;

/** The actors that have a record which can be used, by address. */
export async function rehydrate(ports: RehydratePorts, addresses: readonly Address[]): Promise<Rehydrated> {
  const found: Rehydrated = { actors: new Map(), quarantined: [], rows: [] };
  for (let i = 0; i < addresses.length; i += recordsAtOnce) {
    const some = addresses.slice(i, i + recordsAtOnce);
    const records = await ports.store.getMany(some.map(recordKey));
    for (const address of some) {
      const json = records.get(recordKey(address));
      if (json !== undefined) revive(ports, address, json, found);
    }
  }
  return found;
}

function revive({ charts, startsOf, at }: RehydratePorts, address: Address, json: string, found: Rehydrated) {
  try {
    const { kind, logic } = charts.of(address);
    const { version, migrations } = kind as { version: number; migrations?: Migrations };
    const record = readRecord(json, { machine: kind.machine.id, version, ...(migrations && { migrations }) });
    // What belonged to a given-up actor was not running.
    const counted = (id: string, effect: Effect) => (record.halted ? effect.starts : startsOf(address, id, effect));
    const actor = restore(address, kind, logic, record, counted);
    found.actors.set(address, actor);
  } catch (error) {
    // Whatever it was, it came from this record: nobody else has to stay down for it.
    const reason = error instanceof NightshiftError ? error.message : `could not be used: ${String(error)}`;
    const quarantined: Quarantined = {
      address,
      at,
      reason,
      key: `${quarantinePrefix}${address}:${at}`,
    };
    found.quarantined.push(quarantined);
    found.rows.push([quarantined.key, JSON.stringify({ ...quarantined, record: json })]);
  }
}
