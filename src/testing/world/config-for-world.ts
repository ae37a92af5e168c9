/**
 * A configuration as the world runs it: the user's own, with made-up values for what the environment would give, without the
 * engines that look after a real machine, and with alerts that come to the world's own inbox.
 */
import type { ChannelConfig, Config } from '../../config/config.ts';
import type { ConfigDefinition } from '../../config/definition.ts';
import type { Environment } from '../../config/env.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { Secret } from '../../config/secret.ts';
import type { Observed } from './observed-engines.ts';

/** @throws {ConfigError} */
export function worldConfig(written: ConfigDefinition, observed: Observed): Config {
  const config = resolveConfig(written, madeUpEnvironment);
  return {
    ...config,
    engines: new Map([...config.engines].map(([id, engine]) => [id, observed.engine(engine)] as const)),
    alerts: {
      ...config.alerts,
      channels: new Map([...channelsOf(config)].map((channel) => [channel.name, toInbox(channel)] as const)),
    },
  };
}

/** Somebody has to hear of troubles: where nobody is configured, a person who hears of all. */
function channelsOf({ alerts }: Config): Iterable<Pick<ChannelConfig, 'name' | 'severity'>> {
  return alerts.channels.size > 0 ? alerts.channels.values() : [{ name: 'person', severity: 'canWait' }];
}

function toInbox({ name, severity }: Pick<ChannelConfig, 'name' | 'severity'>): ChannelConfig {
  return {
    name,
    severity,
    kind: 'webhook',
    shape: 'json',
    url: new Secret(`https://inbox.world/${encodeURIComponent(name)}`),
  };
}

/** What nobody has set is an address of the world, which serves as a secret as well. */
export const madeUpEnvironment: Environment = new Proxy<Record<string, string>>(
  {},
  {
    get: (_, name) =>
      typeof name === 'string' ? `https://${name.toLowerCase().replaceAll('_', '-')}.world` : undefined,
    has: () => true,
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
  },
);
