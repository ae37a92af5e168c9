/**
 * Services that refuse their calls: by their quota for ever, or because they are ill. One cause, one incident.
 */
import { expect, it } from 'vitest';
import { engine, type RunScope, type ServiceDefinition } from '../../src/index.ts';
import { answer, type Handler } from '../../src/testing/world/network.ts';
import { World } from '../../src/testing/world/world.ts';

const quotaExceeded: Handler = () => answer(403, { error: { errors: [{ reason: 'quotaExceeded' }] } });

/** What a person hears of three engines that call a service every ten minutes: when, what, and of which cause. */
async function heard(answers: Handler, hours: number, rest: ServiceDefinition = {}, timing: object = {}) {
  await using world = new World({
    config: {
      services: { shop: { url: 'https://shop.example', ...rest } },
      engines: ['a', 'b', 'c'].map((name) =>
        engine(name, {
          every: '10m',
          ...timing,
          run: async ({ service }) => void (await (await service('shop').fetch('/')).text()),
        }),
      ),
    },
    services: { shop: answers },
  });
  await world.run({ hours });
  return world.history.lines.flatMap(
    (line) => /^(\d+d .{5}).* alert person (opened|resolved) (.*)$/.exec(line)?.slice(1).join(' ') ?? [],
  );
}
const kinds = (lines: string[]) => lines.map((line) => line.split(' ').slice(2).join(' '));

it.each([
  ['by a 403', quotaExceeded],
  ['by a 429 that names a minute', () => answer(429, {}, { 'retry-after': '60' })],
] as const)('a person hears of a service that refuses every call by its quota: %s', async (_, answers) => {
  expect(kinds(await heard(answers, 10))).toEqual(['opened quota:shop']);
});

it('nobody hears of a day’s quota that fills up in time', async () => {
  const day = { quota: { limit: 1_000, per: 'day', resets: '00:00 UTC' } } as const;
  expect(
    await heard(
      (request, at) => (at % 86_400_000 > 72_000_000 ? quotaExceeded(request, at) : answer(200, {})),
      60,
      day,
    ),
  ).toEqual([]);
});

it('a person hears that a service answers again', async () => {
  let calls = 0;
  const later: Handler = (request, at) => {
    calls += 1;
    return calls < 15 ? quotaExceeded(request, at) : answer(200, {});
  };
  expect(kinds(await heard(later, 12))).toEqual(['opened quota:shop', 'resolved quota:shop']);
});

it.each([
  ['asks to be left alone for an hour', () => answer(503, {}, { 'retry-after': '3600' }), {}],
  ['is called by engines that back off for long', () => answer(500, {}), { retry: { base: '25m', cap: '1h' } }],
] as const)('a service that is down is one incident when it %s', async (_, answers, timing) => {
  expect(kinds(await heard(answers, 4, {}, timing))).toEqual(['opened breaker:shop']);
});

it('a run that hangs is not put down to the service that failed the run before', async () => {
  let runs = 0;
  const run = async ({ service }: RunScope) => {
    runs += 1;
    if (runs === 2) await service('shop').call(() => Promise.reject(Object.assign(new Error('slow'), { status: 429 })));
    if (runs > 2) await new Promise(() => {});
  };
  await using world = new World({
    config: {
      services: { shop: {} },
      engines: [engine('a', { every: '10m', timeout: '9h', retry: { tries: 1 }, run })],
    },
  });
  await world.run({ hours: 3 });
  const told = world.history.lines.filter((line) => line.includes('alert person opened'));
  expect(told.map((line) => line.split(' ').at(-1))).toEqual(['heartbeat:a']);
});
