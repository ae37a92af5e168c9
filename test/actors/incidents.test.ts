/**
 * Incidents and alerts on a real store, with real receivers: one for each cause, told once, and told when it is over.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConfigDefinition, desktop, engine, mail, notifyCommand, type RunScope, webhook } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateName } from '../../src/policies/state-name.ts';
import { HttpServer, inTurn, json, ok, silence } from './effects/http-server.ts';
import { Workplace } from './effects/workplace.ts';
import { MailServer } from './mail-server.ts';

let place: Workplace;
let ops: HttpServer;
let shop: HttpServer;

beforeEach(async () => {
  [ops, shop] = [await HttpServer.open(), await HttpServer.open()];
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await Promise.all([ops.close(), shop.close()]);
});

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const get = async ({ service }: RunScope) => {
  await (await service('shop').fetch('/')).body?.cancel();
};

function config(names: readonly string[], alerts: ConfigDefinition['alerts'] = {}): ConfigDefinition {
  return {
    timeZone: 'UTC',
    windows: { night: { from: '07:00', to: '10:00' } },
    services: { shop: { url: shop.url, breaker: { failures: 1, cooldown: '10m', cooldownMax: '10m' } } },
    alerts: { channels: { ops: webhook({ url: ops.url }) }, ...alerts },
    engines: names.map((name) =>
      engine(name, { retry: { tries: 9, base: '1s', jitter: 'none' }, maxFailures: 2, run: get }),
    ),
  };
}

const titles = (server = ops) => server.arrivals.map(({ body }) => (JSON.parse(body) as { title: string }).title);
const body = (n: number) => JSON.parse(ops.arrivals[n]?.body ?? '{}') as Record<string, string>;
/** Brings the shop down under the engines, all of which wait for it then. */
async function bringDown(names: readonly string[]) {
  shop.answer = json(500);
  for (const name of names) await place.trigger(name);
  const states = () => names.map((name) => stateName(place.at(`engine/${name}`).value));
  for (let turns = 0; states().some((state) => state !== 'held.forActor'); turns++) {
    if (turns > 100_000) throw new Error(`the engines are ${states()}`);
    await place.clock.advance(states().includes('backoff') ? second : 0);
    await nextTurn();
  }
}
const incident = (cause: string) => place.at(`incident/${cause}`);
/** What is due at once comes about, and real answers come in, until the incident is in the state. */
async function inState(cause: string, state: string, tickMs = 0) {
  const address = `incident/${cause}` as const;
  const now = () => (place.host.addresses().includes(address) ? stateName(place.at(address).value) : 'unknown');
  for (let turns = 0; now() !== state; turns++) {
    if (turns > 100_000) throw new Error(`the incident of ${cause} is ${now()}`);
    await place.clock.advance(tickMs);
    await nextTurn();
  }
}

describe('a provider that is down', () => {
  const names = Array.from({ length: 312 }, (_, n) => `e${n}`);

  it('is one incident that names the engines that wait for it, and one message when it is over', async () => {
    place = await Workplace.open(config(names));
    await bringDown(names);
    await inState('breaker:shop', 'open.brewing');
    await place.clock.advance(5 * minute);
    await inState('breaker:shop', 'open.told');
    expect(titles()).toEqual(['shop is down']);
    expect(body(0).text).toMatch(/1 failures in a row|the service answered 500/);
    expect(body(0).text).toContain('312 engines wait for it: e0, e1, e10, ');
    expect(body(0).text).toContain(' and 292 more.');
    expect(body(0).text).toContain('nightshift ack breaker:shop');
    shop.answer = ok();
    await inState('breaker:shop', 'resolved', 20);
    expect(titles()).toEqual(['shop is down', 'Over: shop is down']);
    expect(place.host.addresses().filter((address) => address.startsWith('incident/'))).toEqual([
      'incident/breaker:shop',
    ]);
    expect(await place.ledger('incident/breaker:shop')).toMatchObject([
      { incident: 'opened', occurrence: 1, title: 'shop is down' },
      { incident: 'resolved', occurrence: 1, lastedMs: expect.any(Number) },
    ]);
  });

  it('that is back before anybody was told is nobody’s business', async () => {
    place = await Workplace.open(config(['a'], { after: '30m' }));
    await bringDown(['a']);
    shop.answer = ok();
    await place.clock.advance(11 * minute);
    await inState('breaker:shop', 'resolved');
    expect(titles()).toEqual([]);
  });

  it('is told of again after an hour, then after four, until somebody says that they know', async () => {
    place = await Workplace.open(config(['a']));
    await bringDown(['a']);
    await place.clock.advance(5 * minute);
    await inState('breaker:shop', 'open.told');
    for (const [wait, count] of [
      [hour, 2],
      [4 * hour - 10 * minute, 2],
      [10 * minute, 3],
    ] as const) {
      await place.clock.advance(wait);
      await place.inMemory('incident/breaker:shop', ({ value }) => JSON.stringify(value) === '{"open":"told"}');
      expect(ops.arrivals).toHaveLength(count);
    }
    expect(titles()).toEqual(['shop is down', 'Still: shop is down', 'Still: shop is down']);
    await place.host.send('incident/breaker:shop', { type: 'incident.acknowledge' });
    await place.clock.advance(48 * hour);
    expect(ops.arrivals).toHaveLength(3);
    shop.answer = ok();
    await inState('breaker:shop', 'resolved', second);
    expect(titles().at(-1)).toBe('Over: shop is down');
  });

  it('waits for the end of the quiet hours, when it can', async () => {
    place = await Workplace.open(config(['a'], { quietHours: 'night' }));
    await bringDown(['a']);
    await place.clock.advance(hour);
    await inState('breaker:shop', 'open.quiet');
    expect(ops.arrivals).toHaveLength(0);
    await place.clock.advance(hour);
    await inState('breaker:shop', 'open.told');
    expect(titles()).toEqual(['shop is down']);
  });
});

describe('what needs a person', () => {
  it('is told at once, in quiet hours too, with what to do', async () => {
    place = await Workplace.open(config(['a'], { quietHours: 'night' }));
    shop.answer = json(403);
    await place.run('a');
    await inState('engine:a', 'open.told');
    expect(body(0)).toMatchObject({ title: 'a has stopped', severity: 'now', cause: 'engine:a' });
    expect(body(0).text).toContain('What to do: mend the cause, then: nightshift resume a');
    await place.host.send('engine/a', { type: 'engine.resume' });
    await inState('engine:a', 'resolved');
    expect(titles()).toEqual(['a has stopped', 'Over: a has stopped']);
  });

  it('that comes again is the next occurrence of the same incident', async () => {
    place = await Workplace.open(config(['a']));
    shop.answer = json(403);
    for (const occurrence of [1, 2]) {
      await place.run('a');
      await inState('engine:a', 'open.told');
      expect(incident('engine:a').context.occurrence).toBe(occurrence);
      await place.host.send('engine/a', { type: 'engine.resume' });
      await inState('engine:a', 'resolved');
    }
    expect(titles()).toHaveLength(4);
    expect(new Set(ops.arrivals.map(({ headers }) => headers['idempotency-key'])).size).toBe(4);
  });

  it('is a disk that everybody found full: one incident for all of them', async () => {
    const full = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
    let work: () => Promise<unknown> = full;
    place = await Workplace.open({
      ...config([]),
      engines: ['a', 'b', 'c'].map((name) => engine(name, { run: () => work() })),
    });
    for (const name of ['a', 'b', 'c']) await place.trigger(name);
    await inState('shared:ENOSPC', 'open.told');
    expect(titles()).toEqual(['the disk is full']);
    work = async () => 1;
    await place.clock.advance(31 * second);
    await inState('shared:ENOSPC', 'resolved');
    expect(titles()).toEqual(['the disk is full', 'Over: the disk is full']);
  });

  it('is not what somebody did by hand', async () => {
    place = await Workplace.open(config(['a']));
    await place.host.send('engine/a', { type: 'engine.pause' });
    await place.host.send('breaker/shop', { type: 'breaker.isolate' });
    await place.clock.advance(hour);
    expect(place.host.addresses().filter((address) => address.startsWith('incident/'))).toEqual([]);
  });
});

describe('a channel', () => {
  const halt = async () => {
    shop.answer = json(403);
    await place.run('a');
  };

  it('that does not take a message is tried again, and the others do not get it twice', async () => {
    const pager = await HttpServer.open();
    pager.answer = inTurn(json(500), silence, ok());
    const channels = { ops: webhook({ url: ops.url }), pager: webhook({ url: pager.url }) };
    place = await Workplace.open(config(['a'], { channels }));
    await halt();
    await inState('engine:a', 'open.retrying');
    await place.clock.advance(minute);
    await pager.arrival(2);
    await place.clock.advance(20 * second);
    await inState('engine:a', 'open.retrying');
    await place.clock.advance(3 * minute);
    await inState('engine:a', 'open.told');
    expect([titles(), titles(pager)]).toEqual([['a has stopped'], Array(3).fill('a has stopped')]);
    expect(new Set(pager.arrivals.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    await pager.close();
  });

  it('gets the message once, also when the service dies while another one is being told', async () => {
    const pager = await HttpServer.open();
    pager.answer = inTurn(silence, ok());
    const channels = { ops: webhook({ url: ops.url }), pager: webhook({ url: pager.url }) };
    place = await Workplace.open(config(['a'], { channels }));
    await halt();
    await inState('engine:a', 'open.sending');
    await pager.arrival(1);
    await place.crash();
    await inState('engine:a', 'open.told');
    expect([ops.arrivals.length, pager.arrivals.length]).toEqual([1, 2]);
    await pager.close();
  });

  it('for what cannot wait hears of nothing else', async () => {
    place = await Workplace.open(config(['a'], { channels: { ops: webhook({ url: ops.url, severity: 'now' }) } }));
    await bringDown(['a']);
    await place.clock.advance(5 * minute);
    await inState('breaker:shop', 'open.told');
    expect(ops.arrivals).toHaveLength(0);
  });

  it.each([
    ['slack', { text: expect.stringMatching(/^\*a has stopped\*\n/) }],
    ['discord', { content: expect.stringMatching(/^\*\*a has stopped\*\*\n/) }],
    ['json', { kind: 'opened', cause: 'engine:a', severity: 'now', waiting: [], since: expect.any(Number) }],
  ] as const)('has the shape of %s', async (shape, expected) => {
    place = await Workplace.open(config(['a'], { channels: { ops: webhook({ url: ops.url, shape }) } }));
    await halt();
    await inState('engine:a', 'open.told');
    expect(body(0)).toMatchObject(expected);
  });

  it('has the shape of ntfy', async () => {
    place = await Workplace.open(config(['a'], { channels: { ops: webhook({ url: ops.url, shape: 'ntfy' }) } }));
    await halt();
    await inState('engine:a', 'open.told');
    const [arrival] = ops.arrivals;
    expect(arrival?.headers).toMatchObject({ title: 'a has stopped', priority: 'high' });
    expect(arrival?.body).toContain('What to do:');
  });

  it('may be a mailbox', async () => {
    await using server = await MailServer.open();
    const channels = {
      post: mail({ host: '127.0.0.1', port: server.port, from: 'night@example.com', to: 'ada@example.com' }),
    };
    place = await Workplace.open(config(['a'], { channels }));
    await halt();
    await inState('engine:a', 'open.told');
    const [message] = server.messages;
    expect(server.messages).toHaveLength(1);
    expect(message).toContain('Subject: a has stopped');
    expect(message).toContain('To: ada@example.com');
    expect(message).toMatch(/Message-ID: <[0-9a-f]{32}@nightshift>/);
  });

  it('may be a program, which gets the message on its stdin and in its environment', async () => {
    const script =
      "process.stdin.on('data', (d) => fetch(process.argv[1], { method: 'POST', body: JSON.stringify({ title: JSON.parse(process.env.NIGHTSHIFT_ALERT).cause + ' ' + d }) }))";
    const channels = { page: notifyCommand([process.execPath, '-e', script, ops.url]) };
    place = await Workplace.open(config(['a'], { channels }));
    await halt();
    await inState('engine:a', 'open.told');
    expect(titles()[0]).toMatch(/^engine:a a has stopped\n\n/);
  });

  it('that there is not on this machine is tried again, and says so', async () => {
    place = await Workplace.open(
      config(['a'], { channels: { page: notifyCommand(['no-such-program']), desk: desktop() } }),
    );
    await halt();
    await inState('engine:a', 'open.retrying');
    expect(incident('engine:a').context.failure?.message).toContain('no-such-program');
  });
});

describe('after a crash', () => {
  it('an incident that had not been opened is, and one whose cause is gone is resolved', async () => {
    place = await Workplace.open(config(['a']));
    shop.answer = json(403);
    const written = place.afterWrite((keys) => keys.some((key) => key.startsWith('ledger:engine/a')));
    await place.trigger('a');
    const release = await written;
    const back = place.crash();
    release();
    await back;
    await inState('engine:a', 'open.told');
    expect(titles()).toEqual(['a has stopped']);

    // The cause goes while nobody is there to see it: the engine is taken out of the config.
    await place.restart(config([]));
    await inState('engine:a', 'resolved');
    expect(titles()).toEqual(['a has stopped', 'Over: a has stopped']);
  });
});
