/**
 * Token secrets: what a call is authorised with. Configured ones are read from the configuration, obtained
 * ones from the vault; a new one is in the vault before anybody gets to see it.
 */
import type { TokenConfig } from '../config/config.ts';
import type { Json } from '../json.ts';
import type { Redactor } from '../persistence/redact.ts';
import type { Vault } from '../persistence/vault.ts';

/** A version of a token, as it stands in the vault. */
export type StoredToken = {
  version: number;
  accessToken: string;
  /** Epoch ms; null when the server did not say. */
  expiresAt: number | null;
  /** Epoch ms. */
  obtainedAt: number;
  /** What the next refresh is asked with; null when the grant needs none. */
  refreshToken: string | null;
  /** Which configured grant it comes from. */
  fingerprint: string;
};

export class TokenSecrets {
  readonly #vault: Vault;
  readonly #known = new Map<string, StoredToken>();
  readonly #outdated = new Map<string, StoredToken>();
  readonly #redactor: Pick<Redactor, 'add' | 'forget'>;

  /** @param redactor told of every secret before it is used, so that it can be kept out of logs */
  constructor(vault: Vault, redactor: Pick<Redactor, 'add' | 'forget'>) {
    this.#vault = vault;
    this.#redactor = redactor;
  }

  /** The newest version on disk; undefined before the first. @throws {VaultError} */
  async stored(name: string): Promise<StoredToken | undefined> {
    if (!this.#known.has(name)) {
      const found = (await this.#vault.get(nameOf(name))) as StoredToken | undefined;
      // A newer one may have been stored while the vault was read.
      if (found && !this.#known.has(name)) this.#keep(name, found);
    }
    return this.#known.get(name);
  }

  /** Resolves once it is durable. */
  async store(name: string, token: StoredToken): Promise<void> {
    await this.#vault.put(nameOf(name), token as unknown as Json);
    this.#keep(name, token);
  }

  /** The headers that carry the token; undefined when there is none. */
  async headers(token: TokenConfig): Promise<Record<string, string> | undefined> {
    const secret =
      token.source.grant === 'static' ? token.source.secret.reveal() : (await this.stored(token.name))?.accessToken;
    if (secret === undefined) return undefined;
    const { name, scheme } = token.header;
    return { [name]: scheme === null ? secret : `${scheme} ${secret}` };
  }

  #keep(name: string, token: StoredToken) {
    const before = this.#known.get(name);
    if (before === token) return;
    for (const secret of secretsOf(token)) this.#redactor.add(secret);
    this.#known.set(name, token);
    if (!before) return;
    // The one before may still be on its way in a call or an error; the one before that is of no use to anybody.
    const current = new Set([...secretsOf(before), ...secretsOf(token)]);
    for (const secret of secretsOf(this.#outdated.get(name))) if (!current.has(secret)) this.#redactor.forget(secret);
    this.#outdated.set(name, before);
  }
}

/** Under which name the vault keeps a token. */
export const nameOf = (name: string): string => `token/${name}`;

function secretsOf(token: StoredToken | undefined): string[] {
  if (!token) return [];
  return token.refreshToken === null ? [token.accessToken] : [token.accessToken, token.refreshToken];
}
