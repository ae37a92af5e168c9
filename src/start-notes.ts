/**
 * What a start notes in the store for later: by which config it goes, and whose record has no place in that any more.
 */
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { configImage } from './config/config-image.ts';
import { type KeptConfig, keptConfigKey } from './config/kept-config.ts';
import { removalRows, removedPrefix } from './persistence/removed-actors.ts';
import type { Store, Write } from './persistence/store.ts';
import { keyIdOf } from './persistence/vault.ts';
import type { Address } from './stream.ts';

export interface StartNotes {
  store: Store;
  /** Resolves once they are durable, however long that takes. */
  write: (rows: readonly Write[]) => Promise<void>;
  /** With what is built in. */
  config: Config;
  /** Absolute. */
  configFile: string;
  vaultKey: Uint8Array;
  /** Who has a record. */
  recorded: readonly Address[];
  /** Who is in the config. */
  known: readonly Address[];
  log: Pick<Logger, 'warn'>;
  /** Epoch ms. */
  now: number;
}

export async function noteStart(notes: StartNotes): Promise<void> {
  const { store, write, recorded, known, log, now } = notes;
  const present = new Set(known);
  const missing = recorded.filter((address) => !present.has(address) && !address.startsWith('incident/'));
  const rows = [...removalRows(missing, await store.scan(removedPrefix), now), ...(await configRows(notes))];
  // A store that takes nothing yet is no reason to stay down.
  if (rows.length > 0) void write(rows);
  // They stand still, and nobody would notice.
  const todo =
    'back in the config, they go on where they stood; their records are cleared by log-cleanup (keepRemoved)';
  if (missing.length > 0)
    log.warn({ count: missing.length, actors: missing.slice(0, 20), todo }, 'actors.unconfigured');
}

/** None, when the last start went by the same one. */
async function configRows({ store, config, configFile, vaultKey, now }: StartNotes): Promise<Write[]> {
  const kept: Omit<KeptConfig, 'at'> = {
    file: configFile,
    keyId: keyIdOf(vaultKey),
    image: configImage(config, vaultKey),
  };
  const row = JSON.stringify({ ...kept, at: now } satisfies KeptConfig);
  // Of thousands of engines that is a long text: it need not be understood to be the same.
  const same = row.slice(0, row.lastIndexOf(`:${now}}`));
  return (await store.get(keptConfigKey))?.startsWith(same) ? [] : [[keptConfigKey, row]];
}
