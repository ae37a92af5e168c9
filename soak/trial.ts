/**
 * What a mutant has to get past: some seeds of the town, a few days each, and the failure paths of two of its engines. Ends at the
 * first thing that is noticed, with a line about it and the exit code 1.
 */
import { engine } from 'nightshift';
import { answer, failurePaths, faults, World } from 'nightshift/testing';
import { lived } from './lived.ts';
import { town, townServices } from './town.ts';

const seeds = [1, 2, 3, 4, 5, 6];

function noticed(what: string): never {
  console.log(what);
  process.exit(1);
}

for (const seed of seeds) {
  const { violations } = await lived(seed, 1.5);
  if (violations[0] !== undefined) noticed(violations[0]);
}

// A job that kills the process whenever it runs is given up, one that may not do what it does halts, and another one runs on.
const killed: string[] = [];
await using world: World = new World({
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
    bomb: ({ service }) => {
      killed.push(service);
      world.crash();
      return answer(200, {});
    },
  },
});
await world.run({ hours: 1 });
const [violation] = world.judged();
if (violation) noticed(`${violation.invariant}: ${violation.what}`);
if (killed.length > 5) noticed(`the process was killed ${killed.length} times by one job`);

for (const engine of ['video', 'orders']) {
  const paths = await failurePaths(engine, {
    config: town,
    services: townServices ?? {},
    faults: [faults.status(503), faults.status(429, { retryAfter: 60 }), faults.resetAfter, faults.tokenRejected],
    crash: true,
  });
  for (const path of paths) {
    const error = await path.verify().then(() => null, String);
    if (error !== null) noticed(error.split('\n')[0] ?? error);
  }
}
