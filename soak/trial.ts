/**
 * What a mutant has to get past: some seeds of the town, a few days each, the corners, and the failure paths of two engines of the
 * town. Ends at the first thing that is noticed, with a line that names what noticed it, and `noticedCode`.
 */
import { failurePaths, faults } from 'nightshift/testing';
import { corners } from './corners.ts';
import { lived } from './lived.ts';
import { town, townServices } from './town.ts';

/** The exit code that no other end of a process has. */
const noticedCode = 42;
const seeds = [1, 2, 3, 4, 5, 6];

function noticed(by: 'rule' | 'path', what: string): never {
  console.log(`${by} ${what}`);
  process.exit(noticedCode);
}

for (const seed of seeds) {
  const [violation] = (await lived(seed, 1.5)).violations;
  if (violation) noticed('rule', `${violation.invariant}: ${violation.what}`);
}

for (const corner of Object.values(corners)) {
  const [violation] = await corner();
  if (violation) noticed('rule', `${violation.invariant}: ${violation.what}`);
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
    if (error !== null) noticed('path', `${engine}, ${error.split('\n')[0]}`);
  }
}
