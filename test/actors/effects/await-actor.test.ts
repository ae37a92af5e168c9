/**
 * Waiting for other actors: many that are let go at once go on one by one, and look again when it is their turn.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConfigDefinition, engine, type RunScope } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/random.ts';
import { HttpServer, json, ok, silence } from './http-server.ts';
import { Workplace } from './workplace.ts';

let place: Workplace;
let server: HttpServer;
beforeEach(async () => {
  server = await HttpServer.open();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await server.close();
});

const second = 1_000;
const minute = 60 * second;
const names = Array.from({ length: 20 }, (_, n) => `e${n}`);
const [first, ...others] = names as [string, ...string[]];
const get = async ({ service }: RunScope) => {
  await (await service('api').fetch('/')).body?.cancel();
};

/**
 * Twenty engines, of which the first has opened the breaker and the others are held by it.
 *
 * @returns the same workplace with something changed
 */
async function openHeld(cooldown: string, change: ConfigDefinition = {}): Promise<ConfigDefinition> {
  server.answer = json(500);
  const definition = {
    services: { api: { url: server.url, breaker: { failures: 1, cooldown, cooldownMax: cooldown } } },
    engines: names.map((name) => engine(name, { retry: { tries: 1 }, run: get })),
  };
  place = await Workplace.open(definition);
  await place.run(first);
  await Promise.all(others.map((name) => place.trigger(name)));
  await Promise.all(others.map((name) => place.state(`engine/${name}`, 'held.forActor')));
  server.answer = ok();
  place.chance = seededRandom(5);
  return { ...definition, ...change };
}

/** The instants at which waits end from here on. */
function ends(): number[] {
  const instants: number[] = [];
  place.host.inspect({
    transition: ({ event, at }) => {
      if (event.type === 'xstate.done.actor.clearance') instants.push(at);
    },
  });
  return instants;
}

async function advance(ms: number, stepMs: number) {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await place.clock.advance(stepMs);
    for (let turns = 0; turns < 5; turns++) await nextTurn();
  }
}

describe('those who were held by one breaker', () => {
  it('are spread over ten seconds at most, however long they have waited', async () => {
    await openHeld('10m');
    const went = ends();
    const backAt = place.clock.now() + 10 * minute;
    await advance(10 * minute, minute);
    await advance(60 * second, 250);
    expect(went).toHaveLength(others.length);
    expect(Math.max(...went) - backAt).toBeLessThan(20 * second);
    expect(Math.max(...went) - Math.min(...went)).toBeGreaterThan(5 * second);
  });

  it('are spread as far after a restart as they would have been without it', async () => {
    await openHeld('10m');
    await advance(10 * minute - second, 10 * minute - second);
    await place.crash();
    const went = ends();
    const backAt = place.clock.now() + second;
    await advance(40 * second, 250);
    expect(went).toHaveLength(others.length);
    expect(went.filter((at) => at - backAt < second).length).toBeLessThan(5);
    expect(Math.max(...went) - Math.min(...went)).toBeGreaterThan(5 * second);
  });

  it('are spread as far when settings have changed meanwhile', async () => {
    const changed = await openHeld('10m', { windows: { spare: { from: '08:00', to: '10:00' } } });
    await advance(10 * minute - second, 10 * minute - second);
    await place.crash(changed);
    const went = ends();
    await advance(40 * second, 250);
    expect(went).toHaveLength(others.length);
    expect(Math.max(...went) - Math.min(...went)).toBeGreaterThan(5 * second);
  });

  it('stay held while the one who came first is the probe', async () => {
    await openHeld('1m');
    server.answer = silence;
    let drawn = 0;
    place.chance = () => (drawn++ === 0 ? 0 : 0.5);
    const went = ends();
    await place.clock.advance(minute);
    await server.arrival(2);
    // Half of a tenth of the minute: everybody's turn has come.
    await advance(4 * second, second);
    // The others did not go on only to be turned away.
    expect(went).toHaveLength(1);
    expect(server.arrivals).toHaveLength(2);
  });
});

describe('those who have met a trouble that everybody has', () => {
  /** @param beyond what a run does that has got past it */
  async function openWithoutNetwork(beyond: (scope: RunScope, engine: string) => unknown = () => null) {
    const network = { gone: true };
    const reach = () => {
      if (network.gone) throw Object.assign(new Error('the network is unreachable'), { code: 'ENETUNREACH' });
      return null;
    };
    const run = (name: string) => async (scope: RunScope) => {
      await scope.step('reach', reach);
      return beyond(scope, name);
    };
    place = await Workplace.open({ engines: names.map((name) => engine(name, { run: run(name) })) });
    for (const name of names) {
      await place.trigger(name);
      await place.state(`engine/${name}`, 'held.forActor');
    }
    return network;
  }

  it('go on one by one when one of them has got past it', async () => {
    const network = await openWithoutNetwork();
    place.chance = seededRandom(5);
    network.gone = false;
    const went = ends();
    await advance(40 * second, 100);
    expect(went).toHaveLength(names.length);
    expect(new Set(went).size).toBeGreaterThan(10);
  });

  it('need not wait until the run of the one who got past it has ended', async () => {
    const network = await openWithoutNetwork((_, name) => (name === first ? new Promise(() => {}) : null));
    network.gone = false;
    const over = others.map((name) => place.reached(`engine/${name}`, ({ context: { last } }) => last !== null));
    await place.clock.advance(30 * second);
    await Promise.all(over);
    expect(place.at(`engine/${first}`).value).toBe('running');
  });

  it('go on as well when that one fails by something else', async () => {
    const network = { back: false };
    place = await Workplace.open({
      engines: names.map((name) =>
        engine(name, {
          run: () => {
            if (name === first && network.back) throw new TypeError('mine');
            if (!network.back) throw Object.assign(new Error('unreachable'), { code: 'ENETUNREACH' });
            return null;
          },
        }),
      ),
    });
    for (const name of names) {
      await place.trigger(name);
      await place.state(`engine/${name}`, 'held.forActor');
    }
    network.back = true;
    const over = names.map((name) => place.reached(`engine/${name}`, ({ context: { last } }) => last !== null));
    await place.clock.advance(30 * second);
    await Promise.all(over);
    expect(place.at(`engine/${first}`).context.last?.result).toBe('failure');
    expect(others.map((name) => place.at(`engine/${name}`).context.last?.result)).toEqual(others.map(() => 'success'));
  });
});
