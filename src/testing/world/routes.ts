/**
 * Who answers at which address in a world: the services of the config, the servers of its tokens, and the receivers of its alerts.
 */
import type { Config } from '../../config/config.ts';
import type { AlertInbox } from './alert-inbox.ts';
import type { Handler, Route } from './network.ts';
import { type ServiceModelPorts, serviceModel } from './service-model.ts';

export interface RoutePorts extends Pick<ServiceModelPorts, 'authority' | 'offended'> {
  config: Config;
  /** What services answer, by name. */
  services: Readonly<Record<string, Handler>>;
  inbox: AlertInbox;
}

export function routesOf({ config, services: answers, authority, inbox, offended }: RoutePorts): Route[] {
  const { services, tokens, alerts } = config;
  const ports: ServiceModelPorts = { tokens, authority, offended };
  const routes: Route[] = [];
  for (const service of services.values()) {
    if (service.url === undefined) continue;
    const { name, url } = service;
    routes.push({ name, url, handler: serviceModel(service, ports, answers[name]) });
  }
  for (const { source } of tokens.values()) {
    if (source.grant !== 'static') {
      routes.push({ name: `token server ${source.tokenUrl}`, url: source.tokenUrl, handler: authority.handler });
    }
  }
  for (const channel of alerts.channels.values()) {
    if (channel.kind !== 'webhook') continue;
    const { name, url } = channel;
    routes.push({ name: `alert-${name}`, url: url.reveal(), handler: inbox.handlerOf(name) });
  }
  // Whoever is asked under several names is asked by the first.
  return routes.filter(({ url }, place) => routes.findIndex((other) => other.url === url) === place);
}
