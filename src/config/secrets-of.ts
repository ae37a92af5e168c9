import { secretLengthMin } from '../policies/without-secrets.ts';
import type { Config } from './config.ts';
import type { Secret } from './secret.ts';

/** Every secret that the config names; those of programs that are too short to be told from other text are left out. */
export function secretsOf({ tokens, alerts, engines, watchdog, builtIn }: Config): Secret[] {
  const commands = [...[...engines.values()].map(({ command }) => command), builtIn.backup?.upload];
  const ofCommands = commands.flatMap((command) => [...(command?.env.values() ?? [])]);
  const redactable = ofCommands.filter(
    (value) => typeof value !== 'string' && value.reveal().length >= secretLengthMin,
  ) as Secret[];
  const ofChannels = [...alerts.channels.values()].flatMap((channel) => {
    if (channel.kind === 'webhook') return channel.url;
    return channel.kind === 'mail' && channel.password ? channel.password : [];
  });
  const ofTokens = [...tokens.values()].flatMap(({ source }) => {
    if (source.grant === 'static') return [source.secret];
    const grant = source.grant === 'refresh_token' ? [source.refreshToken] : [];
    return source.clientSecret ? [source.clientSecret, ...grant] : grant;
  });
  return [...ofTokens, ...ofChannels, ...redactable, ...(watchdog ? [watchdog.url] : [])];
}
