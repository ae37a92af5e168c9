/**
 * Where the vault's key comes from.
 *
 * Three places, the first that has one counts: the environment variable `NIGHTSHIFT_KEY`, the file
 * `nightshift-key` among the service's systemd credentials, the key file in the data folder. With none of
 * them, a key is made and put into the key file, so that nobody must do anything to be safer than with plain text.
 *
 * A place that has something which is no key is an error: to go on to the next place would make a new key, and
 * lock away every secret kept under the old one. No message ever shows what was found.
 */
import { randomBytes as systemRandomBytes } from 'node:crypto';
import { join } from 'node:path';
import { NightshiftError } from '../errors.ts';
import { writeDurableFile } from './durable-file.ts';
import { FileKindError, textAndStats } from './file-kind.ts';

/** A source of bytes that nobody can foretell, as `randomBytes` of node:crypto is. */
export type RandomBytes = (size: number) => Buffer;

export interface VaultKey {
  /** 32 bytes. */
  key: Buffer;
  source: 'environment' | 'credential' | 'file';
  /** It was made just now: worth a line in the log. */
  created: boolean;
}

/** `VAULT_KEY_INVALID`: no 32 bytes. `VAULT_KEY_EXPOSED`: others may read it. `VAULT_KEY_UNREADABLE`: the system refused. */
export class VaultKeyError extends NightshiftError {}

export const vaultKeyBytes = 32;

/** What an environment says of the vault's key, and of the next one in a rotation. */
export interface KeyPlaces {
  NIGHTSHIFT_KEY?: string;
  NIGHTSHIFT_NEXT_KEY?: string;
  /** Where systemd lends credentials. */
  CREDENTIALS_DIRECTORY?: string;
}

const keyVariables = ['NIGHTSHIFT_KEY', 'NIGHTSHIFT_NEXT_KEY'] as const;

/**
 * Takes the keys out of an environment: a config and its jobs run in this process, and what they start inherits it. Call it before
 * any of that is loaded.
 */
export function takeKeys(environment: NodeJS.ProcessEnv): KeyPlaces {
  const places: KeyPlaces = {};
  for (const name of [...keyVariables, 'CREDENTIALS_DIRECTORY'] as const) {
    const { [name]: found } = environment;
    if (found !== undefined) places[name] = found;
  }
  for (const name of keyVariables) Reflect.deleteProperty(environment, name);
  return places;
}

const advice =
  "To make one: openssl rand -base64 32. If there was one before, put that one back: a new one cannot read the old one's secrets.";

/**
 * Finds the key, or makes the key file (mode 0600, on disk before this returns). Call it as the owner of the
 * data folder's lock: two at once would make two keys.
 *
 * @param file the key file
 * @throws {VaultKeyError}
 */
export function findVaultKey({
  environment,
  file,
  randomBytes = systemRandomBytes,
}: {
  environment: KeyPlaces;
  file: string;
  randomBytes?: RandomBytes;
}): VaultKey {
  const given = presentVaultKey({ environment, file });
  if (given) return { ...given, created: false };
  const key = randomBytes(vaultKeyBytes);
  keepKey(file, key);
  return { key, source: 'file', created: true };
}

/** The key in a key file; undefined when there is no such file. @throws {VaultKeyError} */
export function keyInFile(file: string): Buffer | undefined {
  const kept = readKeyText(file);
  if (!kept) return undefined;
  refuseExposed(file, kept.mode);
  return keyIn(kept.text, file);
}

/** Makes a key file, on disk before this returns, or replaces the one of that name. @throws {VaultKeyError} */
export function keepKey(file: string, key: Buffer): void {
  try {
    writeDurableFile(file, `${key.toString('base64')}\n`, 0o600);
  } catch (error) {
    throw unreadable(file, 'written', error);
  }
}

/**
 * Finds the key and makes nothing; undefined when there is none.
 *
 * @param file the key file
 * @throws {VaultKeyError}
 */
export function presentVaultKey({
  environment,
  file,
}: {
  environment: KeyPlaces;
  file: string;
}): Omit<VaultKey, 'created'> | undefined {
  const { NIGHTSHIFT_KEY: given, CREDENTIALS_DIRECTORY: credentials } = environment;
  if (given !== undefined) return { key: keyIn(given, 'NIGHTSHIFT_KEY'), source: 'environment' };

  const credential = credentials ? join(credentials, 'nightshift-key') : undefined;
  const lent = credential && readKeyText(credential);
  if (credential && lent) return { key: keyIn(lent.text, credential), source: 'credential' };

  const kept = keyInFile(file);
  return kept && { key: kept, source: 'file' };
}

/**
 * The key that a text is, in base64 or hex.
 *
 * @param where it was found, for the message
 * @throws {VaultKeyError} `VAULT_KEY_INVALID`
 */
export function keyIn(text: string, where: string): Buffer {
  const digits = text.trim();
  if (/^[0-9a-f]{64}$/i.test(digits)) return Buffer.from(digits, 'hex');
  const key = Buffer.from(digits, 'base64');
  // Node decodes whatever it gets, and base64url too: what comes back the same was really base64.
  const unpadded = digits.replace(/=$/, '').replaceAll('+', '-').replaceAll('/', '_');
  if (key.length === vaultKeyBytes && key.toString('base64url') === unpadded) return key;
  throw new VaultKeyError(
    'VAULT_KEY_INVALID',
    `${where}: found ${digits.length === 0 ? 'nothing' : `${digits.length} characters that are no key`}, expected 32 bytes in base64 (44 characters) or hex (64). ${advice}`,
  );
}

/** Text and mode of one and the same file; undefined when there is none. */
function readKeyText(file: string): { text: string; mode: number } | undefined {
  try {
    const { text, stats } = textAndStats(file);
    return { text, mode: stats.mode };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof FileKindError)
      throw new VaultKeyError('VAULT_KEY_UNREADABLE', error.message, { cause: error });
    throw unreadable(file, 'read', error);
  }
}

function refuseExposed(file: string, mode: number) {
  if ((mode & 0o077) === 0) return;
  const permissions = (mode & 0o777).toString(8);
  throw new VaultKeyError(
    'VAULT_KEY_EXPOSED',
    `${file}: found mode ${permissions}, expected 600: other users could have read the vault's key. Run: chmod 600 '${file}'`,
  );
}

function unreadable(file: string, verb: 'read' | 'written', error: unknown) {
  const { code } = error as NodeJS.ErrnoException;
  return new VaultKeyError(
    'VAULT_KEY_UNREADABLE',
    `${file}: found that the vault's key cannot be ${verb} (${code}), expected a file of your own with mode 600. Give it to the user nightshift runs as, or set NIGHTSHIFT_KEY.`,
    { cause: error },
  );
}
