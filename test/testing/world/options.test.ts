import { describe, expect, it } from 'vitest';
import { defineConfig, engine } from '../../../src/index.ts';
import { faults } from '../../../src/testing/faults/faults.ts';
import { World } from '../../../src/testing/world/world.ts';

const config = defineConfig({
  services: { shop: { url: 'https://shop.example' } },
  engines: [
    engine('orders', {
      every: '5m',
      run: ({ step, service }) =>
        step('fetch', () =>
          service('shop')
            .fetch('/')
            .then(() => 1),
        ),
    }),
  ],
});

describe('a world refuses what leads nowhere:', () => {
  const { silence, diskFull } = faults;
  it.each<[string, unknown, string]>([
    ['no options', undefined, 'World: found nothing, expected new World({ config }).'],
    ['a misspelt option', { config, sed: 7 }, "World: found the unknown option 'sed', expected one of 'config',"],
    ['a seed that is none', { config, seed: 'x' }, "seed: found 'x', expected a whole number"],
    ['a broken seed', { config, seed: 1.5 }, 'seed: found 1.5, expected a whole number'],
    ['a date as a text', { config, startAt: '2026-01-05' }, "startAt: found '2026-01-05', expected epoch ms. Write"],
    [
      'a service that there is not',
      { config, services: { shp: () => new Response() } },
      "services: found the unknown service 'shp', expected one of",
    ],
    ['an engine that there is not', { config, steps: { ordrs: {} } }, "Did you mean 'orders'?"],
    ['faults that are no list', { config, faults: 'hostile' }, "faults: found 'hostile', expected a list"],
    [
      'the name of a fault',
      { config, faults: ['silence'] },
      "faults.0: found 'silence', expected a fault and its place.",
    ],
    ['a fault alone', { config, faults: [silence] }, 'faults.0: found a fault without a place, expected'],
    ['a fault that there is not', { config, faults: [{ fault: undefined, afterMs: 1 }] }, 'faults.0: found nothing,'],
    [
      'a fault where it cannot happen',
      { config, faults: [{ fault: diskFull, call: { service: 'shop', nth: 1 } }] },
      "faults.0: found no place at which 'disk full' happens, expected 'write' beside it.",
    ],
    [
      'the call before the first',
      { config, faults: [{ fault: silence, call: { service: 'shop', nth: 0 } }] },
      'faults.0.call.nth: found 0, expected a number from 1 on.',
    ],
    [
      'a call to nobody',
      { config, faults: [{ fault: silence, call: { service: 'shp', nth: 1 } }] },
      "faults.0.call: found the unknown service 'shp', expected one of",
    ],
    ['an invariant that is a function', { config, invariants: [() => {}] }, 'invariants.0: found a function, expected'],
    ['one invariant for many', { config, invariants: {} }, 'invariants: found an object, expected a list.'],
  ])('%s', (_, options, message) => {
    expect(() => new World(options as never)).toThrow(message);
  });

  it.each<[unknown, string]>([
    [undefined, 'run: found nothing, expected a length. Write run({ days: 1 }).'],
    [{}, 'run: found {}, expected a length.'],
    [
      { day: 1 },
      "run: found the unknown length 'day', expected one of 'days', 'hours', 'minutes' or 'ms'. Did you mean 'days'?",
    ],
    [{ days: -1 }, 'run: found days: -1, expected a number from 0 on.'],
    [{ days: Number.NaN }, 'run: found days: NaN, expected a number from 0 on.'],
    [{ days: '1' }, "run: found days: '1', expected a number from 0 on."],
  ])('the length %j', async (stretch, message) => {
    await using world = new World({ config });
    await expect(world.run(stretch as never)).rejects.toThrow(message);
    await expect(world.runUntil(() => false, Number.NaN)).rejects.toThrow('runUntil: found NaN, expected');
  });
});
