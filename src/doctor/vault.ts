/**
 * Whether the key that a start would take opens the secrets in the store. With another one, or none, the service comes up all the same,
 * and every job that needs a secret fails; with what is no key at all it does not come up: better known before.
 */
import { existsSync } from 'node:fs';
import { dataDirAt } from '../persistence/data-dir.ts';
import { fittingKey } from '../persistence/settled-key.ts';
import { openStoreFile } from '../persistence/store-reader.ts';
import { keyIdOf, sealedWith } from '../persistence/vault.ts';
import { type KeyPlaces, presentVaultKey, type VaultKey, VaultKeyError } from '../persistence/vault-key.ts';
import { shellQuoted } from '../policies/shell-quoted.ts';
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

/** @returns nothing when there is neither a secret nor a key that a start would refuse; or when it is said elsewhere that others can read the key */
export async function checkVault({ data, keys, hasService }: VaultPlace): Promise<Finding[]> {
  const { store, vaultKey: file } = dataDirAt(data);
  const reader = existsSync(store) ? openStoreFile(store) : undefined;
  const sealed = reader ? await sealedWith(reader) : new Map<string, number>();
  // What is damaged bears no fingerprint, and no key opens it.
  sealed.delete('');
  try {
    const present = presentVaultKey({ environment: keys, file });
    if (!reader || sealed.size === 0) return [];
    const key = present && (await fittingKey(present, file, reader));
    return [judged(sealed, key && keyIdOf(key.key), key ? placeOf(key.source, file) : file, hasService)];
  } catch (error) {
    if (!(error instanceof VaultKeyError)) throw error;
    if (error.code === 'VAULT_KEY_EXPOSED') return [];
    return [vault.problem(error.message, sealed.size === 0 ? fixWithoutSecrets(error, file) : fixFor(error))];
  } finally {
    reader?.close();
  }
}

function fixFor({ code }: VaultKeyError): string {
  return code === 'VAULT_KEY_UNREADABLE'
    ? 'run this as the user whom the service runs as'
    : 'put the key there that the secrets are under';
}

/** Any other key will do; a start makes one where there is none. */
function fixWithoutSecrets(error: VaultKeyError, file: string): string {
  if (error.code === 'VAULT_KEY_UNREADABLE') return fixFor(error);
  return error.message.startsWith(`${file}:`)
    ? `rm ${shellQuoted(file)}`
    : 'put a key there, and keep it: openssl rand -base64 32';
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
