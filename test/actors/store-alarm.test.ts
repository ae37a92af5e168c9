/**
 * The store's own trouble, told from memory to a real receiver.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Observers } from '../../src/actors/observers.ts';
import { alarmOfStore } from '../../src/actors/store-alarm.ts';
import { Secret } from '../../src/config/secret.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { HttpServer, inTurn, json, ok } from './effects/http-server.ts';

const second = 1_000;
let clock: VirtualClock;
let observers: Observers;
let servers: HttpServer[];
let unsent: string[];
let end: () => void;

beforeEach(async () => {
  clock = new VirtualClock();
  observers = new Observers();
  servers = [await HttpServer.open(), await HttpServer.open()];
  unsent = [];
  const channels = servers.map(({ url }, n) => ({
    kind: 'webhook' as const,
    name: `c${n}`,
    severity: 'canWait' as const,
    shape: 'json' as const,
    url: new Secret(url),
  }));
  end = alarmOfStore(
    { inspect: (observer) => observers.add(observer) },
    { clock, timeZone: 'Asia/Kathmandu', channels: () => channels, unsent: (channel) => unsent.push(channel) },
  );
});
afterEach(async () => {
  end();
  await Promise.all(servers.map((server) => server.close()));
});

const failing = () => observers.tell((observer) => observer.storeFailing?.(new Error('no space left on device')));
const recovered = () => observers.tell((observer) => observer.storeRecovered?.());
const arrived = (n: number) =>
  (servers[n]?.arrivals ?? []).map(({ body }) => JSON.parse(body) as { title: string; text: string });
const titles = (n: number) => arrived(n).map(({ title }) => title);

/** The host tells of it on every try: after 1, 2, 4 … seconds, and from then on every 30. */
async function failFor(ms: number) {
  failing();
  const endAt = clock.now() + ms;
  for (let wait = second; clock.now() < endAt; wait = Math.min(2 * wait, 30 * second)) {
    await pass(Math.min(wait, endAt - clock.now()));
    failing();
    await quiet();
  }
}

async function pass(ms: number) {
  await clock.advance(ms);
  await quiet();
}

async function quiet() {
  for (let turns = 0; turns < 300; turns++) await nextTurn();
}

it('is told once, and once when it is over', async () => {
  await failFor(300 * second);
  expect([titles(0), titles(1)]).toEqual([['the store takes no writes'], ['the store takes no writes']]);
  const { text } = arrived(0)[0] ?? { text: '' };
  expect(text).toContain('no space left on device');
  expect(text).toContain('What to do: see to the disk of the data folder');
  expect(text).toMatch(/^Since \d{4}-\d\d-\d\d \d\d:\d\d \(Asia\/Kathmandu\)\.$/m);
  expect(text).not.toContain('nightshift ack');
  recovered();
  await pass(60 * second);
  expect(titles(0)).toEqual(['the store takes no writes', 'Over: the store takes no writes']);
});

it('is nobody’s business when it is over in a moment', async () => {
  await failFor(3 * second);
  recovered();
  await pass(60 * second);
  expect([titles(0), titles(1)]).toEqual([[], []]);
});

it('is one trouble while it comes and goes', async () => {
  await failFor(15 * second);
  for (let times = 0; times < 5; times++) {
    recovered();
    await pass(9 * second);
    await failFor(9 * second);
  }
  recovered();
  await pass(10 * second);
  expect(titles(0)).toEqual(['the store takes no writes', 'Over: the store takes no writes']);
});

it('is tried again where it was not taken, and nowhere else', async () => {
  const [first] = servers as [HttpServer, HttpServer];
  first.answer = inTurn(json(500), json(500), ok(), json(500), ok());
  await failFor(120 * second);
  expect([titles(0).length, titles(1).length, unsent]).toEqual([3, 1, ['c0', 'c0']]);
  recovered();
  await pass(60 * second);
  expect([titles(0).length, titles(1).length]).toEqual([5, 2]);
});

it('is not over for who never heard of it, and is not tried for ever', async () => {
  const [first] = servers as [HttpServer, HttpServer];
  first.answer = json(404);
  await failFor(3_600 * second);
  expect([titles(0).length, titles(1).length]).toEqual([10, 1]);
  recovered();
  await pass(600 * second);
  expect([titles(0).length, titles(1).length]).toEqual([10, 2]);
});
