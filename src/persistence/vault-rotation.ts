/**
 * A new key for the vault.
 *
 * Every secret is sealed anew in one transaction, so that at any instant all of them are under one key; and whoever is killed leaves
 * both keys behind, or the one that fits. For a key in the key file: the new one is written beside it, as `vault.key.next`; then come
 * the secrets; then it takes the old one's name. {@link settledKey} finishes what was begun.
 *
 * A key from the environment or a credential is somebody else's to change: the new one is given along, and is theirs to keep.
 *
 * What was under the old key is erased from the store's file. SQLite leaves old rows where they were until something is written over
 * them, and whoever has the old key could read them there.
 */
import { randomBytes as systemRandomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { NightshiftError } from '../errors.ts';
import { parsedOrNull } from '../json.ts';
import { shellQuoted } from '../policies/shell-quoted.ts';
import type { DataDir } from './data-dir.ts';
import { emptyLog, foldLog } from './fold-log.ts';
import { besides, settledKey, takeOver } from './settled-key.ts';
import { openStore, type Store, type Write } from './store.ts';
import { reasonOf } from './store-error.ts';
import { keyIdOf, openSealed, sealedUnder, storeKey, VaultError } from './vault.ts';
import { type KeyPlaces, keepKey, keyIn, presentVaultKey, type VaultKey, vaultKeyBytes } from './vault-key.ts';

export interface Rotation {
  /** How many secrets are under the new key. */
  secrets: number;
  /** What could not be opened and stays as it was, and why. */
  left: { name: string; reason: string }[];
  source: VaultKey['source'];
  /** The new key's fingerprint. */
  keyId: string;
}

/**
 * `VAULT_KEY_MISSING`: there is no key to begin with. `VAULT_NEXT_KEY_MISSING`: the key in use is not ours to change, and no new one was
 * given. `VAULT_NEXT_KEY_SAME`: the new one is the old one. `VAULT_NOT_ERASED`: all is under the new key, but the store's file may still hold what was under the old one.
 */
export class RotationError extends NightshiftError {}

/** Longer than a look at the store takes. */
const busyTimeoutMs = 1_000;

/**
 * Puts every secret under a new key. Call it as the owner of the data folder's lock.
 *
 * @param environment where the key is; `NIGHTSHIFT_NEXT_KEY` in it is the new one. Default for a key in the key file: a random one
 * @throws {RotationError}
 * @throws {StoreError} `STORE_BUSY` when somebody has the store open: nothing was changed
 * @throws {VaultError} when none of the secrets can be opened, or one is of a newer nightshift: nothing was changed
 */
export async function rotateVaultKey(dataDir: DataDir, environment: KeyPlaces): Promise<Rotation> {
  const { vaultKey: file, store: storeFile } = dataDir;
  const found = presentVaultKey({ environment, file });
  if (!found) throw noKey(file);
  const store = await openStore(`sqlite://${storeFile}`);
  let rotation: Rotation;
  try {
    // Who reads it now would keep what is under the old key in the log, when all of it is to be erased.
    foldLog(storeFile);
    const { key, source } = await settledKey({ ...found, created: false }, file, store);
    const next = nextKey(environment, source);
    if (next.equals(key)) throw sameKey();
    const { writes, ...outcome } = await resealed(store, key, next);
    if (source === 'file') keepKey(besides(file), next);
    // All or none: in one transaction.
    if (writes.length > 0) await store.write(writes);
    if (source === 'file') takeOver(file);
    rotation = { ...outcome, source, keyId: keyIdOf(next) };
  } finally {
    await store.close();
  }
  erase(storeFile);
  return rotation;
}

/** What is to be written; nothing is yet. */
async function resealed(
  store: Store,
  key: Buffer,
  next: Buffer,
): Promise<Pick<Rotation, 'secrets' | 'left'> & { writes: Write[] }> {
  const nextId = keyIdOf(next);
  const rows = await store.scan(storeKey(''));
  const writes: Write[] = [];
  const left: Rotation['left'] = [];
  let refusal: unknown;
  for (const row of rows) {
    // Of a rotation before this one, whose key nobody has put in place yet.
    if (isUnder(nextId, row.json)) continue;
    const name = row.key.slice(storeKey('').length);
    try {
      const secret = openSealed(key, name, parsedOrNull(row.json));
      writes.push([row.key, JSON.stringify(sealedUnder(next, name, secret))]);
    } catch (error) {
      // It may be readable: the old key must not go.
      if (error instanceof VaultError && error.code === 'VAULT_NEWER') throw error;
      refusal ??= error;
      left.push({ name, reason: (error as Error).message });
    }
  }
  // A wrong key opens none.
  if (left.length > 0 && left.length === rows.length) throw refusal;
  return { writes, secrets: rows.length - left.length, left };
}

function nextKey(environment: KeyPlaces, source: VaultKey['source']): Buffer {
  const { NIGHTSHIFT_NEXT_KEY: given } = environment;
  if (given !== undefined) return keyIn(given, 'NIGHTSHIFT_NEXT_KEY');
  if (source === 'file') return systemRandomBytes(vaultKeyBytes);
  const where = source === 'environment' ? 'NIGHTSHIFT_KEY' : 'the systemd credential nightshift-key';
  throw new RotationError(
    'VAULT_NEXT_KEY_MISSING',
    `vault: found the key in ${where}, which is yours to change, expected the new one in NIGHTSHIFT_NEXT_KEY. Make one and keep it safe first: openssl rand -base64 32`,
  );
}

function noKey(file: string) {
  return new RotationError(
    'VAULT_KEY_MISSING',
    `${file}: found no key, expected the one that the secrets are under. Put it back, or give it as NIGHTSHIFT_KEY; a service that never had one makes it when it starts.`,
  );
}

function sameKey() {
  return new RotationError(
    'VAULT_NEXT_KEY_SAME',
    'vault: found the key that is in use already in NIGHTSHIFT_NEXT_KEY, expected a new one. To make one: openssl rand -base64 32',
  );
}

function isUnder(keyId: string, json: string): boolean {
  return (parsedOrNull(json) as { keyId?: unknown } | null)?.keyId === keyId;
}

/** Writes the whole file anew, without what was deleted, and empties its log. */
function erase(storeFile: string) {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(storeFile, { timeout: busyTimeoutMs });
    database.exec('VACUUM');
    if (!emptyLog(database)) throw new Error('somebody reads it');
  } catch (error) {
    throw new RotationError(
      'VAULT_NOT_ERASED',
      `${storeFile}: every secret is under the new key, but the file may still hold what was under the old one (${reasonOf(error)}). End what has it open (fuser -v ${shellQuoted(storeFile)}), make room on the disk for a second copy of it, and run: nightshift vault rotate`,
      { cause: error },
    );
  } finally {
    database?.close();
  }
}
