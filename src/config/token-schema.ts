/**
 * Tokens: where they come from, and how they travel.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defaultBackoff } from '../policies/backoff.ts';
import type { TokenConfig, TokenSource } from './config.ts';
import { authMethods } from './definition.ts';
import type { Environment } from './env.ts';
import { field, type Mismatch, section, together } from './field.ts';
import { durationOrNone, headerName, oneOf, text } from './fields.ts';
import { headerSecret, privateText, secret, secureUrl } from './private-field.ts';

export function tokenSchema(environment: Environment) {
  const client = {
    tokenUrl: secureUrl(environment),
    clientId: privateText(environment),
    scope: text('a text', 'Write the scopes with spaces between them.').optional(),
    refreshBefore: durationOrNone().default(300_000),
    authMethod: oneOf(authMethods).optional(),
  };
  return z.discriminatedUnion(
    'grant',
    [
      together(
        section({
          grant: z.literal('refresh_token'),
          ...client,
          clientSecret: secret(environment).optional(),
          refreshToken: secret(environment),
        }),
        authMethodFits,
      ),
      together(
        section({ grant: z.literal('client_credentials'), ...client, clientSecret: secret(environment) }),
        authMethodFits,
      ),
      section({
        grant: z.literal('static'),
        secret: headerSecret(environment),
        header: headerName(),
        scheme: field({ expected: 'a scheme or null', fix: 'Write it as bearer(…) or apiKey(…).' }, (value) =>
          value === null || typeof value === 'string' ? value : undefined,
        ),
      }),
    ],
    { error: 'oauth2({ … }), clientCredentials({ … }), bearer(…) or apiKey(…)' },
  );
}

type Parsed = z.output<ReturnType<typeof tokenSchema>>;

function authMethodFits({ authMethod, clientSecret }: Readonly<Record<string, unknown>>): Mismatch | undefined {
  const isPublic = clientSecret === undefined;
  if (authMethod === undefined || (authMethod === 'none') === isPublic) return undefined;
  return {
    path: ['authMethod'],
    found: `'${authMethod}' ${isPublic ? 'without' : 'with'} a client secret`,
    expected: 'a method that fits the rest of the grant',
    fix: isPublic ? 'Add clientSecret.' : 'Remove authMethod or clientSecret.',
  };
}

export function tokenConfig(name: string, parsed: Parsed): TokenConfig {
  const source = sourceOf(parsed);
  return {
    name,
    source,
    header:
      parsed.grant === 'static'
        ? { name: parsed.header, scheme: parsed.scheme }
        : { name: 'Authorization', scheme: 'Bearer' },
    settings: {
      grant: parsed.grant,
      refreshBeforeMs: parsed.grant === 'static' ? 0 : parsed.refreshBefore,
      retry: defaultBackoff,
      fingerprint: fingerprint(source),
    },
  };
}

function sourceOf(parsed: Parsed): TokenSource {
  if (parsed.grant === 'static') return { grant: 'static', secret: parsed.secret };
  const { tokenUrl, clientId, clientSecret, scope } = parsed;
  const client = {
    tokenUrl,
    clientId,
    ...(clientSecret && { clientSecret }),
    authMethod: parsed.authMethod ?? (clientSecret ? 'client_secret_basic' : 'none'),
    ...(scope !== undefined && { scope }),
  } as const;
  return parsed.grant === 'refresh_token'
    ? { grant: 'refresh_token', ...client, refreshToken: parsed.refreshToken }
    : { grant: 'client_credentials', ...client };
}

/**
 * Tells one configured grant from another without keeping any of it: a stored token whose fingerprint
 * differs belongs to a grant that has been replaced.
 */
function fingerprint(source: TokenSource): string {
  const parts =
    source.grant === 'static'
      ? [source.secret.reveal()]
      : [
          source.tokenUrl,
          source.clientId,
          source.grant === 'refresh_token' ? source.refreshToken.reveal() : source.clientSecret?.reveal(),
        ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
