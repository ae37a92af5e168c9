/**
 * Corners: small worlds in which things meet that hardly ever do so by chance.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientCredentials, engine } from 'nightshift';
import { answer, defaultInvariants, healingBoundMs, invariant, type Violation, World } from 'nightshift/testing';

const hourMs = 3_600_000;
const post = { method: 'POST', body: '{}' };

/** Two failures open a breaker while a third call, which has its permit, waits for the disk to note it. */
async function permitOfAnEarlierEpoch(): Promise<readonly Violation[]> {
  let hours = 0;
  const caller = (id: string, waitMs: () => number) =>
    engine(id, {
      schedule: '0 * * * *',
      async run({ service }) {
        await sleep(waitMs());
        await service('shop').fetch(`/${id}`, post);
        return null;
      },
    });
  await using world = new World({
    config: {
      timeZone: 'UTC',
      services: { shop: { url: 'https://shop.example', quota: { limit: 100, per: 'hour' }, breaker: { failures: 2 } } },
      // From hour to hour the third one comes a little later.
      engines: [caller('first', () => 0), caller('second', () => 0), caller('third', () => 50 * hours++)],
    },
    services: { shop: ({ sentAt }) => answer(sentAt % hourMs < 20_000 ? 503 : 200, {}) },
    writeMs: () => 200,
  });
  await world.run({ days: 2 });
  return world.judged();
}

/** A probe's process dies, its run is not taken up again, and nobody else of that engine ever comes. */
async function probeThatIsLost(): Promise<readonly Violation[]> {
  let isBack = false;
  await using world = new World({
    config: {
      services: { shop: { url: 'https://shop.example', breaker: { failures: 1, cooldown: '1m' } } },
      engines: [
        engine('regular', {
          every: '30m',
          run: ({ service }) =>
            service('shop')
              .fetch('/regular', post)
              .then(() => null),
        }),
        engine('rare', {
          maxFailures: 5,
          retry: { tries: 1 },
          run: ({ step, service }) =>
            step(
              'ask',
              () =>
                service('shop')
                  .fetch('/rare', post)
                  .then(() => null),
              { onInterrupted: 'fail' },
            ),
        }),
      ],
    },
    services: {
      shop: ({ url }) => {
        if (url.pathname === '/rare') {
          isBack = true;
          world.crash();
        }
        return answer(isBack ? 200 : 503, {});
      },
    },
  });
  await world.run({ minutes: 31 });
  await world.ask('engine/rare', { type: 'engine.trigger' });
  await world.run({ hours: 1 });
  world.calm();
  await world.run({ ms: healingBoundMs(world.config) });
  return world.judged();
}

/** A job calls all the time, also while the disk takes long to store a new token. */
async function tokenThatIsBeingStored(): Promise<readonly Violation[]> {
  await using world = new World({
    config: {
      tokens: {
        shop: clientCredentials({
          tokenUrl: 'https://login.shop.example/token',
          clientId: 'corner',
          clientSecret: 'a-secret-of-the-corner',
        }),
      },
      services: { shop: { url: 'https://shop.example', token: 'shop' } },
      engines: [
        engine('busy', {
          every: '3h',
          timeout: '3h',
          async run({ service }) {
            for (let nth = 0; nth < 3_000; nth++) {
              await service('shop').fetch('/');
              await sleep(1_000);
            }
            return null;
          },
        }),
      ],
    },
    writeMs: () => 900,
  });
  await world.run({ hours: 6 });
  return world.judged();
}

/** One job kills the process whenever it runs, one may not do what it does, and another one has to run on. */
async function jobThatKills(): Promise<readonly Violation[]> {
  let kills = 0;
  const deadly = invariant('a deadly job is given up', (_, broken) => (event) => {
    if (event.type === 'process.ended' && ++kills === 6) broken('one job has killed the process six times');
  });
  await using world = new World({
    config: {
      services: { bomb: { url: 'https://bomb.example' } },
      engines: [
        engine('killer', {
          every: '5m',
          run: ({ service }) =>
            service('bomb')
              .fetch('/')
              .then(() => null),
        }),
        engine('innocent', { every: '5m', run: () => null }),
        engine('hopeless', {
          every: '5m',
          run: () => {
            throw Object.assign(new Error('no paper'), { status: 403 });
          },
        }),
      ],
    },
    services: {
      bomb: () => {
        world.crash();
        return answer(200, {});
      },
    },
    invariants: [...defaultInvariants, deadly],
  });
  await world.run({ hours: 1 });
  return world.judged();
}

/** Each gives the violations of its rules. */
export const corners = { permitOfAnEarlierEpoch, probeThatIsLost, tokenThatIsBeingStored, jobThatKills };
