/**
 * Many seeds of the town, a week each: `npm run soak`.
 *
 * Exit code 0 when no invariant was violated, 1 when one was: then the seeds are named, and how to see one of them again.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inParallel } from './in-parallel.ts';
import type { Lived } from './lived.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    days: { type: 'string', default: '7' },
  },
});
const [seeds, from, days] = [Number(values.seeds), Number(values.from), Number(values.days)];
if (![seeds, from, days].every((number) => Number.isFinite(number) && number > 0)) {
  console.error(
    `Found ${JSON.stringify(values)}, expected numbers above 0: npm run soak -- --seeds 1000 --from 1 --days 7`,
  );
  process.exit(2);
}

const sum = { seeds: 0, runs: 0, faults: 0 };
let violated = 0;
/** Violations of one seed. */
const shownMax = 5;
const failed: string[] = [];
const since = process.hrtime.bigint();
const items = Array.from({ length: seeds }, (_, n) => ({ seed: from + n, days }));

await inParallel<(typeof items)[number], Lived>(
  join(import.meta.dirname, 'seeds-worker.ts'),
  items,
  ({ seed }, reply) => {
    sum.seeds += 1;
    if ('error' in reply) {
      failed.push(`seed ${seed}: ${reply.error}`);
      violated += 1;
    } else {
      sum.runs += reply.result.runs;
      sum.faults += reply.result.faults;
      const { violations, shortest } = reply.result;
      violated += violations.length;
      failed.push(...violations.slice(0, shownMax).map((violation) => `seed ${seed}: ${violation}`));
      if (violations.length > shownMax) failed.push(`seed ${seed}: and ${violations.length - shownMax} more`);
      failed.push(...shortest.map((fault) => `seed ${seed}: the first of them takes ${fault}`));
    }
    if (sum.seeds % Math.ceil(seeds / 20) === 0) console.log(`${sum.seeds} of ${seeds} seeds, ${violated} violations`);
  },
);

const seconds = Number((process.hrtime.bigint() - since) / 1_000_000n) / 1_000;
for (const line of failed.slice(0, 50)) console.log(line);
console.log(
  `${sum.seeds} seeds of ${days} days each: ${sum.runs} runs, ${sum.faults} faults, ${violated} violations, in ${Math.round(seconds)} s`,
);
if (failed.length > 0) {
  console.log('One of them again: npm run soak -- --seeds 1 --from SEED');
  process.exitCode = 1;
}
