/**
 * A real HTTP server on the loopback interface that remembers every request and answers as the test says.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived whole. */
export interface Arrival {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  response: ServerResponse;
  /** Resolves when the connection was closed before the answer had been given. */
  hungUp: Promise<void>;
  /** Breaks the connection off. */
  reset(): void;
}

export type Answer = (arrival: Arrival) => void;

export class HttpServer {
  readonly arrivals: Arrival[] = [];
  /** What is done with each request; the present one counts. */
  answer: Answer = ok();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const { promise: hungUp, resolve } = Promise.withResolvers<void>();
    response.on('close', () => {
      if (!response.writableFinished) resolve();
    });
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const body = Buffer.concat(chunks).toString();
      const reset = () => request.socket.resetAndDestroy();
      const arrival = { method, path, headers, body, response, hungUp, reset };
      this.arrivals.push(arrival);
      this.answer(arrival);
      for (const waiter of this.#waiters.splice(0)) waiter();
    });
  });
  readonly #waiters: (() => void)[] = [];
  #port = 0;

  static async open(): Promise<HttpServer> {
    const server = new HttpServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves with the n-th request, counted from 1, once it is there. */
  async arrival(n: number): Promise<Arrival> {
    while (this.arrivals.length < n) await new Promise<void>((arrived) => this.#waiters.push(arrived));
    return this.arrivals[n - 1] as Arrival;
  }

  /** Listens, on the port it had before if it had one. */
  async listen(): Promise<void> {
    await new Promise<void>((listening) => this.#server.listen(this.#port, '127.0.0.1', listening));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise<void>((closed) => {
      this.#server.close(() => closed());
      this.#server.closeAllConnections();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export function ok(body: object = { ok: true }): Answer {
  return json(200, body);
}

export function json(status: number, body: object = {}, headers: Record<string, string> = {}): Answer {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Never answers. */
export const silence: Answer = () => {};

/** Answers the first with the first, the second with the second, and from then on with the last. */
export function inTurn(...answers: [Answer, ...Answer[]]): Answer {
  let n = 0;
  return (arrival) => {
    const answer = answers[Math.min(n, answers.length - 1)] as Answer;
    n += 1;
    answer(arrival);
  };
}
