/**
 * What becomes of an incident while its cause stands: it wavers, gets worse, outlasts a crash, meets a dead channel. No
 * more messages go out than things change for the person who reads them.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConfigDefinition, engine, oauth2, type RunScope, webhook } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateName } from '../../src/policies/state-name.ts';
import { eventually } from '../eventually.ts';
import { HttpServer, inTurn, json, ok, silence } from './effects/http-server.ts';
import { Workplace } from './effects/workplace.ts';

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
const bodyOf = (n: number, server = ops) => JSON.parse(server.arrivals[n]?.body ?? '{}') as Record<string, string>;
const titles = (server = ops) => server.arrivals.map((_, n) => bodyOf(n, server).title);
const alerts = (more: ConfigDefinition['alerts'] = {}): Pick<ConfigDefinition, 'alerts' | 'timeZone' | 'windows'> => ({
  timeZone: 'UTC',
  windows: { night: { from: '07:00', to: '12:00' } },
  alerts: { channels: { ops: webhook({ url: ops.url }) }, ...more },
});

/** Time passes in steps, and whatever is on its way between real servers arrives in between. */
async function pass(ms: number, stepMs = 5 * second) {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await place.clock.advance(Math.min(stepMs, ms - passed));
    await quiet();
  }
}

async function quiet() {
  for (let turns = 0; turns < 12; turns++) await nextTurn();
}

async function inState(cause: string, state: string) {
  const address = `incident/${cause}` as const;
  const now = () => (place.host.addresses().includes(address) ? stateName(place.at(address).value) : 'unknown');
  for (let turns = 0; now() !== state; turns++) {
    if (turns > 20_000) throw new Error(`the incident of ${cause} is ${now()}, expected ${state}`);
    await place.clock.advance(0);
    await nextTurn();
  }
}

describe('everybody’s trouble', () => {
  const full = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));

  it('is told once, however often it is looked at again', async () => {
    let work: () => Promise<unknown> = full;
    place = await Workplace.open({ ...alerts(), engines: [engine('a', { run: () => work() })] });
    await place.trigger('a');
    await inState('shared:ENOSPC', 'open.told');
    await pass(10 * minute);
    expect(titles()).toEqual(['the disk is full']);
    work = async () => 1;
    await pass(31 * second);
    await inState('shared:ENOSPC', 'resolved');
    expect(titles()).toEqual(['the disk is full', 'Over: the disk is full']);
  });

  it('is no network: nobody hammers on what is gone, and one incident names all who wait', async () => {
    let calls = 0;
    const run = ({ service }: RunScope) =>
      service('shop').call(async () => {
        calls += 1;
        const code = ['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN'][calls % 3];
        throw Object.assign(new Error('network is unreachable'), { code });
      });
    place = await Workplace.open({
      ...alerts(),
      services: { shop: { url: shop.url } },
      engines: ['a', 'b'].map((name) => engine(name, { run })),
    });
    for (const name of ['a', 'b']) {
      await place.trigger(name);
      await place.state(`engine/${name}`, 'held.forActor');
    }
    await pass(10 * minute);
    // One of them looks every 30 s.
    expect(calls).toBeLessThanOrEqual(22);
    expect(calls).toBeGreaterThanOrEqual(20);
    expect(titles()).toEqual(['there is no network']);
    expect(bodyOf(0)).toMatchObject({ cause: 'shared:network', waiting: ['a', 'b'], severity: 'canWait' });
  });

  it('is over for all as soon as one of them gets on', async () => {
    let works = false;
    const done: string[] = [];
    const names = ['a', 'b', 'c', 'd'];
    place = await Workplace.open({
      engines: names.map((name) =>
        engine(name, {
          run: async () => {
            if (!works) await full();
            done.push(name);
          },
        }),
      ),
    });
    for (const name of names) {
      await place.trigger(name);
      await place.state(`engine/${name}`, 'held.forActor');
    }
    await pass(5 * minute);
    expect(done).toEqual([]);
    works = true;
    await pass(30 * second);
    await eventually('all of them', () => done.length === names.length);
    expect(done.toSorted()).toEqual(names);
  });

  /** Both have met it; at the next look, the first of them finds what it finds. */
  async function met(look: (name: string, scope: RunScope) => unknown) {
    let isThere = true;
    const done: string[] = [];
    place = await Workplace.open({
      engines: ['a', 'b'].map((name) =>
        engine(name, {
          run: async (scope) => {
            if (isThere) await full();
            done.push(name);
            await look(name, scope);
          },
        }),
      ),
    });
    for (const name of ['a', 'b']) {
      await place.trigger(name);
      await place.state(`engine/${name}`, 'held.forActor');
    }
    isThere = false;
    return done;
  }

  it.each<[string, (scope: RunScope) => unknown]>([
    ['gets a step further', ({ step }) => step('write', () => null).then(() => new Promise(() => {}))],
    ['fails in any other way', () => Promise.reject(new TypeError('a bug'))],
  ])('is over for all when the one that looks %s', async (_, look) => {
    const done = await met((name, scope) => (name === 'a' ? look(scope) : null));
    await place.clock.advance(30 * second);
    await eventually('both of them', () => done.length === 2);
    expect(done).toEqual(['a', 'b']);
  });

  it('is over for one after the other, not for all in one instant', async () => {
    const done = await met(() => null);
    place.chance = () => 0.5;
    await place.clock.advance(30 * second);
    await place.reached('engine/a', ({ context }) => context.last !== null);
    for (let turns = 0; turns < 20; turns++) await quiet();
    expect(done).toEqual(['a']);
    // A tenth of the time that it has waited, and half of that by chance.
    await place.clock.advance(1.5 * second);
    await eventually('the other', () => done.length === 2);
  });

  it('is looked at by the next one when the one whose turn it was has stopped', async () => {
    const looks: string[] = [];
    place = await Workplace.open({
      engines: ['a', 'b'].map((name) =>
        engine(name, {
          run: () => {
            looks.push(name);
            return looks.length > 2 && name === 'a' ? new Promise(() => {}) : full();
          },
        }),
      ),
    });
    for (const name of ['a', 'b']) {
      await place.trigger(name);
      await place.state(`engine/${name}`, 'held.forActor');
    }
    await pass(30 * second);
    await place.host.send('engine/a', { type: 'engine.pause' });
    await pass(30 * second);
    expect(looks).toEqual(['a', 'b', 'a', 'b']);
  });

  it('is looked at at once after a restart', async () => {
    let looks = 0;
    place = await Workplace.open({
      engines: [
        engine('a', {
          run: () => {
            looks += 1;
            return full();
          },
        }),
      ],
    });
    await place.trigger('a');
    await place.state('engine/a', 'held.forActor');
    await place.crash();
    await place.clock.advance(0);
    await eventually('a look', () => looks === 2);
  });

  it('is over for a run as soon as it gets a step further', async () => {
    const { promise: long, resolve: over } = Promise.withResolvers<void>();
    let write: () => Promise<unknown> = full;
    place = await Workplace.open({
      ...alerts(),
      engines: [
        engine('a', {
          async run({ step }) {
            await step('write', () => write().then(() => null));
            await long;
          },
        }),
      ],
    });
    await place.trigger('a');
    await inState('shared:ENOSPC', 'open.told');
    write = async () => 1;
    await pass(31 * second);
    await inState('shared:ENOSPC', 'resolved');
    expect(stateName(place.at('engine/a').value)).toBe('running');
    over();
  });

  it('is not a window that a step waits for', async () => {
    place = await Workplace.open({
      ...alerts(),
      windows: { evening: { from: '20:00', to: '22:00' } },
      engines: [engine('a', { run: ({ step }) => step('post', () => null, { window: 'evening' }) })],
    });
    await place.trigger('a');
    await place.state('engine/a', 'held.forTime');
    await pass(20 * minute, minute);
    expect(place.host.addresses().filter((address) => address.startsWith('incident/'))).toEqual([]);
  });
});

describe('a token', () => {
  const config = (more: ConfigDefinition['alerts'] = {}): ConfigDefinition => ({
    ...alerts(more),
    tokens: {
      key: oauth2({ tokenUrl: `${shop.url}/token`, clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' }),
    },
  });

  it('that cannot be renewed is one incident through all attempts', async () => {
    shop.answer = json(503);
    place = await Workplace.open(config());
    await pass(20 * minute);
    expect(titles()).toEqual(['the token key cannot be renewed']);
    expect(shop.arrivals.length).toBeGreaterThan(5);
    shop.answer = json(200, { access_token: 'abcdefgh', token_type: 'bearer', expires_in: 36_000 });
    await pass(25 * minute);
    await inState('token:key', 'resolved');
    expect(titles()).toEqual(['the token key cannot be renewed', 'Over: the token key cannot be renewed']);
  });

  it.each([
    ['while it may still heal', 2 * minute, {}],
    ['when it has been told', 10 * minute, {}],
    ['in the quiet hours', 10 * minute, { quietHours: 'night' }],
  ])('that turns out to be revoked is told at once: %s', async (_, after, more) => {
    shop.answer = json(503);
    place = await Workplace.open(config(more));
    await pass(after);
    const before = titles().length;
    shop.answer = json(400, { error: 'invalid_grant' });
    await pass(10 * minute);
    expect(titles().slice(before)).toEqual(['the token key is revoked']);
    expect(bodyOf(before)).toMatchObject({
      severity: 'now',
      text: expect.stringContaining('nightshift reset token/key'),
    });
  });

  it('that turns out to be revoked is told to a person who had said that they know of less', async () => {
    shop.answer = json(503);
    place = await Workplace.open(config());
    await pass(6 * minute);
    await place.host.send('incident/token:key', { type: 'incident.acknowledge' });
    shop.answer = json(400, { error: 'invalid_grant' });
    await pass(10 * minute);
    expect(titles()).toEqual(['the token key cannot be renewed', 'the token key is revoked']);
  });
});

describe('a service that is down', () => {
  const get = async ({ service }: RunScope) => {
    await (await service('shop').fetch('/')).body?.cancel();
  };
  const config = (more: ConfigDefinition['alerts'] = {}): ConfigDefinition => ({
    ...alerts(more),
    services: { shop: { url: shop.url, breaker: { failures: 1, cooldown: '10m', cooldownMax: '10m' } } },
    engines: [engine('a', { retry: { tries: 99, base: '1s', jitter: 'none' }, run: get })],
  });

  it('is brought to mind through the channels that work, whatever becomes of the others', async () => {
    const pager = await HttpServer.open();
    pager.answer = json(404);
    const channels = { ops: webhook({ url: ops.url }), pager: webhook({ url: pager.url }) };
    shop.answer = json(500);
    place = await Workplace.open(config({ channels }));
    await place.trigger('a');
    await pass(6 * hour, minute);
    expect(titles()).toEqual(['shop is down', 'Still: shop is down', 'Still: shop is down']);
    await pager.close();
  });

  it('and back in the quiet hours is told of when they are over', async () => {
    place = await Workplace.open(config({ quietHours: 'night', after: '1s' }));
    await place.clock.advance(5 * hour);
    shop.answer = json(500);
    await place.trigger('a');
    await pass(minute);
    await inState('breaker:shop', 'open.told');
    // The next morning at half past seven.
    await place.clock.advanceTo(Date.UTC(2026, 0, 6, 7, 30));
    const before = titles().length;
    shop.answer = ok();
    await pass(30 * minute, 30 * second);
    expect(titles().slice(before)).toEqual([]);
    await place.clock.advanceTo(Date.UTC(2026, 0, 6, 12, 1));
    await inState('breaker:shop', 'resolved');
    expect(titles().slice(before)).toEqual(['Over: shop is down']);
  });

  it('is told with who waits for it, also when the service dies on the way', async () => {
    ops.answer = inTurn(silence, ok());
    shop.answer = json(500);
    place = await Workplace.open(config());
    await place.trigger('a');
    await pass(5 * minute + 5 * second);
    await ops.arrival(1);
    await place.crash();
    await inState('breaker:shop', 'open.told');
    expect(bodyOf(1).text).toContain('1 engine waits for it: a.');
  });
});

describe('a record that cannot be read', () => {
  it('is an incident that says where it is kept, also after the next start', async () => {
    place = await Workplace.open({ ...alerts(), engines: [engine('a', { run: () => 1 })] });
    await place.run('a');
    await place.host.write([['actor:engine/a', '"nonsense"']]);
    await place.crash();
    await inState('quarantine:engine:a', 'open.brewing');
    await pass(5 * minute, minute);
    await inState('quarantine:engine:a', 'open.told');
    expect(titles()).toEqual(['the record of engine/a could not be read']);
    expect(bodyOf(0).text).toMatch(
      /the record is kept in the store as quarantine:\S+\. Then: nightshift ack quarantine:engine:a\n/,
    );
    await place.host.send('incident/quarantine:engine:a', { type: 'incident.acknowledge' });
    await place.crash();
    await pass(48 * hour, hour);
    expect(stateName(place.at('incident/quarantine:engine:a').value)).toBe('acknowledged');
    expect(titles()).toHaveLength(1);
  });
});
