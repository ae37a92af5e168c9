/**
 * Heartbeats on a real store: who is late, who is missing, and who has a good reason.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConfigDefinition, type EngineOptions, engine } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateName } from '../../src/policies/state-name.ts';
import { HttpServer, json, ok } from './effects/http-server.ts';
import { Workplace } from './effects/workplace.ts';

let place: Workplace;
let server: HttpServer;
beforeEach(async () => {
  server = await HttpServer.open();
});
afterEach(async () => {
  await place?.[Symbol.asyncDispose]();
  await server.close();
});

const minute = 60_000;
const hour = 60 * minute;
type Timing = Omit<EngineOptions<undefined>, 'run'>;

async function open(timing: Timing, run: () => unknown = () => 1, rest: Omit<ConfigDefinition, 'engines'> = {}) {
  place = await Workplace.open({
    timeZone: 'UTC',
    ...rest,
    engines: [engine('job', { retry: { tries: 1 }, maxFailures: 99, ...timing, run })],
  });
}

/** Lets time pass in pieces, so that everything has its turn. */
async function pass(ms: number) {
  for (let left = ms; left > 0; left -= minute) {
    await place.clock.advance(Math.min(left, minute));
    for (let turns = 0; turns < 5; turns++) await nextTurn();
  }
}
const beat = (id = 'job') => stateName(place.at(`heartbeat/${id}`).value).replace('alive.expected', 'alive');
const troubles = () =>
  place.host
    .addresses()
    .filter((address) => address.startsWith('incident/') && stateName(place.host.read(address).value) !== 'resolved');

describe('a job', () => {
  it('is alive while it succeeds, late when it does not, and missing after twice its interval', async () => {
    let works = true;
    await open({ every: '10m' }, () => {
      if (!works) throw new Error('broken');
    });
    await pass(35 * minute);
    expect(beat()).toBe('alive');
    works = false;
    await pass(10 * minute);
    expect(beat()).toBe('late');
    await pass(10 * minute);
    expect(beat()).toBe('missing');
    expect(troubles()).toEqual(['incident/heartbeat:job']);
    works = true;
    await pass(10 * minute);
    expect(beat()).toBe('alive');
    expect(troubles()).toEqual([]);
  });

  it('that hangs is missing', async () => {
    await open({ every: '10m', timeout: '5h' }, () => new Promise(() => {}));
    await pass(25 * minute);
    expect(beat()).toBe('missing');
  });

  it('that runs once a day and takes three hours for it, as it may, is not missing', async () => {
    let end = () => {};
    const run = () =>
      new Promise<void>((resolve) => {
        end = resolve;
      });
    await open({ schedule: '0 9 * * *', timeout: '5h' }, run);
    await pass(4 * hour);
    expect([stateName(place.at('engine/job').value), beat()]).toEqual(['running', 'late']);
    expect(troubles()).toEqual([]);
    end();
    await pass(minute);
    expect(beat()).toBe('alive');
  });

  it('that a person has paused, or that has called one, is not waited for', async () => {
    await open({ every: '10m' });
    await pass(minute);
    await place.host.send('engine/job', { type: 'engine.pause' });
    await pass(hour);
    expect(place.at('heartbeat/job')).toMatchObject({
      value: 'suspended',
      context: { reason: 'the engine is paused' },
    });
    await place.host.send('engine/job', { type: 'engine.resume' });
    await pass(5 * minute);
    expect(beat()).toBe('alive');
    expect(troubles()).toEqual([]);
  });

  it('that is kept from its work by a service is that service’s trouble', async () => {
    server.answer = json(500);
    place = await Workplace.open({
      services: { shop: { url: server.url, breaker: { failures: 1, cooldown: '5h', cooldownMax: '5h' } } },
      engines: [
        engine('job', {
          every: '10m',
          retry: { tries: 9, base: '1s', jitter: 'none' },
          run: async ({ service }) => void (await service('shop').fetch('/')),
        }),
      ],
    });
    for (let turns = 0; stateName(place.at('engine/job').value) !== 'held.forActor'; turns++) {
      if (turns > 2_000) throw new Error('it is not held');
      await place.clock.advance(100);
      await nextTurn();
    }
    await pass(40 * minute);
    expect(beat()).toBe('suspended');
    expect(troubles()).toEqual(['incident/breaker:shop']);
  });

  it('is not waited for outside of its window', async () => {
    // Every workplace opens at eight in the morning.
    await open({ every: '10m', window: 'day' }, () => 1, { windows: { day: { from: '08:00', to: '09:00' } } });
    await pass(3 * hour);
    expect(beat()).toBe('alive');
    expect(new Date(place.at('heartbeat/job').context.expectedAt ?? 0).toISOString()).toBe('2026-01-06T08:00:00.000Z');
  });

  it('is missing when the configured grace is over', async () => {
    await open({ every: '10m', heartbeat: { grace: '45m' } }, () => Promise.reject(new Error('broken')));
    await pass(50 * minute);
    expect(beat()).toBe('late');
    await pass(10 * minute);
    expect(beat()).toBe('missing');
  });

  it.each([
    ['turned off', { every: '10m', heartbeat: false }],
    ['without a schedule', {}],
  ] as const)('%s has none', async (_, timing) => {
    await open(timing);
    expect(place.host.addresses()).not.toContain('heartbeat/job');
  });

  it('beats again after a crash that took its beat', async () => {
    await open({ every: '1h' });
    const written = place.afterWrite((keys) => keys.some((key) => key.startsWith('ledger:engine/job')));
    await place.clock.advance(1);
    const release = await written;
    const back = place.crash();
    release();
    await back;
    expect(place.at('heartbeat/job').context.beatAt).not.toBeNull();
  });

  it('is waited for anew after an outage: it makes up for what it has missed first', async () => {
    const seen: string[] = [];
    await open({ every: '10m' });
    await pass(25 * minute);
    await place.crash(undefined, 3 * hour);
    place.host.inspect({
      transition: ({ address, snapshot }) => address === 'heartbeat/job' && seen.push(stateName(snapshot.value)),
    });
    await pass(5 * minute);
    expect(seen).not.toContain('missing');
    expect(beat()).toBe('alive');
  });

  it('that was late when the machine went off is given its grace anew too', async () => {
    const seen: string[] = [];
    let works = true;
    await open({ every: '10m', retry: { tries: 1 } }, () => {
      if (!works) throw new Error('broken');
    });
    await pass(15 * minute);
    works = false;
    await pass(7 * minute);
    expect(beat()).toBe('late');
    works = true;
    await place.crash(undefined, 3 * hour);
    place.host.inspect({
      transition: ({ address, snapshot }) => address === 'heartbeat/job' && seen.push(stateName(snapshot.value)),
    });
    await pass(5 * minute);
    expect(seen).not.toContain('missing');
    expect(beat()).toBe('alive');
  });

  it('that is broken after an outage is missing once its grace has passed again', async () => {
    let works = true;
    await open({ every: '10m' }, () => {
      if (!works) throw new Error('broken');
    });
    await pass(25 * minute);
    works = false;
    await place.crash(undefined, 3 * hour);
    await pass(5 * minute);
    expect(beat()).toBe('late');
    await pass(6 * minute);
    expect(beat()).toBe('missing');
    expect(place.at('heartbeat/job').context.reason).toBe('its last run failed: broken');
    expect(place.at('incident/heartbeat:job').context).toMatchObject({
      trouble: { what: expect.stringContaining('What is known: its last run failed: broken.') },
    });
  });

  it('costs one row of its own in the same writes as the run', async () => {
    await open({ every: '1h' });
    await pass(5 * minute);
    place.writes.length = 0;
    await pass(60 * minute);
    const rows = place.writes.flat();
    expect(rows.filter((key) => key === 'actor:heartbeat/job').length).toBeLessThanOrEqual(2);
  });
});

describe('a service that should answer now and then', () => {
  const shop = { heartbeat: { every: '10m' } } as const;
  const call = (answers: () => boolean) =>
    Workplace.open({
      services: { shop: { ...shop, url: server.url } },
      engines: [
        engine('job', {
          every: '1m',
          heartbeat: false,
          run: async ({ service }) => {
            if (answers()) await (await service('shop').fetch('/')).text();
          },
        }),
      ],
    });

  it('is alive while it does, without a write for a call, and missing when nobody has called it', async () => {
    let calls = true;
    server.answer = ok();
    place = await call(() => calls);
    for (let n = 0; n < 30; n++) {
      await place.clock.advance(minute);
      await server.arrival(n + 1);
      await place.reached('engine/job', ({ context: { run, last } }) => run === null && last !== null);
    }
    expect(beat('service:shop')).toBe('alive');
    expect(place.writes.flat().filter((key) => key === 'actor:heartbeat/service:shop').length).toBeLessThan(8);
    calls = false;
    await pass(25 * minute);
    expect(beat('service:shop')).toBe('missing');
    expect(troubles()).toEqual(['incident/heartbeat:service:shop']);
  });

  it('is not waited for while its own quota is used up, nor after a restart in between, and is again when there is room', async () => {
    const seen = new Set<string>();
    const see = () =>
      place.host.inspect({
        transition: ({ address, snapshot }) =>
          address === 'heartbeat/service:shop' && seen.add(stateName(snapshot.value)),
      });
    let calls = true;
    server.answer = ok();
    const services = { shop: { ...shop, url: server.url, quota: { limit: 1, per: 'hour' } } } as const;
    const run = async ({ service }: { service: (name: 'shop') => { fetch(path: string): Promise<Response> } }) => {
      if (calls) await (await service('shop').fetch('/')).text();
    };
    place = await Workplace.open({ services, engines: [engine('job', { every: '1m', heartbeat: false, run })] });
    see();
    await pass(40 * minute);
    expect(server.arrivals.length).toBe(1);
    expect(beat('service:shop')).toBe('suspended');
    await place.crash();
    see();
    await pass(35 * minute);
    expect(server.arrivals.length).toBe(2);
    expect([...seen]).not.toContain('missing');
    expect(troubles()).toEqual([]);
    calls = false;
    await pass(85 * minute);
    expect(beat('service:shop')).toBe('missing');
  });

  it('is missing when the grace that it was given is over', async () => {
    place = await Workplace.open({
      services: { shop: { heartbeat: { every: '10m', grace: '45m' } } },
      engines: [],
    });
    await pass(50 * minute);
    expect(beat('service:shop')).toBe('late');
    await pass(6 * minute);
    expect(beat('service:shop')).toBe('missing');
  });

  it('is alive again with its next answer, whether it was late or missing', async () => {
    let calls = true;
    server.answer = ok();
    place = await call(() => calls);
    const answered = async () => {
      const arrivals = server.arrivals.length;
      await place.clock.advance(minute);
      await server.arrival(arrivals + 1);
      await place.reached('engine/job', ({ context: { run, last } }) => run === null && last !== null);
    };
    await answered();
    calls = false;
    await pass(15 * minute);
    expect(beat('service:shop')).toBe('late');
    calls = true;
    await answered();
    await pass(minute);
    expect(beat('service:shop')).toBe('alive');
    calls = false;
    await pass(25 * minute);
    expect(beat('service:shop')).toBe('missing');
    calls = true;
    await answered();
    await pass(minute);
    expect(beat('service:shop')).toBe('alive');
  });
});
