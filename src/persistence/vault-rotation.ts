/**
 * A new key for the vault.
 *
 * Every secret is sealed anew in one transaction, so that at any instant all of them are under one key; and whoever is killed leaves
 * both keys behind, or the one that fits. For a key in the key file: the new one is written beside it, as `vault.key.next`; then come
 * the secrets; then it takes the old one's name. Which of the two fits shows in the secrets, each of which carries the fingerprint of its
 * key: {@link settledKey} looks there and finishes what was begun.
 *
 * A key from the environment or a credential is somebody else's to change: the new one is given along, and is theirs to keep.
 *
 * What was under the old key is erased from the store's file. SQLite leaves old rows where they were until something is written over
 * them, and whoever has the old key could read them there.
 */
import { randomBytes as systemRandomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NightshiftError } from '../errors.ts';
import type { DataDir } from './data-dir.ts';
import { syncFolder } from './durable-file.ts';
import type { RowSource } from './row-pages.ts';
import { openStore, type Store } from './store.ts';
import { reasonOf } from './store-error.ts';
import { keyIdOf, openSealed, sealedUnder, sealedWith, storeKey, VaultError } from './vault.ts';
import { findVaultKey, keepKey, keyIn, keyInFile, type VaultKey, vaultKeyBytes } from './vault-key.ts';

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
 * `VAULT_NEXT_KEY_MISSING`: the key in use is not ours to change, and no new one was given. `VAULT_NEXT_KEY_SAME`: the new one is the old one.
 * `VAULT_NOT_ERASED`: all is under the new key, but the store's file may still hold what was under the old one.
 */
export class RotationError extends NightshiftError {}

const busyTimeoutMs = 5_000;

/**
 * Puts every secret under a new key. Call it as the owner of the data folder's lock.
 *
 * @param environment as for {@link findVaultKey}; `NIGHTSHIFT_NEXT_KEY` in it is the new key. Default for a key in the key file: a random one
 * @throws {RotationError}
 * @throws {VaultError} when none of the secrets can be opened, or one is of a newer nightshift: nothing was changed
 */
export async function rotateVaultKey(
  dataDir: DataDir,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Rotation> {
  const { vaultKey: file, store: storeFile } = dataDir;
  const found = findVaultKey({ environment, file });
  const store = await openStore(`sqlite://${storeFile}`);
  let rotation: Rotation;
  try {
    const { key, source } = await settledKey(found, file, store);
    const next = nextKey(environment, source);
    if (next.equals(key)) throw sameKey();
    if (source === 'file') keepKey(besides(file), next);
    rotation = { ...(await reseal(store, key, next)), source, keyId: keyIdOf(next) };
    if (source === 'file') takeOver(file);
  } finally {
    await store.close();
  }
  erase(storeFile);
  return rotation;
}

/**
 * The key that the secrets are under, when a rotation of the key file was cut off; else the one that was found. Call it as the owner of
 * the data folder's lock.
 *
 * @param file the key file
 */
export async function settledKey(found: VaultKey, file: string, store: RowSource): Promise<VaultKey> {
  if (found.source !== 'file') return found;
  const next = keyInFile(besides(file));
  if (!next) return found;
  if ((await sealedWith(store)).has(keyIdOf(next))) {
    takeOver(file);
    return { key: next, source: 'file', created: false };
  }
  rmSync(besides(file));
  return found;
}

/** All or none: in one transaction. */
async function reseal(store: Store, key: Buffer, next: Buffer): Promise<Pick<Rotation, 'secrets' | 'left'>> {
  const nextId = keyIdOf(next);
  const rows = await store.scan(storeKey(''));
  const writes: [key: string, json: string][] = [];
  const left: Rotation['left'] = [];
  let refusal: unknown;
  for (const row of rows) {
    // Of a rotation before this one, whose key nobody has put in place yet.
    if (isUnder(nextId, row.json)) continue;
    const name = row.key.slice(storeKey('').length);
    try {
      const secret = openSealed(key, name, parsed(row.json));
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
  if (writes.length > 0) await store.write(writes);
  return { secrets: rows.length - left.length, left };
}

function nextKey(environment: Readonly<Record<string, string | undefined>>, source: VaultKey['source']): Buffer {
  const { NIGHTSHIFT_NEXT_KEY: given } = environment;
  if (given !== undefined) return keyIn(given, 'NIGHTSHIFT_NEXT_KEY');
  if (source === 'file') return systemRandomBytes(vaultKeyBytes);
  const where = source === 'environment' ? 'NIGHTSHIFT_KEY' : 'the systemd credential nightshift-key';
  throw new RotationError(
    'VAULT_NEXT_KEY_MISSING',
    `vault: found the key in ${where}, which is yours to change, expected the new one in NIGHTSHIFT_NEXT_KEY. Make one and keep it safe first: openssl rand -base64 32`,
  );
}

function sameKey() {
  return new RotationError(
    'VAULT_NEXT_KEY_SAME',
    'vault: found the key that is in use already in NIGHTSHIFT_NEXT_KEY, expected a new one. To make one: openssl rand -base64 32',
  );
}

/** Where the new key waits for the secrets. */
function besides(file: string) {
  return `${file}.next`;
}

function takeOver(file: string) {
  renameSync(besides(file), file);
  syncFolder(dirname(file));
}

function isUnder(keyId: string, json: string): boolean {
  return (parsed(json) as { keyId?: unknown } | null)?.keyId === keyId;
}

/** null for what is no JSON, which no key opens. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** Writes the whole file anew, without what was deleted, and empties its log. */
function erase(storeFile: string) {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(storeFile, { timeout: busyTimeoutMs });
    database.exec('VACUUM');
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    throw new RotationError(
      'VAULT_NOT_ERASED',
      `${storeFile}: every secret is under the new key, but the file may still hold what was under the old one (${reasonOf(error)}). Make room on the disk for a second copy of it, and run: nightshift vault rotate`,
      { cause: error },
    );
  } finally {
    database?.close();
  }
}
