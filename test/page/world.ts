/**
 * A world that does its worst, on the loopback address: one server for each way in which services fail. Each fails in its own way all the
 * time, so that what the page has to show of it is known.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface World {
  /** Where each service is, by the name of an environment variable. */
  env: Record<string, string>;
  end(): void;
}

/** @param calls how many there have been, with this one */
type Manner = (answer: ServerResponse, path: string, calls: number) => void;

const well: Manner = (answer) => answer.end('{"ok":true}');
const refused = (status: number, body = '{}', headers: Record<string, string> = {}): Manner => {
  return (answer) => answer.writeHead(status, headers).end(body);
};

const manners: Readonly<Record<string, Manner>> = {
  WELL: well,
  DOWN: refused(503),
  /** Every other call: what it keeps from going well heals by itself. */
  FLAKY: (answer, path, calls) => (calls % 2 === 1 ? refused(503) : well)(answer, path, calls),
  BUSY: refused(429, '{}', { 'retry-after': '3600' }),
  SILENT: () => {},
  RESETS: (answer) => answer.socket?.resetAndDestroy(),
  EMPTY: (answer) => answer.end(),
  TOKENS: (answer, path, calls) => {
    if (path === '/revoked') return refused(400, '{"error":"invalid_grant"}')(answer, path, calls);
    if (path === '/down') return refused(503)(answer, path, calls);
    answer.end('{"access_token":"access-secret-4711","token_type":"Bearer","expires_in":3600}');
  },
};

export async function openWorld(): Promise<World> {
  const servers: Server[] = [];
  const env: Record<string, string> = {};
  for (const [name, manner] of Object.entries(manners)) {
    let calls = 0;
    const server = createServer(({ url = '' }, answer) => {
      calls += 1;
      answer.setHeader('content-type', 'application/json');
      manner(answer, url, calls);
    });
    servers.push(server);
    await new Promise<void>((opened) => {
      server.listen(0, '127.0.0.1', opened);
    });
    env[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  return {
    env,
    end() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
