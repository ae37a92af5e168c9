/**
 * Outages of a provider that last for hours and days: one incident, nobody halted, and everything goes on by itself.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EngineOptions, engine, type RunScope } from 'nightshift';
import { afterEach, describe, expect, it } from 'vitest';
import { stateName } from '../../src/policies/state-name.ts';
import { HttpServer, json } from './effects/http-server.ts';
import { Workplace } from './effects/workplace.ts';

let place: Workplace;
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
type Timing = Omit<EngineOptions<undefined>, 'run'>;

/** Lets time pass in pieces, so that everything has its turn. */
async function pass(ms: number, tickMs = 30 * second) {
  for (let left = ms; left > 0; left -= tickMs) {
    await place.clock.advance(tickMs);
    for (let turns = 0; turns < 20; turns++) await nextTurn();
  }
}

const reset = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const many = (count: number, run: (scope: RunScope) => unknown, timing: Timing = { every: '10m' }) =>
  Array.from({ length: count }, (_, n) => engine(`e${n}`, { ...timing, run }));
const states = (count: number) => [
  ...new Set(Array.from({ length: count }, (_, n) => stateName(place.at(`engine/e${n}`).value))),
];
/** Every opening of every incident, as in `breaker:shop`. */
async function openings() {
  const addresses = place.host.addresses().filter((address) => address.startsWith('incident/'));
  const all = addresses.map(async (address) => {
    const entries = (await place.ledger(address)) as unknown as { incident: string }[];
    return entries.filter(({ incident }) => incident === 'opened').map(() => address.slice('incident/'.length));
  });
  return (await Promise.all(all)).flat();
}
const results = async (name: string) => [
  ...new Set((await place.ledger(`engine/${name}`)).map(({ outcome, result }) => result ?? outcome)),
];

describe('a provider that is down', () => {
  it.each([
    ['for six hours, under twenty engines', 20, 6 * hour],
    ['for three days, under three engines', 3, 72 * hour],
  ])('%s is one incident, and all go on by themselves', { timeout: 360_000 }, async (_, count, lengthMs) => {
    let isDown = true;
    const call = () => {
      if (isDown) throw reset();
      return 1;
    };
    place = await Workplace.open({
      services: { shop: {} },
      engines: many(count, ({ service }) => service('shop').call(async () => call())),
    });
    await pass(lengthMs, minute);
    expect(states(count)).toEqual(['held.forActor']);
    expect(await openings()).toEqual(['breaker:shop']);
    expect(place.at('engine/e0').context).toMatchObject({ failures: 0, last: null });
    isDown = false;
    await pass(hour);
    expect(states(count)).toEqual(['idle.scheduled']);
    expect(await openings()).toEqual(['breaker:shop']);
    expect(stateName(place.at('incident/breaker:shop').value)).toBe('resolved');
    for (let n = 0; n < count; n++) expect(stateName(place.at(`heartbeat/e${n}`).value)).toBe('alive.expected');
    expect(await results('e0')).toEqual(['success', 'skipped']);
  });

  it('stops nobody whose runs have to be over in time: they fail, and say why', async () => {
    place = await Workplace.open({
      services: { shop: { breaker: { cooldown: '1m', cooldownMax: '5m' } } },
      engines: many(3, ({ service }) => service('shop').call(() => Promise.reject(reset())), {
        every: '1h',
        endWithin: '30m',
        maxFailures: 2,
      }),
    });
    await pass(8 * hour, minute);
    expect(states(3)).not.toContain('halted');
    expect(await results('e0')).toEqual(['failure']);
    expect((await place.ledger('engine/e0')).length).toBeGreaterThan(5);
    expect(await openings()).toEqual(['breaker:shop']);
  });

  it('is left out by a step that may be, also when it is the probe', async () => {
    place = await Workplace.open({
      services: { shop: { breaker: { failures: 1, cooldown: '1m', cooldownMax: '1m' } } },
      engines: [
        engine('job', {
          retry: { tries: 1 },
          run: ({ step, service }) =>
            step('ask', () => service('shop').call(() => Promise.reject(reset())), { whenDown: 'skip' }),
        }),
      ],
    });
    await place.run('job');
    await pass(minute);
    expect(place.at('breaker/shop').value).toEqual({ halfOpen: 'ready' });
    const { last } = await place.run('job');
    expect(last).toMatchObject({ result: 'success', degraded: ['ask'] });
    expect(place.at('breaker/shop').context.failedProbes).toBe(1);
  });

  it('under every name of a fallback holds its run until any of them is back', async () => {
    const calls: string[] = [];
    let back = '';
    const breaker = { failures: 1, cooldown: '1m', cooldownMax: '4m' } as const;
    place = await Workplace.open({
      services: { groq: { breaker }, ollama: { breaker }, llm: { fallback: ['groq', 'ollama'] } },
      engines: [
        engine('e0', {
          every: '10m',
          retry: { tries: 3 },
          run: ({ service }) =>
            service('llm').call(async ({ service: by }) => {
              calls.push(by);
              if (by !== back) throw reset();
              return by;
            }),
        }),
      ],
    });
    await pass(12 * hour, minute);
    expect(states(1)).toEqual(['held.forActor']);
    expect((await openings()).sort()).toEqual(['breaker:groq', 'breaker:ollama']);
    expect(place.at('engine/e0').context).toMatchObject({ failures: 0, last: null });
    expect(new Set(calls)).toEqual(new Set(['groq', 'ollama']));
    back = 'ollama';
    await pass(10 * minute);
    expect(place.at('engine/e0').context.last?.result).toBe('success');
  });

  it('does not excuse what is wrong with the job itself: it halts after maxFailures', async () => {
    place = await Workplace.open({
      services: { shop: { breaker: { failures: 1, cooldown: '1m', cooldownMax: '1m' } } },
      engines: many(
        1,
        async ({ service }) => {
          await service('shop').call(() => Promise.reject(new TypeError('not a function')));
        },
        { every: '10m', maxFailures: 3 },
      ),
    });
    await pass(hour, minute);
    expect(states(1)).toEqual(['halted']);
    expect(await openings()).toContain('engine:e0');
  });
});

it('a probe that is answered by Retry-After is the last until then', async () => {
  const server = await HttpServer.open();
  try {
    server.answer = json(503, {}, { 'retry-after': '3600' });
    place = await Workplace.open({
      services: { shop: { url: server.url, breaker: { failures: 1, cooldown: '1m', cooldownMax: '1m' } } },
      engines: many(2, async ({ service }) => void (await service('shop').fetch('/'))),
    });
    await place.clock.advance(0);
    await server.arrival(1);
    await place.reached('breaker/shop', ({ value }) => value === 'open');
    await pass(59 * minute);
    const before = server.arrivals.length;
    await pass(5 * minute);
    // Both may have been on their way at first.
    expect([before <= 2, server.arrivals.length - before]).toEqual([true, 1]);
  } finally {
    await server.close();
  }
});

it('a service that answers 429 for hours, and never until when, is one incident for all its engines', async () => {
  let isBusy = true;
  const call = async () => {
    if (isBusy) throw Object.assign(new Error('slow down'), { status: 429 });
  };
  place = await Workplace.open({
    services: { shop: {} },
    engines: many(5, ({ service }) => service('shop').call(call), { every: '10m', maxFailures: 99 }),
  });
  await pass(6 * hour, minute);
  expect(await openings()).toEqual(['service:shop']);
  expect(place.at('incident/service:shop').context.trouble).toMatchObject({
    severity: 'now',
    title: 'shop keeps jobs from their work',
    what: expect.stringContaining('slow down'),
  });
  isBusy = false;
  await pass(hour, minute);
  expect(stateName(place.at('incident/service:shop').value)).toBe('resolved');
  expect(await openings()).toEqual(['service:shop']);
});

it('a job that cannot work now, and says so at every look, is one incident that is told of, until it can', async () => {
  let isShort = true;
  const failure = { class: 'degraded', code: 'RESOURCES_SHORT', message: 'The disk has 3 MB left.' };
  const look = () => {
    if (isShort) throw Object.assign(new Error('short'), { failure });
  };
  place = await Workplace.open({ engines: many(1, look, { every: '1m' }) });
  await pass(hour);
  expect(await openings()).toEqual(['engine:e0']);
  const incident = place.at('incident/engine:e0');
  expect(stateName(incident.value)).toBe('open.told');
  expect(incident.context.trouble).toMatchObject({
    severity: 'canWait',
    title: 'e0 is held up',
    what: failure.message,
  });
  isShort = false;
  await pass(2 * minute);
  expect(stateName(place.at('incident/engine:e0').value)).toBe('resolved');
  expect(await openings()).toEqual(['engine:e0']);
});

it('a step that waits for its window is nobody’s trouble', async () => {
  place = await Workplace.open({
    timeZone: 'UTC',
    windows: { evening: { from: '20:00', to: '21:00' } },
    engines: many(1, ({ step }) => step('post', () => 1, { window: 'evening' }), { every: '10m' }),
  });
  await pass(2 * hour);
  expect(states(1)).toEqual(['held.forTime']);
  expect(await openings()).toEqual([]);
});
