/**
 * What a restart would change: the config against the one that the last start went by, and the records against the charts that would have
 * to go on from them. It reads the store alone, at one instant, whether a service runs on it or not.
 */
import { type Back, rehearse } from './actors/rehearsal.ts';
import { wantedActors } from './actors/wanted.ts';
import type { Config } from './config/config.ts';
import { type ConfigChange, configChanges } from './config/config-change.ts';
import { blindImage, configImage } from './config/config-image.ts';
import { keptConfigIn, keptConfigKey } from './config/kept-config.ts';
import { removedIn, removedPrefix } from './persistence/removed-actors.ts';
import { openStoreFile, type StoreReader } from './persistence/store-reader.ts';
import { lastCharacter } from './persistence/store-rows.ts';
import { keyIdOf } from './persistence/vault.ts';
import type { Address } from './stream.ts';

export interface CheckResult {
  changes: ConfigCheck;
  records: RecordCheck;
}

export interface ConfigCheck {
  /** The start that went by the config compared with, epoch ms; null when there was none that noted its own. */
  since: number | null;
  /** Its file, when it is another. */
  before: string | null;
  changes: ConfigChange[];
  /** Whether changed secrets are among them: without the vault's key that cannot be seen. */
  hasSecrets: boolean;
}

export interface RecordCheck {
  /** How many records come back. */
  load: number;
  /** Of those, how many of each kind are brought up to date, and from which version to which. */
  migrated: { kind: string; from: number; to: number; records: number }[];
  /** Who would go to quarantine, by why. */
  quarantined: { reason: string; actors: Address[] }[];
  /** Who is in the config and has no record, and so begins afresh. */
  fresh: Address[];
  /** Who has a record and is in the config no more, and until when it is kept: epoch ms, null for ever. */
  removed: { address: Address; until: number | null }[];
}

export interface CheckOrder {
  /** The store; null when there is none yet. */
  store: string | null;
  /** With what is built in. */
  config: Config;
  /** Absolute. */
  configFile: string;
  /** undefined when it is not at hand. */
  vaultKey: Uint8Array | undefined;
  /** Epoch ms. */
  now: number;
}

/** @throws {StoreError} `STORE_UNREADABLE` */
export async function check(order: CheckOrder): Promise<CheckResult> {
  const reader = order.store === null ? emptyStore : openStoreFile(order.store, 'at one instant');
  try {
    return { changes: changesIn(reader, order), records: await recordsIn(reader, order) };
  } finally {
    reader.close();
  }
}

const emptyStore: StoreReader = { range: () => [], close: () => {} };

function changesIn(reader: StoreReader, { config, configFile, vaultKey }: CheckOrder): ConfigCheck {
  const kept = keptConfigIn(reader.range(keptConfigKey, `${keptConfigKey}\0`, 1)[0]?.json);
  if (!kept) return { since: null, before: null, changes: [], hasSecrets: false };
  const hasSecrets = vaultKey !== undefined && keyIdOf(vaultKey) === kept.keyId;
  return {
    since: kept.at,
    before: kept.file === configFile ? null : kept.file,
    changes: hasSecrets
      ? configChanges(kept.image, configImage(config, vaultKey))
      : configChanges(blindImage(kept.image), configImage(config, undefined)),
    hasSecrets,
  };
}

async function recordsIn(reader: StoreReader, { config, now }: CheckOrder): Promise<RecordCheck> {
  const wanted = new Set(wantedActors(config).map(({ address }) => address));
  const back: Back[] = [];
  const { records, unusable, unconfigured } = await rehearse(reader, wanted, (record) => back.push(record));
  const seen = new Set([...back, ...unusable].map(({ address }) => address));
  const { keepRemovedMs = null } = config.builtIn.logCleanup ?? {};
  const rows = reader.range(removedPrefix, `${removedPrefix}${lastCharacter}`);
  const since = new Map(rows.flatMap(removedIn).map(({ address, at }) => [address, at]));
  const untilOf = (address: Address) => (keepRemovedMs === null ? null : (since.get(address) ?? now) + keepRemovedMs);
  const older = back.filter(({ from, to }) => from < to);
  const steps = Map.groupBy(older, ({ address, from, to }) => JSON.stringify([kindOf(address), from, to]));
  const reasons = Map.groupBy(unusable, ({ reason }) => reason);
  return {
    load: records,
    migrated: [...steps.values()].map((all) => {
      const [{ address, from, to }] = all as [Back];
      return { kind: kindOf(address), from, to, records: all.length };
    }),
    quarantined: [...reasons].map(([reason, all]) => ({ reason, actors: all.map(({ address }) => address) })),
    fresh: [...wanted].filter((address) => !seen.has(address)),
    removed: unconfigured.map((address) => ({ address, until: untilOf(address) })),
  };
}

function kindOf(address: Address): string {
  return address.slice(0, address.indexOf('/'));
}
