/**
 * Which of two keys fits, when a rotation of the key file was cut off.
 *
 * The new key waits beside the old one, as `vault.key.next`, until every secret is under it. Each secret carries the fingerprint of
 * its key, so that the store itself says how far that came.
 */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from './durable-file.ts';
import { isPutAside } from './replace-store.ts';
import type { RowSource } from './row-pages.ts';
import { openStoreFile } from './store-reader.ts';
import { keyIdOf, sealedWith } from './vault.ts';
import { keyInFile, type VaultKey } from './vault-key.ts';

/**
 * The key that the secrets are under: the new one, which takes the old one's name then, or the one that was found. Call it as the owner of the
 * data folder's lock.
 *
 * @param file the key file
 * @throws {VaultKeyError} for a new key that is of no use
 */
export async function settledKey(found: VaultKey, file: string, store: RowSource): Promise<VaultKey> {
  const fitting = await fittingKey(found, file, store);
  const next = waitingKey(found, file);
  if (fitting !== found) takeOver(file);
  else if (next) await discard(file, next);
  return fitting;
}

/** As {@link settledKey}, and changes nothing. */
export async function fittingKey<Found extends Omit<VaultKey, 'created'>>(
  found: Found,
  file: string,
  store: RowSource,
): Promise<Found> {
  const next = waitingKey(found, file);
  if (!next || !(await sealedWith(store)).has(keyIdOf(next))) return found;
  return { ...found, key: next, created: false };
}

/** Where the new key waits for the secrets. @param file the key file */
export function besides(file: string): string {
  return `${file}.next`;
}

/** Where a key is that a store put aside needs. @param file the key file */
export function asideFor(file: string, keyId: string): string {
  return `${file}.${keyId}`;
}

/** The new key takes the old one's name. @param file the key file */
export function takeOver(file: string): void {
  renameSync(besides(file), file);
  syncFolder(dirname(file));
}

function waitingKey({ source }: Pick<VaultKey, 'source'>, file: string): Buffer | undefined {
  return source === 'file' ? keyInFile(besides(file)) : undefined;
}

/** A restore may have come between: then the key is that of the store which it has put aside. */
async function discard(file: string, next: Buffer): Promise<void> {
  if (await opensStoreAside(dirname(file), next)) renameSync(besides(file), asideFor(file, keyIdOf(next)));
  else rmSync(besides(file));
  syncFolder(dirname(file));
}

async function opensStoreAside(folder: string, key: Buffer): Promise<boolean> {
  for (const name of readdirSync(folder).filter(isPutAside)) {
    if (await isSealedWith(join(folder, name), key)) return true;
  }
  return false;
}

/** One that cannot be read may be: a key is not thrown away for that. */
async function isSealedWith(file: string, key: Buffer): Promise<boolean> {
  try {
    const reader = openStoreFile(file);
    try {
      return (await sealedWith(reader)).has(keyIdOf(key));
    } finally {
      reader.close();
    }
  } catch {
    return true;
  }
}
