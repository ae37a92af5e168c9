/**
 * A real HTTP server that records every request and misbehaves: it is silent, answers late, resets, refuses with
 * 401, 429 and 500, as a seed decides. What it knows is what the kill test believes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../src/random.ts';

export interface Recorded {
  n: number;
  at: number;
  engine: string;
  run: string;
  step: string;
  attempt: string;
  /** Which life of the service it comes from: a dead one's last words may still arrive. */
  life: string;
  key: string;
  token: string;
  tokenExpired: boolean;
  /** What was done with it. */
  answer: 'ok' | 'late' | 'silence' | 'reset' | '401' | '429' | '500';
  /** When a good answer had been handed over completely, epoch ms. */
  answeredAt: number | null;
}

export interface HostileServer {
  url: string;
  requests: readonly Recorded[];
  /** From now on every answer is good. */
  calm(): void;
  /** Called with each request on its arrival, before anything is answered. */
  onArrival: (request: Recorded) => void;
  close(): Promise<void>;
}

const tokenLifeMs = 4_000;
const lateMs = 900;
/** Who is answered 500 once is for the next requests as well: enough of them to open a breaker. */
const outageLength = 3;

export async function openHostileServer(random: Random): Promise<HostileServer> {
  const requests: Recorded[] = [];
  const tokens = new Map<string, number>();
  /** By engine, how many requests of it are refused yet. */
  const outages = new Map<string, number>();
  let calm = false;
  const hostile: HostileServer = {
    url: '',
    requests,
    calm: () => {
      calm = true;
    },
    onArrival: () => {},
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };

  function mood(): Recorded['answer'] {
    if (calm) return 'ok';
    const dice = random();
    if (dice < 0.66) return 'ok';
    if (dice < 0.72) return 'late';
    if (dice < 0.78) return 'silence';
    if (dice < 0.84) return 'reset';
    if (dice < 0.88) return '401';
    return dice < 0.94 ? '429' : '500';
  }

  function moodTowards(engine: string): Recorded['answer'] {
    const left = outages.get(engine) ?? 0;
    const answer = left > 0 && !calm ? '500' : mood();
    if (answer === '500') outages.set(engine, left > 0 ? left - 1 : outageLength - 1);
    return answer;
  }

  async function work(request: IncomingMessage, response: ServerResponse) {
    const header = (name: string) => String(request.headers[name] ?? '');
    const token = header('authorization').replace('Bearer ', '');
    const at = Date.now();
    const recorded: Recorded = {
      n: requests.length,
      at,
      engine: header('x-engine'),
      run: header('x-run'),
      step: header('x-step'),
      attempt: header('x-attempt'),
      life: header('x-life'),
      key: header('idempotency-key'),
      token,
      tokenExpired: (tokens.get(token) ?? 0) <= at,
      answer: moodTowards(header('x-engine')),
      answeredAt: null,
    };
    requests.push(recorded);
    hostile.onArrival(recorded);
    const { answer, run, step, n } = recorded;
    if (answer === 'silence') return;
    if (answer === 'reset') return request.socket.destroy();
    if (answer === '429') response.setHeader('retry-after', '1');
    if (answer === '401' || answer === '429' || answer === '500') {
      response.statusCode = Number(answer);
      return response.end('{}');
    }
    if (answer === 'late') await wait(lateMs);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ run, step, request: n }), () => {
      if (answer === 'ok') recorded.answeredAt = Date.now();
    });
  }

  function grant(response: ServerResponse) {
    if (mood() === '500') {
      response.statusCode = 500;
      return response.end('{}');
    }
    const token = `token-${tokens.size}-${Math.floor(random() * 1e9)}`;
    tokens.set(token, Date.now() + tokenLifeMs);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: token, token_type: 'bearer', expires_in: tokenLifeMs / 1_000 }));
  }

  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/token') grant(response);
    else void work(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  hostile.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return hostile;
}
