/**
 * What a mutant has to get past: some seeds of the town, a few days each, and the failure paths of two of its engines. Ends at the
 * first thing that is noticed, with a line about it and the exit code 1.
 */
import { failurePaths, faults } from 'nightshift/testing';
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
