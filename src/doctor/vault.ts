/**
 * Whether the key that a start would take opens the secrets in the store. With another one, or none, the service comes up all the same,
 * and every job that needs a secret fails: better known before.
 */
import { existsSync } from 'node:fs';
import { dataDirAt } from '../persistence/data-dir.ts';
import { fittingKey } from '../persistence/settled-key.ts';
import { openStoreFile } from '../persistence/store-reader.ts';
import { keyIdOf, sealedWith } from '../persistence/vault.ts';
import { type KeyPlaces, presentVaultKey, type VaultKey, VaultKeyError } from '../persistence/vault-key.ts';
import { type Finding, findings } from './finding.ts';

const vault = findings('vault');

export interface VaultPlace {
  /** A data folder whose store is whole, or not there yet. */
  data: string;
  /** What the environment says of the key. */
  keys: KeyPlaces;
  /** A service is there, which may have been given another key than whoever looks. */
  hasService: boolean;
}

/** @returns nothing when there is no secret, or when it is said elsewhere that others can read the key */
export async function checkVault({ data, keys, hasService }: VaultPlace): Promise<Finding[]> {
  const { store, vaultKey: file } = dataDirAt(data);
  if (!existsSync(store)) return [];
  const reader = openStoreFile(store);
  try {
    const sealed = await sealedWith(reader);
    // What is damaged bears no fingerprint, and no key opens it.
    sealed.delete('');
    if (sealed.size === 0) return [];
    const present = presentVaultKey({ environment: keys, file });
    const key = present && (await fittingKey(present, file, reader));
    return [judged(sealed, key && keyIdOf(key.key), key ? placeOf(key.source, file) : file, hasService)];
  } catch (error) {
    if (!(error instanceof VaultKeyError)) throw error;
    return error.code === 'VAULT_KEY_EXPOSED' ? [] : [vault.problem(error.message, fixFor(error))];
  } finally {
    reader.close();
  }
}

function fixFor({ code }: VaultKeyError): string {
  return code === 'VAULT_KEY_UNREADABLE'
    ? 'run this as the user whom the service runs as'
    : 'put the key there that the secrets are under';
}

function judged(sealed: ReadonlyMap<string, number>, keyId: string | undefined, place: string, hasService: boolean) {
  const total = [...sealed.values()].reduce((sum, count) => sum + count, 0);
  const opened = keyId === undefined ? 0 : (sealed.get(keyId) ?? 0);
  if (opened === total) return vault.ok(`the key in ${place} opens every secret: ${total}`);
  const needed = [...sealed.keys()].filter((id) => id !== keyId).join(' and ');
  const here = keyId === undefined ? 'none is here' : `the one in ${place} is ${keyId}`;
  const what = `secrets that cannot be opened: ${total - opened} of ${total}; they take the key ${needed}, and ${here}`;
  return hasService
    ? vault.warning(what, `if the service is not given that key otherwise, put it back into ${place}`)
    : vault.problem(what, `put that key back into ${place} before the next start`);
}

function placeOf(source: VaultKey['source'], file: string): string {
  switch (source) {
    case 'environment':
      return 'NIGHTSHIFT_KEY';
    case 'credential':
      return 'the credential nightshift-key';
    case 'file':
      return file;
    default:
      return source satisfies never;
  }
}
