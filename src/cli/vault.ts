/**
 * `vault rotate`: every secret under a new key. The service must be down: it would go on with the old one.
 */
import { openDataDir } from '../persistence/data-dir.ts';
import { acquireLock } from '../persistence/lock.ts';
import type { KeyPlaces } from '../persistence/vault-key.ts';
import { type Rotation, rotateVaultKey } from '../persistence/vault-rotation.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { storeIn } from './stored.ts';
import { withTypedPlace } from './typed-place.ts';

export interface VaultOptions extends PlaceOptions {
  json?: boolean;
}

/**
 * @param now epoch ms
 * @returns the exit code: 1 when a secret could not be opened
 */
export async function rotate({ json, ...options }: VaultOptions, keys: KeyPlaces, now: number): Promise<number> {
  const { data } = placeOf(options);
  storeIn(data);
  const dataDir = openDataDir(data);
  const lock = acquireLock(dataDir.lock, now);
  try {
    const rotation = await rotateVaultKey(dataDir, keys);
    console.log(json ? JSON.stringify(rotation) : withTypedPlace(readable(rotation, dataDir.vaultKey), options));
    return rotation.left.length === 0 ? 0 : 1;
  } finally {
    lock.release();
  }
}

function readable({ secrets, left, source, keyId }: Rotation, file: string): string {
  const many = secrets === 1 ? '1 secret is' : `${secrets} secrets are`;
  return [
    `${many} under the key ${keyId} now, ${placeFor(source, file)}`,
    'Copies of the store that were made before need the old key. Make a new one: nightshift backup',
    ...left.map(({ name, reason }) => oneLine(`left as it was: ${name}: ${reason}`)),
  ].join('\n');
}

function placeFor(source: Rotation['source'], file: string): string {
  switch (source) {
    case 'file':
      return `which stands in ${file}.`;
    case 'environment':
      return 'the one from NIGHTSHIFT_NEXT_KEY. Give it to the service as NIGHTSHIFT_KEY before you start it.';
    case 'credential':
      return 'the one from NIGHTSHIFT_NEXT_KEY. Make it the credential nightshift-key before you start the service.';
    default:
      return source satisfies never;
  }
}
