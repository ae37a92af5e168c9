/**
 * Those who watch, over real sockets: one that reads, one that does not, and too many.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Audience } from '../../src/inspector/audience.ts';
import { eventually } from '../eventually.ts';

const names = Array.from({ length: 50 }, (_, n) => `engine/${n}`);
const http = createServer();
const sockets = new WebSocketServer({ server: http });
let audience: Audience;
let everybody: string[];
let introduced: number;
let dropped: number;
let failures: unknown[];

beforeEach(async () => {
  [everybody, introduced, dropped, failures] = [names, 0, 0, []];
  audience = new Audience({
    everybody: () => everybody,
    introduction: (address) => {
      if (address === 'engine/broken') throw new Error('it cannot be shown');
      introduced += 1;
      return `there is ${address}`;
    },
    dropped: () => {
      dropped += 1;
    },
    failed: (error) => failures.push(error),
  });
  sockets.removeAllListeners('connection').on('connection', (socket) => audience.join(socket));
  if (!http.listening) await once(http.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  for (const socket of sockets.clients) socket.terminate();
});

afterAll(() => http.close());

const port = () => (http.address() as AddressInfo).port;

/** A viewer, with all that it has heard. */
function viewer() {
  const heard: string[] = [];
  const socket = new WebSocket(`ws://127.0.0.1:${port()}`);
  socket.on('message', (text) => heard.push(String(text)));
  return { socket, heard };
}

/** A viewer that asks for everything and reads nothing. */
async function deaf(): Promise<Socket> {
  const socket = connect(port(), '127.0.0.1').pause();
  await once(socket, 'connect');
  const key = Buffer.alloc(16).toString('base64');
  const lines = ['Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
  return socket;
}

it('makes no message while nobody is there', () => {
  audience.tell('engine/1', () => {
    throw new Error('this was made for nobody');
  });
  expect([introduced, failures]).toEqual([0, []]);
});

it('tells whoever comes of everybody first, and each of what happens once', async () => {
  const early = viewer();
  await eventually('everybody', () => early.heard.length === names.length);
  audience.tell('engine/7', () => ['7 was triggered', '7 runs']);
  const late = viewer();
  await eventually('everybody', () => late.heard.length === names.length);
  audience.tell('engine/7', () => ['7 has ended']);
  await eventually('the end', () => late.heard.at(-1) === '7 has ended' && early.heard.at(-1) === '7 has ended');
  expect(early.heard.slice(names.length)).toEqual(['7 was triggered', '7 runs', '7 has ended']);
  expect(late.heard.slice(0, names.length)).toEqual(names.map((name) => `there is ${name}`));
  expect(late.heard.slice(names.length)).toEqual(['7 has ended']);
});

it('introduces an actor that is new before it tells of it, and those who came unheard when it is told to', async () => {
  const { heard } = viewer();
  await eventually('everybody', () => heard.length === names.length);
  audience.tell('incident/new', () => ['it opened']);
  everybody = [...names, 'incident/new', 'token/back'];
  audience.introduceNew();
  await eventually('all', () => heard.length === names.length + 3);
  expect(heard.slice(names.length)).toEqual(['there is incident/new', 'it opened', 'there is token/back']);
});

it('cuts off one that does not read, and goes on telling the others', async () => {
  const { heard } = viewer();
  const socket = await deaf();
  await eventually('both', () => introduced === 2 * names.length);
  const message = 'x'.repeat(1024 * 1024);
  const told = async () => {
    audience.tell('engine/1', () => [message]);
    await new Promise((turned) => setImmediate(turned));
    return dropped > 0;
  };
  let count = 0;
  while (!(await told())) {
    count += 1;
    // Sixteen wait in this process; the system's own buffers take some more.
    expect(count).toBeLessThan(64);
  }
  expect(dropped).toBe(1);
  // It reads again, and finds its end.
  await once(socket.resume(), 'close');
  audience.tell('engine/1', () => ['still here']);
  await eventually('the rest', () => heard.at(-1) === 'still here');
});

it('has room for ten', async () => {
  const viewers = Array.from({ length: 10 }, viewer);
  await eventually('ten', () => viewers.every(({ heard }) => heard.length === names.length));
  const { socket } = viewer();
  const [code, reason] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([1013, 'expected at most 10 at once']);
  viewers[0]?.socket.close();
  await eventually('room again', async () => {
    const again = viewer();
    const [event] = await Promise.race([
      once(again.socket, 'message').then(() => ['message']),
      once(again.socket, 'close').then(() => ['close']),
    ]);
    return event === 'message';
  });
});

it('says what kept it from telling, and hurts nobody by it', async () => {
  const { heard } = viewer();
  await eventually('everybody', () => heard.length === names.length);
  audience.tell('engine/broken', () => ['it runs']);
  everybody = ['engine/broken', 'engine/new'];
  audience.introduceNew();
  await eventually('who comes after it', () => heard.at(-1) === 'there is engine/new');
  audience.tell('engine/1', () => {
    throw new Error('it cannot be told');
  });
  audience.tell('engine/1', () => ['still here']);
  await eventually('the rest', () => heard.at(-1) === 'still here');
  expect(failures).toMatchObject([{ message: 'it cannot be shown' }, { message: 'it cannot be told' }]);
});

it('says goodbye when the service stops', async () => {
  const { socket, heard } = viewer();
  await eventually('everybody', () => heard.length === names.length);
  audience.close();
  const [code, reason] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([1001, 'the service stops']);
});
