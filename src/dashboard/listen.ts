/**
 * Serves on the loopback address; or, over TLS alone, on another one.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { createServer } from 'node:net';
import { serve, type WebSocketServerLike } from '@hono/node-server';
import type { Hono } from 'hono';
import { NightshiftError } from '../errors.ts';

export interface Listening {
  /** As in `http://127.0.0.1:4100`. */
  url: string;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** What chooses another port, for the message. Default: `--port`. */
  option?: string;
  /** Takes the requests for a WebSocket that the app lets in. Default: there are none. */
  sockets?: WebSocketServerLike;
}

export interface SecurelyListening extends Listening {
  /** For connections from now on. PEM. */
  show(certificate: Shown): void;
}

interface Shown {
  cert: string;
  key: string;
}

/** Whoever is slower than that keeps a connection for its own sake. A stream of events is an answer, which may take as long as it likes. */
const limits = { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 };
const handshakeTimeout = 10_000;
/** Jobs share the process with the interface: `Request` and `Response` stay those of Node. */
const node = { overrideGlobalObjects: false };
const connectionsMax = 500;

/**
 * @param port 0 for any that is free
 * @throws {NightshiftError} `PORT_TAKEN`, naming the port and the option that chooses another
 */
export async function listen(app: Hono, port: number, options: ListenOptions = {}): Promise<Listening> {
  const { sockets, option = '--port' } = options;
  const websocket = sockets && { server: sockets };
  const place = { hostname: '127.0.0.1', port, option };
  const { server, taken } = await served(place, (listening) =>
    serve({ fetch: app.fetch, ...node, ...place, serverOptions: limits, ...(websocket && { websocket }) }, ({ port }) =>
      listening(port),
    ),
  );
  return { url: `http://127.0.0.1:${taken}`, close: () => close(server) };
}

/**
 * Takes a port and lets it go, for those who want to know before they make anything that it is free. Whether it still is, {@link listen}
 * and {@link listenSecurely} find out.
 *
 * @param host of another door than the one that `--port` is of
 * @throws {NightshiftError} as they do
 */
export async function refuseTaken(port: number, host?: string): Promise<void> {
  const place = placeOf(port, host);
  const server = createServer();
  try {
    await once(server.listen(port, place.hostname), 'listening');
  } catch (error) {
    throw refusal(error as NodeJS.ErrnoException, place);
  }
  server.close();
  await once(server, 'close');
}

/**
 * @param host an IP address of this machine
 * @throws {NightshiftError} `PORT_TAKEN`; `ADDRESS_ABSENT` for an address of another machine
 */
export async function listenSecurely(
  app: Hono,
  { host, port, certificate: { cert, key } }: { host: string; port: number; certificate: Shown },
): Promise<SecurelyListening> {
  const serverOptions = { ...limits, handshakeTimeout, cert, key };
  const place = placeOf(port, host);
  const { server, taken } = await served(place, (listening) =>
    serve({ fetch: app.fetch, ...node, ...place, createServer: createSecureServer, serverOptions }, ({ port }) =>
      listening(port),
    ),
  );
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    show: ({ cert, key }) => (server as SecureServer).setSecureContext({ cert, key }),
    close: () => close(server),
  };
}

interface Place {
  hostname: string;
  port: number;
  option: string;
}

function placeOf(port: number, host?: string): Place {
  return host === undefined
    ? { hostname: '127.0.0.1', port, option: '--port' }
    : { hostname: host, port, option: 'listen.port' };
}

function served(
  { hostname, port, option }: Place,
  begin: (listening: (port: number) => void) => ReturnType<typeof serve>,
): Promise<{ server: Server; taken: number }> {
  return new Promise((resolve, reject) => {
    const server = begin((taken) => resolve({ server, taken })) as Server;
    server.maxConnections = connectionsMax;
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(error, { hostname, port, option })));
  });
}

function refusal(error: NodeJS.ErrnoException, { hostname, port, option }: Place): Error {
  if (error.code === 'EADDRINUSE') {
    const message = `${hostname}:${port}: found the port taken, expected a free one. Choose another with ${option}, or 0 for any.`;
    return new NightshiftError('PORT_TAKEN', message, { cause: error });
  }
  if (error.code !== 'EADDRNOTAVAIL') return error;
  const message = `${hostname}: found an address that this machine does not have, or not yet, expected one of its own. Correct listen.host; '0.0.0.0' is all of them.`;
  return new NightshiftError('ADDRESS_ABSENT', message, { cause: error });
}

function close(server: Server): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
}
