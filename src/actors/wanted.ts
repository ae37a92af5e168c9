/**
 * Which actors a configuration calls for, and in which order they come back: tokens, breakers and quotas before the
 * engines that need them.
 */
import type { Config } from '../config/config.ts';
import { engineHeartbeat, serviceHeartbeat } from './heartbeats.ts';
import type { Wanted } from './host.ts';

const engineImportance = { high: 10, normal: 20, low: 30 };

export function wantedActors({ tokens, services, engines }: Config): Wanted[] {
  return [
    ...[...tokens.values()].map(
      ({ name, settings }): Wanted => ({ address: `token/${name}`, settings, importance: 0 }),
    ),
    ...[...services.values()].map(
      ({ name, breaker }): Wanted => ({ address: `breaker/${name}`, settings: breaker, importance: 1 }),
    ),
    ...[...services.values()].map(
      ({ name, quota }): Wanted => ({ address: `quota/${name}`, settings: quota, importance: 1 }),
    ),
    ...[...services.values()].flatMap(({ name, heartbeat }) =>
      heartbeat ? [{ address: serviceHeartbeat(name), settings: heartbeat, importance: 35 }] : [],
    ),
    ...[...engines.values()].flatMap(({ id, heartbeat }) =>
      heartbeat ? [{ address: engineHeartbeat(id), settings: heartbeat, importance: 35 }] : [],
    ),
    ...[...engines.values()].map(
      ({ id, settings, importance }): Wanted => ({
        address: `engine/${id}`,
        settings,
        importance: engineImportance[importance],
      }),
    ),
  ];
}
