/**
 * Serves on the loopback address, and nowhere else.
 */
import type { Server } from 'node:http';
import { serve, type WebSocketServerLike } from '@hono/node-server';
import type { Hono } from 'hono';
import { NightshiftError } from '../errors.ts';

export interface Listening {
  /** As in `http://127.0.0.1:4100`. */
  url: string;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** The option of `start` that chooses another port. Default: that of the interface. */
  option?: string;
  /** Takes the requests for a WebSocket that the app lets in. Default: there are none. */
  sockets?: WebSocketServerLike;
}

/**
 * @param port 0 for any that is free
 * @throws {NightshiftError} `PORT_TAKEN`, naming the port and the option that chooses another
 */
export function listen(
  app: Hono,
  port: number,
  { option = '--port', sockets }: ListenOptions = {},
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const websocket = sockets && { server: sockets };
    const options = { fetch: app.fetch, hostname: '127.0.0.1', port, ...(websocket && { websocket }) };
    const server = serve(options, ({ port: taken }) => {
      resolve({ url: `http://127.0.0.1:${taken}`, close: () => close(server) });
    }) as Server;
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      const message = `127.0.0.1:${port}: found the port taken, expected a free one. Choose another with ${option}, or 0 for any.`;
      reject(new NightshiftError('PORT_TAKEN', message, { cause: error }));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
}
