/**
 * Sends the present message of an incident to every channel that does not have it yet.
 */
import type { Clock } from '../../clock.ts';
import { channelService } from '../../config/alert-schema.ts';
import type { ChannelConfig, ServiceConfig } from '../../config/config.ts';
import type { IncidentContext } from '../../machines/incident.ts';
import { alertText } from '../../policies/alert-text.ts';
import { ClassifiedError } from '../../policies/failure.ts';
import { type EffectRunner, type EffectScope, gaveWay } from '../host.ts';
import { deliver } from './alert-channels.ts';
import { type CallPorts, guardedCall } from './guarded-call.ts';
import { placeKey } from './step-place.ts';

export interface AlertPorts extends CallPorts {
  clock: Clock;
  /** In which people are told times. */
  timeZone: string;
  channels: ReadonlyMap<string, ChannelConfig>;
  services: ReadonlyMap<string, ServiceConfig>;
  /** The engines that wait for a cause at present, by name. */
  waiting: (cause: string) => readonly string[];
}

/** The effect behind the incident chart's `sendAlert`. Fails when some channel did not take it; the others have it then. */
export function sendAlert(ports: AlertPorts): EffectRunner {
  return async (scope: EffectScope): Promise<null> => {
    const context = scope.read().context as unknown as IncidentContext;
    const { id: cause, kind, message: number, trouble, since, told, occurrence } = context;
    if (!trouble) return null;
    const alert = { kind, cause, trouble, since, waiting: ports.waiting(cause) };
    const troubles: unknown[] = [];
    for (const channel of channelsFor(context, ports)) {
      if (told.includes(channel.name)) continue;
      const key = placeKey(`${cause}#${occurrence}`, `${number} ${channel.name}`);
      const service = ports.services.get(channelService(channel.name)) as ServiceConfig;
      try {
        const at = ports.clock.now();
        const message = { ...alert, ...alertText(alert, at, ports.timeZone) };
        await guardedCall(service, key, scope, ports, (call) => deliver(channel, message, call, at));
        await scope.send({ type: 'alert.sent', channel: channel.name } as never);
      } catch (error) {
        scope.signal.throwIfAborted();
        if (gaveWay(scope, error)) throw error;
        troubles.push(error);
      }
    }
    if (troubles.length === 0) return null;
    const { message } = scope.explain(troubles[0]);
    throw new ClassifiedError({ class: 'recoverable', code: 'ALERT_UNSENT', message });
  };
}

/** All that take this severity; the end goes to those that heard of the beginning. A channel is not told of its own breaker. */
function channelsFor({ id, kind, trouble, informed }: IncidentContext, { channels }: AlertPorts): ChannelConfig[] {
  return [...channels.values()].filter(
    ({ name, severity }) =>
      id !== `breaker:${channelService(name)}` &&
      (kind === 'resolved' ? informed.includes(name) : severity === 'canWait' || trouble?.severity === 'now'),
  );
}
