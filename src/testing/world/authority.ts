/**
 * The token servers of a simulated world: OAuth 2.0 as services have it, with tokens that expire, refresh tokens that are
 * replaced at each use, and grants that somebody may take back.
 *
 * @see RFC 6749, sections 4.4 and 6; RFC 9700, section 4.14.2, on the rotation of refresh tokens
 */
import type { TokenConfig } from '../../config/config.ts';
import { answer, type Handler, type WorldRequest } from './network.ts';

/** How long an access token lives, in milliseconds. */
const lifeMs = 3_600_000;

/** How often one refresh token is taken: whoever comes with it more often has lost what it was given, or stolen it. */
const usesMax = 5;

interface Grant {
  name: string;
  tokenUrl: string;
  clientId: string;
  /** Those that are taken: the newest, and the one before it until the newest has been used. Empty for client credentials. */
  refreshTokens: string[];
  /** How often the oldest of them was used. */
  uses: number;
  /** All that were ever used or given: when a person gives the grant again, whichever the service holds is good. */
  given: Set<string>;
  version: number;
  isRevoked: boolean;
  /** Refreshes under way at this instant. */
  inFlight: number;
}

/** An access token, as the services of the world know it. */
export interface Issued {
  token: string;
  version: number;
  /** Epoch ms, true time. */
  expiresAt: number;
  isRevoked: boolean;
}

export class Authority {
  readonly #grants = new Map<string, Grant>();
  readonly #issued = new Map<string, Issued>();

  constructor(tokens: Iterable<TokenConfig>) {
    for (const { name, source } of tokens) {
      if (source.grant === 'static') continue;
      const refreshTokens = source.grant === 'refresh_token' ? [source.refreshToken.reveal()] : [];
      this.#grants.set(name, {
        name,
        tokenUrl: source.tokenUrl,
        clientId: source.clientId,
        refreshTokens,
        uses: 0,
        given: new Set(refreshTokens),
        version: 0,
        isRevoked: false,
        inFlight: 0,
      });
    }
  }

  /** Answers at a token endpoint. */
  readonly handler: Handler = ({ body, headers }, at) => {
    const form = new URLSearchParams(body);
    const grant = this.#grantOf(form, headers);
    if (!grant || grant.isRevoked) return answer(400, { error: 'invalid_grant' });
    const rotated =
      form.get('grant_type') === 'refresh_token' ? this.#rotated(grant, form.get('refresh_token') ?? '') : {};
    grant.version += 1;
    const token = `access-${grant.name}-${grant.version}`;
    this.#issued.set(token, { token: grant.name, version: grant.version, expiresAt: at + lifeMs, isRevoked: false });
    return answer(200, { access_token: token, token_type: 'bearer', expires_in: lifeMs / 1_000, ...rotated });
  };

  /** The access token that a request carries; undefined for one that this world never gave out. */
  issued(headers: Headers): Issued | undefined {
    for (const [, value] of headers) {
      const issued = this.#issued.get(value.replace(/^Bearer /i, ''));
      if (issued) return issued;
    }
    return undefined;
  }

  /** The version of an access token; 0 for one that this world never gave out. */
  versionOf(accessToken: string): number {
    return this.#issued.get(accessToken)?.version ?? 0;
  }

  /**
   * The token that a request to a token server is about: by its grant, and where nobody knows that any more, by the only token that
   * the server has. Undefined for any other request.
   */
  refreshOf({ url, body, headers }: WorldRequest): string | undefined {
    const here = [...this.#grants.values()].filter(({ tokenUrl }) => url.href.startsWith(tokenUrl));
    if (here.length === 0) return undefined;
    return this.tokenOf(body, headers) ?? (here.length === 1 ? here[0]?.name : undefined);
  }

  /** The newest version of a token that was given out; 0 before the first. */
  newest(token: string): number {
    return this.#grants.get(token)?.version ?? 0;
  }

  /** The access tokens of a token are good for nothing from now on, before their time; a refresh mends it. */
  reject(token: string): void {
    for (const issued of this.#issued.values()) if (issued.token === token) issued.isRevoked = true;
  }

  /** The grant is taken back: only a person can give another. */
  revoke(token: string): void {
    const grant = this.#grants.get(token);
    if (grant) grant.isRevoked = true;
    this.reject(token);
  }

  /** A person has given the grant again. */
  restore(token: string): void {
    const grant = this.#grants.get(token);
    if (!grant) return;
    grant.isRevoked = false;
    grant.refreshTokens = [...grant.given];
  }

  /** A person consents once more, whatever has become of the grant. @returns the refresh token that they get */
  consent(token: string): string {
    const grant = this.#grants.get(token);
    if (!grant) return '';
    grant.isRevoked = false;
    grant.version += 1;
    const given = `refresh-${grant.name}-${grant.version}`;
    grant.refreshTokens = [given];
    return given;
  }

  isRevoked(token: string): boolean {
    return this.#grants.get(token)?.isRevoked ?? false;
  }

  get tokens(): string[] {
    return [...this.#grants.keys()];
  }

  /** The name of the token that a request to a token endpoint is about. */
  tokenOf(body: string, headers: Headers): string | undefined {
    return this.#grantOf(new URLSearchParams(body), headers)?.name;
  }

  #grantOf(form: URLSearchParams, headers: Headers): Grant | undefined {
    const refreshToken = form.get('refresh_token');
    const basic = /^Basic (.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
    const [named = ''] = basic ? Buffer.from(basic, 'base64').toString().split(':') : [form.get('client_id') ?? ''];
    const clientId = decodeURIComponent(named);
    return [...this.#grants.values()].find((grant) =>
      refreshToken === null
        ? grant.clientId === clientId && grant.refreshTokens.length === 0
        : grant.refreshTokens.includes(refreshToken),
    );
  }

  #rotated(grant: Grant, used: string): { refresh_token: string } {
    const next = `refresh-${grant.name}-${grant.version + 1}`;
    grant.uses = grant.refreshTokens[0] === used ? grant.uses + 1 : 1;
    // Its answer may have got lost, or be overtaken: until one that was given for it is used, it is good for some more tries.
    const since = grant.refreshTokens.slice(grant.refreshTokens.indexOf(used) + 1);
    grant.refreshTokens = [...(grant.uses < usesMax ? [used] : []), ...since, next];
    grant.given.add(used).add(next);
    return { refresh_token: next };
  }
}
