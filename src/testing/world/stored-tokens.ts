/**
 * The tokens on the disk of a world, which are sealed there as on any other.
 */
import { nameOf, type StoredToken } from '../../actors/token-secrets.ts';
import { openSealed, storeKey } from '../../persistence/vault.ts';
import type { Authority } from './authority.ts';
import type { WorldDisk } from './world-store.ts';

export class StoredTokens {
  readonly vaultKey = Buffer.alloc(32, 7);
  readonly #disk: WorldDisk;
  readonly #authority: Authority;
  /** What was found in the sealed rows, which is asked at every call. */
  readonly #known = new Map<string, { json: string; version: number }>();

  constructor(disk: WorldDisk, authority: Authority) {
    this.#disk = disk;
    this.#authority = authority;
  }

  /** The version of an OAuth token that is on disk; 0 when there is none. */
  versionOf(token: string): number {
    const name = nameOf(token);
    const json = this.#disk.get(storeKey(name));
    if (json === undefined) return 0;
    const known = this.#known.get(token);
    if (known?.json === json) return known.version;
    const { accessToken } = openSealed(this.vaultKey, name, JSON.parse(json)) as unknown as StoredToken;
    const version = this.#authority.versionOf(accessToken);
    this.#known.set(token, { json, version });
    return version;
  }
}
