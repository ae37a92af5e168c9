/**
 * A real authorization server (oidc-provider) and a resource server beside it that looks every token up there.
 * What these two saw is what the tests believe.
 */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type GrantContext, Provider } from 'oidc-provider';

/** A call that reached the resource server. */
export interface Call {
  at: number;
  engine: string;
  token: string;
  /** The provider knows the token, and it has not expired. */
  good: boolean;
}

/** A request that the provider's token endpoint decided about. */
export interface Granting {
  /** When the request arrived. */
  askedAt: number;
  grant: string;
  /** The access token, or the error. */
  token?: string | undefined;
  error?: string | undefined;
}

const client = { id: 'nightshift', secret: 'client-secret-canary' };

export class Authority {
  readonly calls: Call[] = [];
  readonly grantings: Granting[] = [];
  /** Called with each call, before it is answered. */
  onCall: (call: Call) => void = () => {};
  /** How long the token endpoint takes for its answer to the n-th request, in milliseconds. */
  delayMs: (n: number) => number = () => 0;
  readonly client = client;
  readonly #provider: Server;
  readonly #resource: Server;
  #tokens: Provider | undefined;
  #asked = 0;
  readonly #askedAt = new WeakMap<IncomingMessage, number>();

  /** @param lifeSeconds of every access token */
  static async open(lifeSeconds: number): Promise<Authority> {
    const authority = new Authority();
    await listen(authority.#provider, 0);
    await listen(authority.#resource, 0);
    authority.#tokens = provider(urlOf(authority.#provider), lifeSeconds);
    const note = ({ req, oidc }: GrantContext, outcome: Partial<Granting>) => {
      const askedAt = authority.#askedAt.get(req) ?? Number.NaN;
      authority.grantings.push({ askedAt, grant: oidc.params.grant_type, ...outcome });
    };
    authority.#tokens.on('grant.success', (context) => note(context, { token: context.body.access_token }));
    authority.#tokens.on('grant.error', (context, error) => note(context, { error: error?.message }));
    authority.#answer = authority.#tokens.callback();
    return authority;
  }

  constructor() {
    this.#provider = createServer((request, response) => void this.#grant(request, response));
    this.#resource = createServer((request, response) => void this.#serve(request, response));
  }

  #answer: RequestListener = () => {};

  get tokenUrl(): string {
    return `${urlOf(this.#provider)}/token`;
  }

  get apiUrl(): string {
    return urlOf(this.#resource);
  }

  /** A refresh token as a person would get it by logging in. */
  async firstGrant(): Promise<string> {
    const tokens = this.#tokens as Provider;
    const scope = 'openid offline_access';
    const grant = new tokens.Grant({ clientId: client.id, accountId: 'somebody' });
    grant.addOIDCScope(scope);
    const grantId = await grant.save();
    const holder = { accountId: 'somebody', client: await tokens.Client.find(client.id), grantId };
    return new tokens.RefreshToken({ ...holder, scope, gty: 'authorization_code' }).save();
  }

  /** Ends an access token before its time. */
  async takeBack(token: string): Promise<void> {
    await (await this.#tokens?.AccessToken.find(token))?.destroy();
  }

  /** Nobody listens at the token endpoint until the returned function is called. */
  async goAway(): Promise<() => Promise<void>> {
    const { port } = this.#provider.address() as AddressInfo;
    await closed(this.#provider);
    return () => listen(this.#provider, port);
  }

  async close(): Promise<void> {
    await Promise.all([closed(this.#provider), closed(this.#resource)]);
  }

  async #grant(request: IncomingMessage, response: ServerResponse) {
    this.#asked += 1;
    this.#askedAt.set(request, Date.now());
    const delayMs = this.delayMs(this.#asked);
    if (delayMs > 0) await wait(delayMs);
    this.#answer(request, response);
  }

  async #serve(request: IncomingMessage, response: ServerResponse) {
    request.resume();
    const token = String(request.headers.authorization).replace('Bearer ', '');
    const tokens = this.#tokens as Provider;
    const known = (await tokens.AccessToken.find(token)) ?? (await tokens.ClientCredentials.find(token));
    const good = known !== undefined && !known.isExpired;
    const call = { at: Date.now(), engine: String(request.headers['x-engine']), token, good };
    this.calls.push(call);
    this.onCall(call);
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' }).end('{}');
  }
}

function provider(issuer: string, lifeSeconds: number): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        redirect_uris: ['http://127.0.0.1/callback'],
      },
    ],
    cookies: { keys: ['not used'] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'one' }] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    rotateRefreshToken: true,
    ttl: {
      AccessToken: lifeSeconds,
      ClientCredentials: lifeSeconds,
      RefreshToken: 86_400,
      Grant: 86_400,
      IdToken: 3_600,
    },
  });
}

const listen = (server: Server, port: number) =>
  new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));

const closed = (server: Server) =>
  new Promise<void>((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
