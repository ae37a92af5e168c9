/**
 * The doors of a service besides the one on 127.0.0.1, where the config or the command has any: for other machines, and for Stately's
 * inspector.
 */
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ListenConfig } from '../config/config.ts';
import type { Door } from '../dashboard/door.ts';
import type { Listening } from '../dashboard/listen.ts';
import { listenElsewhere } from '../dashboard/listen-elsewhere.ts';
import type { InspectorPorts } from '../inspector/serve-inspector.ts';

export interface ElsewhereDoor {
  listen: ListenConfig;
  clock: Clock;
  log: Logger;
  app: (door: Door) => Hono;
}

export async function openElsewhere({ listen, clock, log, app }: ElsewhereDoor): Promise<Listening> {
  const server = await listenElsewhere({
    listen,
    clock,
    app,
    renewed: (validTo) => log.info({ validTo: new Date(validTo).toISOString() }, 'certificate.renewed'),
    troubled: (error) => log.warn({ err: error }, 'certificate.trouble'),
  });
  log.info({ url: server.url }, 'interface.elsewhere: for whoever brings the token from api.token');
  return server;
}

export type InspectorDoor = Omit<InspectorPorts, 'dropped' | 'failed'> & { log: Logger };

/** What it takes is loaded when somebody wants it. */
export async function openInspector({ log, ...ports }: InspectorDoor): Promise<{ close(): Promise<void> }> {
  const { serveInspector } = await import('../inspector/serve-inspector.ts');
  const dropped = () => log.warn('inspector.dropped: it does not read as fast as things happen');
  const failed = (error: unknown) => log.warn({ err: error }, 'inspector.untold');
  const inspector = await serveInspector({ ...ports, dropped, failed });
  const { url, webSocket } = inspector;
  log.info({ url, webSocket }, 'inspector.ready: open the url in a browser on this machine');
  return inspector;
}
