/**
 * The live system in Stately's inspector: an address on this machine to open in a browser, and a WebSocket behind it with a message
 * for each actor there is, each event that was committed, and where its actor stands since.
 *
 * All of it is loaded by `nightshift start --inspect` alone, the two packages that are no dependencies included. What it shows
 * comes from the host's one stream; the supervisor, which is an ordinary XState actor, is shown by XState's own inspection events.
 */
import { upgradeWebSocket, type WebSocketServerLike } from '@hono/node-server';
import { Hono } from 'hono';
import type { ServerOptions } from 'ws';
import type { ActorRefFrom } from 'xstate';
import type { Host } from '../actors/host.ts';
import type { EngineConfig } from '../config/config.ts';
import { ownHostOnly, thisMachine } from '../dashboard/door.ts';
import { listen } from '../dashboard/listen.ts';
import { NightshiftError } from '../errors.ts';
import type { supervisorMachine } from '../machines/supervisor.ts';
import type { Address } from '../stream.ts';
import { Audience, type AudiencePorts } from './audience.ts';
import { bridgePage, bridgePolicy } from './bridge-page.ts';
import { Messages, root, type Standing } from './messages.ts';
import { shownCharts } from './shown-charts.ts';

export interface InspectorPorts extends Pick<AudiencePorts, 'dropped' | 'failed'> {
  host: Host;
  supervisor: ActorRefFrom<typeof supervisorMachine>;
  /** With those that are built in. */
  engines: ReadonlyMap<string, EngineConfig>;
  /** On 127.0.0.1; 0 for any that is free. */
  port: number;
  redact: (text: string) => string;
}

export interface ServedInspector {
  /** What to open in a browser, as in `http://127.0.0.1:4101`. */
  url: string;
  /** For a receiver of one's own, as `createWebSocketReceiver` of `@statelyai/inspect`. */
  webSocket: string;
  close(): Promise<void>;
}

const socketOptions: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  // Nothing is taken from those who watch.
  maxPayload: 1024,
  // Of one that does not answer when told that this is the end, ms.
  closeTimeout: 1_000,
};

/**
 * Serves what happens from now on.
 *
 * @throws {NightshiftError} `INSPECT_MISSING` without the packages, `PORT_TAKEN`
 */
export async function serveInspector(ports: InspectorPorts, load = packages): Promise<ServedInspector> {
  const { host, supervisor, engines, redact, dropped, failed } = ports;
  const { createInspector, WebSocketServer } = await loaded(load);
  const messages = new Messages({ createInspector, chartOf: shownCharts(engines), redact });
  const standingOf = (address: string) =>
    address === root ? standingOfSupervisor(supervisor) : standingInHost(host, address as Address);
  const audience = new Audience({
    everybody: () => [root, ...host.addresses()],
    introduction: (address) => messages.introduced(address, standingOf(address)),
    dropped,
    failed,
  });
  const sockets = new WebSocketServer(socketOptions);
  sockets.on('connection', (socket) => audience.join(socket));
  // Hono's type is the same but for `undefined`, which its options may not be.
  const server = await listen(createApp(), ports.port, {
    option: '--inspect',
    sockets: sockets as WebSocketServerLike,
  });
  const ends = [watchHost(host, audience, messages), watchSupervisor(supervisor, audience, messages)];
  return {
    url: server.url,
    webSocket: server.url.replace('http', 'ws'),
    async close() {
      for (const end of ends) end();
      audience.close();
      await server.close();
    },
  };
}

function createApp(): Hono {
  const app = new Hono();
  app.use(ownHostOnly(thisMachine));
  app.get(
    '/',
    upgradeWebSocket(() => ({})),
    (context) => {
      context.header('cache-control', 'no-store');
      context.header('content-security-policy', bridgePolicy(context.req.header('host') ?? ''));
      context.header('x-content-type-options', 'nosniff');
      context.header('referrer-policy', 'no-referrer');
      return context.html(bridgePage());
    },
  );
  app.notFound((context) => context.json({ error: `${context.req.path}: there is nothing here.` }, 404));
  return app;
}

function watchHost(host: Host, audience: Audience, messages: Messages): () => void {
  const stands = (address: Address, type: string) =>
    audience.tell(address, () => [messages.moved(address, { type }, standingInHost(host, address))]);
  return host.inspect({
    transition: ({ address, event, snapshot: { value, context } }) =>
      audience.tell(address, () => [
        messages.told(address, event),
        messages.moved(address, event, { value, context, givenUp: null }),
      ]),
    crashed: ({ address }) => stands(address, 'actor.crashed'),
    reset: (address) => stands(address, 'actor.reset'),
  });
}

function watchSupervisor(supervisor: InspectorPorts['supervisor'], audience: Audience, messages: Messages): () => void {
  const { unsubscribe } = supervisor.system.inspect((inspected) => {
    if (inspected.actorRef !== supervisor) return;
    if (inspected.type === '@xstate.event') audience.tell(root, () => [messages.told(root, inspected.event)]);
    if (inspected.type !== '@xstate.snapshot') return;
    audience.tell(root, () => [messages.moved(root, inspected.event, standingOfSupervisor(supervisor))]);
    // Who came back from the store in this state of the service was told of by nobody.
    audience.introduceNew();
  });
  return unsubscribe;
}

function standingInHost(host: Host, address: Address): Standing {
  const { stand, halted } = host.standOf(address);
  return { value: stand.value, context: stand.context, givenUp: halted?.reason ?? null };
}

function standingOfSupervisor(supervisor: InspectorPorts['supervisor']): Standing {
  const { value, context } = supervisor.getSnapshot();
  return { value, context, givenUp: null };
}

async function packages() {
  const [{ createInspector }, { WebSocketServer }] = await Promise.all([import('@statelyai/inspect'), import('ws')]);
  return { createInspector, WebSocketServer };
}

async function loaded(load: typeof packages): ReturnType<typeof packages> {
  try {
    return await load();
  } catch (cause) {
    throw new NightshiftError(
      'INSPECT_MISSING',
      "--inspect: found no packages '@statelyai/inspect' and 'ws', expected both beside nightshift. Install them: npm install @statelyai/inspect ws",
      { cause },
    );
  }
}
