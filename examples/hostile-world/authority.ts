/**
 * The authorization server: hands out access tokens that live for an hour of this world, and a new refresh token with each.
 *
 * A refresh token goes on being good until the one that followed it has been used, as with servers that allow for an answer
 * that got lost; an older one is refused for good.
 *
 * @see RFC 6749, section 6; RFC 9700, section 4.14
 */
import { hash } from 'node:crypto';
import type { Random } from '../../src/random.ts';
import type { Presented } from './record.ts';
import { scaled } from './scale.ts';

export const tokenLifeMs = scaled('1h');

interface Grant {
  /** Refresh tokens, the newest last. */
  chain: string[];
}

interface Token {
  expiresAt: number;
  rejectedAt: number | null;
}

/** What the token endpoint answers. */
export interface TokenAnswer {
  status: number;
  body: { [key: string]: string | number };
}

export class Authority {
  readonly #random: Random;
  readonly #grants = new Map<string, Grant>();
  readonly #tokens = new Map<string, Token>();
  /** How many access tokens were handed out. */
  issued = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A grant that somebody gave by hand. @returns its first refresh token */
  grant(client: string): string {
    const first = this.#secret('refresh');
    this.#grants.set(client, { chain: [first] });
    return first;
  }

  /**
   * Answers a request to the token endpoint.
   *
   * @param authorization the header: HTTP Basic with the client's name
   * @param at epoch ms
   */
  answer(authorization: string, form: URLSearchParams, at: number): TokenAnswer {
    const [client = ''] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':');
    const grant = this.#grants.get(client);
    if (!grant) return { status: 401, body: { error: 'invalid_client' } };
    if (form.get('grant_type') === 'client_credentials') return { status: 200, body: this.#issue(at) };
    const place = grant.chain.indexOf(form.get('refresh_token') ?? '');
    if (place === -1) return { status: 400, body: { error: 'invalid_grant' } };
    const used = grant.chain[place] as string;
    const next = this.#secret('refresh');
    grant.chain = [used, next];
    return { status: 200, body: { ...this.#issue(at), refresh_token: next } };
  }

  /** What the world knows of a token. */
  look(token: string): Presented {
    const known = this.#tokens.get(token);
    const name = hash('sha256', token).slice(0, 8);
    return { name, expiresAt: known?.expiresAt ?? null, rejectedAt: known?.rejectedAt ?? null };
  }

  isGood(token: string, at: number): boolean {
    const known = this.#tokens.get(token);
    return known !== undefined && at < known.expiresAt && known.rejectedAt === null;
  }

  /** Takes a token back before its time. */
  reject(token: string, at: number) {
    const known = this.#tokens.get(token);
    if (known) known.rejectedAt ??= at;
  }

  #issue(at: number) {
    const token = this.#secret('access');
    this.issued += 1;
    this.#tokens.set(token, { expiresAt: at + tokenLifeMs, rejectedAt: null });
    return { access_token: token, token_type: 'Bearer', expires_in: Math.floor(tokenLifeMs / 1000) };
  }

  #secret(kind: string): string {
    const dice = Array.from({ length: 4 }, () => this.#random()).join();
    return `${kind}-${hash('sha256', dice).slice(0, 32)}`;
  }
}
