/**
 * The failure paths of the jobs that the examples show and of the town's: `npm run paths`. The whole catalogue on each, crashes with all that
 * does not move the clock, two faults in one path of the town's, and three of those jobs that use most.
 *
 * Exit code 0 when every path is as foretold, 1 when one is not, or a walk has none: then each is shown, and how to see it again.
 */
import { allFaults, type FailurePathsOptions, failurePaths, faults } from 'nightshift/testing';
import { jobs } from '../examples/six-businesses/failure-paths.ts';
import { town, townServices } from './town.ts';

interface Walk {
  what: string;
  id: string;
  options: FailurePathsOptions;
}

const some = [faults.status(503), faults.tokenRejected];
const still = allFaults.filter(({ kind }) => kind !== 'machine');
/** Three faults in one path: with a token that others have too, and with a window and a step that may be left out. */
const deep = ['mailbox', 'video'];
/** When every window of the town but the one at night is open. */
const startAt = Date.UTC(2026, 0, 5, 10);
const towns = (town.engines ?? []).map(({ id }) => ({
  id,
  options: { config: town, startAt, ...(townServices && { services: townServices }) },
}));

const walks: Walk[] = [...jobs, ...towns].flatMap(({ id, options }) => [
  { what: 'the catalogue', id, options: { ...options, faults: allFaults } },
  { what: 'the catalogue, with crashes', id, options: { ...options, faults: still, crash: true } },
  { what: 'two faults, with crashes', id, options: { ...options, faults: some, depth: 2, crash: true } },
  ...(deep.includes(id) ? [{ what: 'three faults', id, options: { ...options, faults: some, depth: 3 } }] : []),
]);

let failed = 0;
for (const { what, id, options } of walks) {
  const paths = await failurePaths(id, options);
  let wrong = 0;
  for (const path of paths) {
    await path.verify().catch((error: Error) => {
      wrong += 1;
      console.log(error.message);
    });
  }
  console.log(`${id}, ${what}: ${paths.length} paths, ${wrong} of them not as foretold`);
  failed += paths.length === 0 ? 1 : wrong;
}
if (failed > 0) process.exitCode = 1;
