/**
 * `restore`: puts a backup in the place of the store, which is kept, and says what is not in it.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Rehearsal, rehearse } from '../actors/rehearsal.ts';
import { nearest } from '../config/nearest.ts';
import { backupsIn, madeAt } from '../persistence/backup-folder.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { foundAt, makeFreshStore, removeStore, replaceStore } from '../persistence/replace-store.ts';
import { asideFor, fittingKey } from '../persistence/settled-key.ts';
import { checkInThread, copyInThread, proveInThread } from '../persistence/store-copy-thread.ts';
import { newestEntryAt, type StoreLoss, storeLoss } from '../persistence/store-loss.ts';
import { openStoreFile, type StoreReader } from '../persistence/store-reader.ts';
import { keyIdOf, sealedWith } from '../persistence/vault.ts';
import { type KeyPlaces, presentVaultKey, VaultKeyError } from '../persistence/vault-key.ts';
import { totalOf } from '../policies/total.ts';
import { clockOf } from '../policies/why.ts';
import { interruptible } from './interruptible.ts';
import { type KnownConfig, knownConfig } from './known-config.ts';
import type { PlaceOptions } from './place.ts';
import { changedLines, named, recordsText, rehearsalLines } from './rehearsal-text.ts';
import { refuseFull, withServiceAway } from './replacement.ts';
import { withTypedPlace } from './typed-place.ts';
import { UsageError } from './usage-error.ts';

export interface RestoreOptions extends PlaceOptions {
  dryRun?: boolean;
  json?: boolean;
}

/** What a restore has done, or would. */
interface Restored extends Rehearsal {
  backup: string;
  store: string;
  /** When the backup was made, by its name, else by the newest entry of its ledger: epoch ms; null when nothing says so. */
  madeAt: number | null;
  /** What the store had that the backup does not have; null when there was no store, or none that can be read. */
  lost: StoreLoss | null;
  secrets: Secrets;
  /** Keys of rows that are not as they were written. */
  changed: string[];
  /** Where the store before is; null when there was none. */
  aside: string | null;
}

interface KnownHere extends KnownConfig {
  keys: KeyPlaces;
}

interface Secrets {
  /** How many are in it. */
  sealed: number;
  /** How many of them the key that is here opens; null when there is no key here. */
  opened: number | null;
  /** Fingerprints of the keys that they are sealed with. */
  keys: string[];
  /** Files that some of those keys are in, beside the one in use. */
  kept: string[];
}

/**
 * @param target a file, the name of one in the folder of the backups, or `latest`
 * @param now epoch ms
 * @returns the exit code
 */
export async function restore(target: string, options: RestoreOptions, now: number, keys: KeyPlaces): Promise<number> {
  const known = { ...(await knownConfig(options)), keys };
  if (known.problem !== undefined) console.error(`The config could not be used: ${known.problem}`);
  const file = backupNamed(target, known);
  const { store } = dataDirAt(known.place.data);
  const restored = await interruptible('reading the backup', (signal) =>
    options.dryRun
      ? look(file, store, known, signal)
      : withServiceAway(known.place.data, now, () => putInPlace(file, store, known, now, signal)),
  );
  console.log(
    options.json
      ? JSON.stringify(restored)
      : withTypedPlace(readable(restored, options.dryRun ? 'would' : 'did', known, now), options),
  );
  return 0;
}

async function putInPlace(file: string, store: string, known: KnownHere, now: number, signal: AbortSignal) {
  const seen = await look(file, store, known, signal);
  await refuseFull(file, store, 'the backup');
  const fresh = makeFreshStore(store);
  try {
    const facts = await copyInThread(file, fresh, signal);
    await proveInThread(fresh, facts, signal);
    signal.throwIfAborted();
    return { ...seen, aside: replaceStore(store, now) };
  } finally {
    removeStore(fresh);
  }
}

/** Everything that can be known beforehand; nothing is changed. */
async function look(file: string, store: string, known: KnownHere, signal: AbortSignal): Promise<Restored> {
  const { changed } = await checkInThread(file, signal);
  const backup = openStoreFile(file);
  try {
    return {
      backup: file,
      store,
      madeAt: madeAt(basename(file)) ?? (await newestEntryAt(backup)),
      lost: await lostIn(store, backup),
      secrets: await secretsIn(backup, known),
      ...(await rehearse(backup, known.wanted)),
      changed,
      aside: null,
    };
  } finally {
    backup.close();
  }
}

async function lostIn(store: string, backup: StoreReader): Promise<StoreLoss | null> {
  if (foundAt(store) !== 'a store') return null;
  const before = openStoreFile(store);
  try {
    return await storeLoss(before, backup);
  } finally {
    before.close();
  }
}

async function secretsIn(backup: StoreReader, { place, keys }: KnownHere): Promise<Secrets> {
  const sealed = await sealedWith(backup);
  const file = dataDirAt(place.data).vaultKey;
  const here = await keyHere(keys, file, backup);
  return {
    sealed: totalOf(sealed),
    opened: here ? (sealed.get(keyIdOf(here.key)) ?? 0) : null,
    keys: [...sealed.keys()],
    kept: [...sealed.keys()].map((keyId) => asideFor(file, keyId)).filter((path) => existsSync(path)),
  };
}

/** The one that a start would take; one that is of no use is as good as none. */
async function keyHere(keys: KeyPlaces, file: string, backup: StoreReader) {
  try {
    const present = presentVaultKey({ environment: keys, file });
    return present && (await fittingKey(present, file, backup));
  } catch (error) {
    if (error instanceof VaultKeyError) return undefined;
    throw error;
  }
}

function backupNamed(target: string, known: KnownConfig): string {
  const inFolder = () => backupsIn(known.backupDir());
  if (target === 'latest' && !existsSync(target)) {
    const [newest] = inFolder();
    if (newest) return newest.file;
    throw new UsageError(`latest: found no backup in ${known.backupDir()}, expected one. Name a file.`);
  }
  const found = [resolve(target), join(known.backupDir(), target)].find((path) => existsSync(path));
  if (found !== undefined && isStore(found, known))
    throw new UsageError(`${target}: found the store itself, expected a backup of it.`);
  if (found !== undefined && statSync(found).isDirectory())
    throw new UsageError(
      `${target}: found a folder, expected a backup. To see which there are: nightshift backup --list`,
    );
  if (found !== undefined) return found;
  const names = inFolder().map(({ name }) => name);
  const there = names.length > 0 ? `one of ${named(names)} in ${known.backupDir()}, or 'latest'` : 'a file';
  const near = nearest(target, ['latest', ...names]);
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  throw new UsageError(`${target}: found no such backup, expected ${there}.${hint}`);
}

function isStore(file: string, { place }: KnownConfig): boolean {
  const { store } = dataDirAt(place.data);
  return existsSync(store) && realpathSync(file) === realpathSync(store);
}

function readable(restored: Restored, mood: 'did' | 'would', known: KnownConfig, now: number): string {
  const { backup, store, madeAt, aside, secrets } = restored;
  const time = clockOf({ timeZone: known.timeZone, now });
  const since = madeAt === null ? '' : `, as of ${time(madeAt)}`;
  const place =
    mood === 'did'
      ? `${store}: the backup is in its place${since}.`
      : `Nothing was changed${since && `. It is${since.slice(1)}`}.`;
  return [
    `${backup}: whole; ${recordsText(restored)}.`,
    ...rehearsalLines(restored),
    ...changedLines(restored.changed),
    place,
    ...lostLines(restored, time),
    ...secretLines(secrets),
    ...(aside === null ? [] : [`The store before: ${aside}`]),
    ...(mood === 'did'
      ? ["Go on: nightshift start. What has come due since then is settled as each engine's catchUp says."]
      : []),
  ].join('\n');
}

function lostLines({ lost, madeAt }: Restored, time: (at: number) => string): string[] {
  if (lost === null) return [];
  const runs = Object.entries(lost.runs).sort(([, one], [, other]) => other - one);
  const total = totalOf(new Map(runs));
  const from = madeAt === null ? '' : `From ${time(madeAt)} to now: `;
  const ended =
    total === 0
      ? 'no run is lost'
      : `${plural(total, 'run is', 'runs are')} not in it (${named(runs.map(([engine, count]) => `${count} of ${engine}`))})`;
  const others =
    lost.otherEntries === 0 ? '' : `, nor ${plural(lost.otherEntries, 'entry', 'entries')} of due times without a run`;
  const renewed =
    lost.secrets.length === 0
      ? []
      : [
          `Renewed since, and older in it: ${named(lost.secrets)}. A server that replaces its grants may refuse the older one.`,
        ];
  const underWay = lost.underWay.length === 0 ? '' : `; under way and not in it: ${named(lost.underWay)}`;
  return [`${from}${ended}${others}${underWay}.`, ...renewed];
}

function secretLines({ sealed, opened, keys, kept }: Secrets): string[] {
  if (sealed === 0 || opened === sealed) return [];
  const where = kept.length === 0 ? '' : ` (kept in ${kept.join(' and ')})`;
  const which = `sealed with the key ${keys.filter((key) => key !== '').join(' and ')}${where}`;
  const secrets = plural(sealed, 'secret', 'secrets');
  if (opened === null)
    return [
      `${secrets} in it, ${which}: put that key back before you start (NIGHTSHIFT_KEY, or vault.key in the data folder).`,
    ];
  return [
    `${secrets} in it, ${which}: the key here opens ${opened}. Put the other one back before you start, or supply the secrets anew.`,
  ];
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
