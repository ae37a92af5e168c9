/**
 * `recover`: makes a store of all that can still be read of a damaged one, which is kept, and says what is missing.
 */
import { existsSync } from 'node:fs';
import { type Rehearsal, rehearse } from '../actors/rehearsal.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { foundAt, makeFreshStore, removeStore, replaceStore } from '../persistence/replace-store.ts';
import { type Salvage, salvage } from '../persistence/salvage.ts';
import { openStore, type Write } from '../persistence/store.ts';
import { StoreError } from '../persistence/store-error.ts';
import { changedRows, openStoreFile } from '../persistence/store-reader.ts';
import { interruptible } from './interruptible.ts';
import { type KnownConfig, knownConfig } from './known-config.ts';
import type { PlaceOptions } from './place.ts';
import { named, recordsText, rehearsalLines } from './rehearsal-text.ts';
import { refuseFull, withServiceAway } from './replacement.ts';
import { storeIn } from './stored.ts';
import { withTypedPlace } from './typed-place.ts';

export interface RecoverOptions extends PlaceOptions {
  dryRun?: boolean;
  json?: boolean;
}

/** What a recovery has done, or would. */
interface Recovered extends Rehearsal, Salvage {
  store: string;
  /** Whether there was nothing to recover: then nothing was done. */
  isWhole: boolean;
  /** Where the damaged store is; null when nothing was changed. */
  aside: string | null;
}

const rowsAtOnce = 500;

/**
 * @param now epoch ms
 * @returns the exit code
 * @throws {StoreError} `STORE_EMPTY`, `STORE_BUSY`, `STORE_UNREADABLE`
 */
export async function recover(options: RecoverOptions, now: number): Promise<number> {
  const known = await knownConfig(options);
  if (known.problem !== undefined) console.error(`The config could not be used: ${known.problem}`);
  // Of one that is empty it says just that.
  if (!existsSync(dataDirAt(known.place.data).store)) storeIn(known.place.data);
  const recovered = await interruptible('reading the store', (signal) =>
    withServiceAway(known.place.data, now, (store) => recoveredIn(store, known, options, now, signal)),
  );
  console.log(options.json ? JSON.stringify(recovered) : withTypedPlace(readable(recovered, options), options));
  return 0;
}

async function recoveredIn(
  store: string,
  known: KnownConfig,
  { dryRun }: RecoverOptions,
  now: number,
  signal: AbortSignal,
): Promise<Recovered> {
  const found = foundAt(store);
  if (found === 'nothing') throw nothingIn(store);
  if (found === 'a store' && changedRows(store).length === 0) return whole(store);
  await refuseFull(store, store, 'what can be read of it');
  const fresh = makeFreshStore(store);
  try {
    const read = await readInto(fresh, store, signal);
    if (read.rows === 0) throw nothingIn(store);
    const reader = openStoreFile(fresh);
    const rehearsal = await rehearse(reader, known.wanted).finally(() => reader.close());
    signal.throwIfAborted();
    return { store, isWhole: false, ...read, ...rehearsal, aside: dryRun ? null : replaceStore(store, now) };
  } finally {
    removeStore(fresh);
  }
}

function whole(store: string): Recovered {
  const nothing = { rows: 0, older: [], missing: [], isMoreMissing: false, records: 0, unusable: [], unconfigured: [] };
  return { store, isWhole: true, ...nothing, aside: null };
}

async function readInto(fresh: string, damaged: string, signal: AbortSignal): Promise<Salvage> {
  const store = await openStore(`sqlite://${fresh}`);
  let writes: Write[] = [];
  const flush = async () => {
    await store.write(writes);
    writes = [];
  };
  try {
    const read = await salvage(damaged, async (rows) => {
      signal.throwIfAborted();
      for (const { key, json } of rows) writes.push([key, json]);
      if (writes.length >= rowsAtOnce) await flush();
    });
    await flush();
    return read;
  } finally {
    await store.close();
  }
}

function nothingIn(store: string) {
  return new StoreError(
    'STORE_EMPTY',
    `${store}: found nothing in it that can be read, expected rows of a store. Nothing was changed. To put the newest backup in its place: nightshift restore latest`,
  );
}

function readable(recovered: Recovered, { dryRun }: RecoverOptions): string {
  const { store, rows, missing, older, isMoreMissing, aside } = recovered;
  if (recovered.isWhole) return `${store}: whole; there is nothing to recover, and nothing was changed.`;
  const lines = [
    `${store}: ${rows} rows can be read${missing.length === 0 ? '' : `, ${missing.length} cannot: ${named(missing)}`}; ${recordsText(recovered)}.`,
    ...rehearsalLines(recovered),
    ...(older.length === 0 ? [] : [`As they were before their latest change, which cannot be read: ${named(older)}`]),
    ...(isMoreMissing ? ['More may be missing, or older than it was: what would tell is damaged itself.'] : []),
  ];
  const change = missing.length + older.length > 0 || isMoreMissing;
  return [
    ...lines,
    ...(change ? ['Whose record is missing begins afresh; a token without its secret has to be supplied again.'] : []),
    ...(dryRun
      ? ['Nothing was changed. What the newest backup would lose instead: nightshift restore latest --dry-run']
      : [`The store before: ${aside}`, 'Go on: nightshift start']),
  ].join('\n');
}
