/**
 * The functions a config file is written with. They only note down what they are given: everything is
 * checked together when the config is loaded, so that all problems come at once.
 */
import type {
  ChannelDefinition,
  ClientGrant,
  CommandDefinition,
  CommandOptions,
  ConfigDefinition,
  EngineDefinition,
  EngineOptions,
  MailDefinition,
  RefreshGrant,
  Severity,
  TokenDefinition,
  WebhookDefinition,
} from './definition.ts';
import type { Text } from './env.ts';
import type { OutputSchema } from './output-schema.ts';

/** Gives the config its type; what the config file exports by default. */
export function defineConfig(config: ConfigDefinition): ConfigDefinition {
  return config;
}

/**
 * A job.
 *
 * @param id its name in logs, commands and records: 1 to 100 letters, digits, '.', '_' or '-'. Another id is another engine, with a past of its own.
 */
export function engine<Schema extends OutputSchema | undefined = undefined>(
  id: string,
  options: EngineOptions<Schema>,
): EngineDefinition {
  return { ...options, id } as EngineDefinition;
}

/**
 * Any program as a job: a script, a binary, a cron line.
 *
 * @param id as for {@link engine}
 */
export function command(
  id: string,
  { run, shell, cwd, env, stdin, inherit, exitCodes, memory, ...timing }: CommandOptions,
): EngineDefinition {
  const command = { run, shell, cwd, env, stdin, inherit, exitCodes, memory };
  const given = Object.fromEntries(Object.entries(command).filter(([, value]) => value !== undefined));
  return { ...timing, id, command: given as unknown as CommandDefinition };
}

/** An access token got and kept fresh with a refresh token: OAuth 2.0, RFC 6749 section 6. */
export function oauth2(grant: RefreshGrant): TokenDefinition {
  return { ...grant, grant: 'refresh_token' };
}

/** An access token for the application itself: OAuth 2.0, RFC 6749 section 4.4. */
export function clientCredentials(grant: ClientGrant): TokenDefinition {
  return { ...grant, grant: 'client_credentials' };
}

/** A token that does not change, sent as `Authorization: Bearer …`. */
export function bearer(secret: Text): TokenDefinition {
  return { grant: 'static', secret, header: 'Authorization', scheme: 'Bearer' };
}

/** A key that does not change, sent as it is in the given header. */
export function apiKey(secret: Text, options: { header: string }): TokenDefinition {
  return { ...options, grant: 'static', secret, scheme: null };
}

/** Alerts posted to a URL, in the shape that its owner expects. */
export function webhook(options: WebhookDefinition): ChannelDefinition {
  return { ...options, kind: 'webhook' };
}

/** Alerts by mail. */
export function mail(options: MailDefinition): ChannelDefinition {
  return { ...options, kind: 'mail' };
}

/** Alerts given to a program: the message on its stdin, all of it as JSON in `NIGHTSHIFT_ALERT`. No shell is involved. */
export function notifyCommand(run: readonly string[], options: { severity?: Severity } = {}): ChannelDefinition {
  return { ...options, kind: 'command', run };
}

/** Alerts on this machine's desktop. */
export function desktop(options: { severity?: Severity } = {}): ChannelDefinition {
  return { ...options, kind: 'desktop' };
}
