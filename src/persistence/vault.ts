/**
 * The vault: secrets at rest, under AES-256-GCM.
 *
 * Each entry is sealed by itself with a fresh nonce, its name authenticated with it, so that one entry cannot be
 * passed off as another. The store sees only sealed entries, under `vault:NAME`. An entry also carries a
 * fingerprint of its key, so that a wrong key is told from damage; and no error here carries a cause or an
 * excerpt, for either could carry a secret.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes as systemRandomBytes,
} from 'node:crypto';
import { NightshiftError } from '../errors.ts';
import type { Json } from '../json.ts';
import { type RowSource, rowPages } from './row-pages.ts';
import { lastCharacter } from './store-rows.ts';
import { type RandomBytes, vaultKeyBytes } from './vault-key.ts';

/** What the vault needs of a store. What `write` resolves for is durable. */
export interface SecretStore {
  /** The value under the key; undefined when there is none. */
  get(key: string): Promise<unknown>;
  write(entries: { key: string; value: Json }[]): Promise<void>;
}

export interface Vault {
  /**
   * The value last put under the name; undefined when there is none.
   *
   * @throws {VaultError} `VAULT_KEY_WRONG`, `VAULT_DAMAGED`, `VAULT_NEWER`
   */
  get<T extends Json>(name: string): Promise<T | undefined>;
  /** Durable once resolved. Of two calls under way, the later one counts. */
  put(name: string, value: Json): Promise<void>;
}

/**
 * An entry that cannot be opened. `VAULT_KEY_WRONG`: sealed with another key. `VAULT_DAMAGED`: not as the vault wrote it.
 * `VAULT_NEWER`: written by a newer nightshift. From {@link createVault}, `VAULT_KEY_INVALID`: the key has no 32 bytes.
 */
export class VaultError extends NightshiftError {}

/** A sealed entry as it is kept: the last three in base64. */
interface Sealed {
  v: 1;
  keyId: string;
  nonce: string;
  ciphertext: string;
  tag: string;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * @param key 32 bytes; copied
 * @throws {VaultError} `VAULT_KEY_INVALID`
 */
export function createVault({
  key,
  store,
  randomBytes = systemRandomBytes,
}: {
  key: Uint8Array;
  store: SecretStore;
  randomBytes?: RandomBytes;
}): Vault {
  if (key.length !== vaultKeyBytes) {
    const message = `vault: found a key of ${key.length} bytes, expected ${vaultKeyBytes}. To make one: openssl rand -base64 32`;
    throw new VaultError('VAULT_KEY_INVALID', message);
  }
  const secretKey = createSecretKey(key);
  const keyId = keyIdOf(key);
  return {
    async get<T extends Json>(name: string) {
      const found = await store.get(storeKey(name));
      return found === undefined ? undefined : (open(name, found, secretKey, keyId) as T);
    },
    async put(name, value) {
      const sealed = seal(name, value, secretKey, randomBytes(nonceBytes));
      await store.write([{ key: storeKey(name), value: { v: 1, keyId, ...sealed } }]);
    },
  };
}

/**
 * What a row of the vault holds, for whoever looks at a store from outside.
 *
 * @param key 32 bytes
 * @param found as it stands in the store under {@link storeKey}
 * @throws {VaultError} as `Vault.get`
 */
export function openSealed(key: Uint8Array, name: string, found: unknown): Json {
  return open(name, found, createSecretKey(key), keyIdOf(key));
}

/** How many secrets of a store are sealed with which key, by its fingerprint; those that are damaged are counted under `''`. */
export async function sealedWith(source: RowSource): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const rows of rowPages(source, storeKey(''), storeKey(lastCharacter))) {
    for (const { json } of rows) {
      const keyId = keyIdIn(json);
      counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
    }
  }
  return counts;
}

function keyIdIn(json: string): string {
  try {
    return asSealed('', JSON.parse(json)).keyId;
  } catch {
    return '';
  }
}

/** A row of the vault as it is kept, under the key. @param key 32 bytes */
export function sealedUnder(key: Uint8Array, name: string, value: Json): Json {
  return { v: 1, keyId: keyIdOf(key), ...seal(name, value, createSecretKey(key), systemRandomBytes(nonceBytes)) };
}

/** Under which key the store keeps an entry. */
export function storeKey(name: string): string {
  return `vault:${name}`;
}

/** The fingerprint of a key, as sealed entries carry it. */
export function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

function seal(name: string, value: Json, key: KeyObject, nonce: Buffer) {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(name));
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return {
    nonce: nonce.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

function open(name: string, found: unknown, key: KeyObject, keyId: string): Json {
  const sealed = asSealed(name, found);
  if (sealed.keyId !== keyId) {
    throw new VaultError(
      'VAULT_KEY_WRONG',
      `${storeKey(name)}: found a secret sealed with key ${sealed.keyId}, expected key ${keyId}, the one in use. Set NIGHTSHIFT_KEY (or the nightshift-key credential, or vault.key in the data folder) back to what it was. If that key is lost, so is this secret: remove '${storeKey(name)}' from the store and supply the secret anew.`,
    );
  }
  const nonce = bytes(sealed.nonce);
  const ciphertext = bytes(sealed.ciphertext);
  const tag = bytes(sealed.tag);
  if (nonce?.length !== nonceBytes || tag?.length !== tagBytes || !ciphertext) throw damaged(name);
  try {
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(name))
      .setAuthTag(tag);
    return JSON.parse(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')) as Json;
  } catch {
    // What went wrong inside tells a person nothing and may quote the secret.
    throw damaged(name);
  }
}

function asSealed(name: string, found: unknown): Sealed {
  if (typeof found !== 'object' || found === null) throw damaged(name);
  const { v, keyId, nonce, ciphertext, tag } = found as Record<keyof Sealed, unknown>;
  if (Number.isInteger(v) && (v as number) > 1) {
    const message = `${storeKey(name)}: found version ${v} of a sealed secret, expected at most 1. Run the newer nightshift that wrote it.`;
    throw new VaultError('VAULT_NEWER', message);
  }
  const texts = [nonce, ciphertext, tag].every((part) => typeof part === 'string');
  if (v !== 1 || !texts || typeof keyId !== 'string' || !/^[0-9a-f]{8}$/.test(keyId)) throw damaged(name);
  return found as Sealed;
}

/** Undefined unless the text is base64 exactly as the vault writes it; Node would skip over what is not. */
function bytes(text: string): Buffer | undefined {
  const decoded = Buffer.from(text, 'base64');
  return decoded.toString('base64') === text ? decoded : undefined;
}

function damaged(name: string) {
  return new VaultError(
    'VAULT_DAMAGED',
    `${storeKey(name)}: found a secret that is not as the vault wrote it, expected a sealed entry of that name. Restore the store from a copy, or remove '${storeKey(name)}' from it and supply the secret anew.`,
  );
}
