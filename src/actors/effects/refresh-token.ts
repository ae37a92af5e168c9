/**
 * Gets a new token from the authorization server and stores it in the vault, in this order: nobody uses what
 * is not on disk.
 *
 * Killed before that write, the old grant still works, or the server has already taken it back and the
 * token is revoked: nobody can do better. Killed after it, the next start finds the new version in the vault
 * and asks for nothing.
 *
 * @see RFC 6749, sections 4.4 and 6
 */
import * as oauth from 'oauth4webapi';
import type { Clock } from '../../clock.ts';
import type { TokenConfig, TokenSource } from '../../config/config.ts';
import type { Refreshed, TokenContext } from '../../machines/token.ts';
import { classifyResponse } from '../../policies/classify.ts';
import { ClassifiedError } from '../../policies/failure.ts';
import type { EffectRunner, EffectScope } from '../host.ts';
import type { StoredToken, TokenSecrets } from '../token-secrets.ts';

export interface RefreshPorts {
  clock: Clock;
  secrets: TokenSecrets;
  tokens: ReadonlyMap<string, TokenConfig>;
  fetch: typeof fetch;
}

type OAuthSource = Exclude<TokenSource, { grant: 'static' }>;

/** The effect behind the token chart's `refreshToken`. */
export function refreshToken(ports: RefreshPorts): EffectRunner {
  return async (scope: EffectScope): Promise<Refreshed> => {
    const name = scope.address.slice('token/'.length);
    const token = ports.tokens.get(name);
    if (!token || token.source.grant === 'static') throw missing(name);
    const { version } = scope.read().context as unknown as TokenContext;
    const { fingerprint } = token.settings;
    const stored = await ports.secrets.stored(name);
    const same = stored?.fingerprint === fingerprint ? stored : undefined;
    if (same && same.version > version && isAlive(same, ports.clock.now())) return refreshed(same);

    const elapsed = lengthFrom(ports.clock);
    const answer = await request(token.source, same?.refreshToken ?? null, ports, scope.signal);
    // Its life may have begun long before a slow answer arrives, and is counted from when it was asked for: by the present wall
    // clock, for that may have been set meanwhile.
    const obtainedAt = Math.floor(ports.clock.now() - elapsed());
    const next: StoredToken = {
      version: Math.max(version, stored?.version ?? 0) + 1,
      accessToken: answer.access_token,
      expiresAt: answer.expires_in === undefined ? null : obtainedAt + lifeMs(answer.expires_in),
      obtainedAt,
      refreshToken: answer.refresh_token ?? same?.refreshToken ?? null,
      fingerprint,
    };
    if (!isAlive(next, ports.clock.now())) {
      // The grant it came with is the valid one now; the token before it may still be good.
      await ports.secrets.store(name, { ...(same ?? next), refreshToken: next.refreshToken });
      throw stillborn(answer.expires_in);
    }
    await ports.secrets.store(name, next);
    return refreshed(next);
  };
}

/** Measures how long it has been, in milliseconds: a sleep of the machine counts, and whoever sets the clock does not. */
function lengthFrom(clock: Clock): () => number {
  const [awake, booted] = [clock.monotonic(), clock.sinceBoot()];
  return () => {
    const awakeMs = clock.monotonic() - awake;
    const sleptMs = clock.sinceBoot() - booted - awakeMs;
    // Some systems count the time since their start in whole seconds.
    return awakeMs + (sleptMs > 1_000 ? sleptMs : 0);
  };
}

async function request(
  source: OAuthSource,
  rotated: string | null,
  { fetch, clock }: RefreshPorts,
  signal: AbortSignal,
) {
  const { tokenUrl, clientId, scope } = source;
  const server: oauth.AuthorizationServer = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const client: oauth.Client = { client_id: clientId };
  const options = {
    signal,
    [oauth.customFetch]: fetch as never,
    // A token server on the loopback interface or in a private network may be without TLS; the config says its URL.
    [oauth.allowInsecureRequests]: new URL(tokenUrl).protocol === 'http:',
    ...(scope !== undefined && { additionalParameters: { scope } }),
  };
  const authentication = authenticationOf(source);
  if (source.grant === 'client_credentials') {
    const parameters = new URLSearchParams(scope === undefined ? {} : { scope });
    const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, options);
    return answered(response, clock.now(), (good) => oauth.processClientCredentialsResponse(server, client, good));
  }
  const grant = rotated ?? source.refreshToken.reveal();
  const response = await oauth.refreshTokenGrantRequest(server, client, authentication, grant, options);
  return answered(response, clock.now(), (good) => oauth.processRefreshTokenResponse(server, client, good));
}

function authenticationOf({ authMethod, clientSecret }: OAuthSource): oauth.ClientAuth {
  const secret = clientSecret?.reveal() ?? '';
  switch (authMethod) {
    case 'none':
      return oauth.None();
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(secret);
    case 'client_secret_post':
      return oauth.ClientSecretPost(secret);
    default:
      return authMethod satisfies never;
  }
}

/** An answer without a JSON body, as a proxy in front of the server gives it, is classified by its status. */
async function answered(
  response: Response,
  at: number,
  read: (response: Response) => Promise<oauth.TokenEndpointResponse>,
): Promise<oauth.TokenEndpointResponse> {
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  if (response.ok || isJson) return read(response);
  const { status, headers } = response;
  throw new ClassifiedError(classifyResponse({ status, headers }, at));
}

function refreshed({ version, expiresAt, obtainedAt }: StoredToken): Refreshed {
  return { version, expiresAt, obtainedAt };
}

/** Servers count in whole seconds: a token obtained late in one is dead that much earlier than it says. */
function lifeMs(seconds: number): number {
  return seconds * 1000 - Math.min(1000, seconds * 100);
}

function isAlive({ expiresAt }: StoredToken, at: number): boolean {
  return expiresAt === null || expiresAt > at;
}

function stillborn(seconds: number | undefined) {
  const message = `the token server handed out a token that had expired when it arrived (expires_in: ${seconds})`;
  return new ClassifiedError({ class: 'recoverable', code: 'TOKEN_STILLBORN', message });
}

function missing(name: string) {
  return new ClassifiedError({
    class: 'shared',
    code: 'TOKEN_MISSING',
    message: `${name}: there is no grant for this token in the configuration.`,
    token: name,
  });
}
