/**
 * Many seeds of the town, a week each: `npm run soak`.
 *
 * Exit code 0 when no invariant was violated, 1 when one was: then the seeds are named, and the line that shows each of them again
 * with the fewest faults that it takes.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inParallel } from './in-parallel.ts';
import type { Lived } from './lived.ts';
import type { Seed } from './seeds-worker.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    days: { type: 'string', default: '7' },
    /** Instead of what chance brings. */
    fault: { type: 'string', multiple: true },
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
/** How often each rule was broken. */
const byRule = new Map<string, number>();
/** Violations of one seed. */
const shownMax = 5;
const failed: string[] = [];
const since = process.hrtime.bigint();
const items = Array.from({ length: seeds }, (_, n): Seed => {
  return { seed: from + n, days, ...(values.fault && { faults: values.fault }) };
});

await inParallel<Seed, Lived>(join(import.meta.dirname, 'seeds-worker.ts'), items, ({ seed }, reply) => {
  sum.seeds += 1;
  if ('error' in reply) {
    failed.push(`seed ${seed}: ${reply.error}`);
    count('no end');
  } else {
    const { runs, faults, violations, shortest } = reply.result;
    sum.runs += runs;
    sum.faults += faults;
    for (const { invariant } of violations) count(invariant);
    for (const { invariant, what } of violations.slice(0, shownMax)) failed.push(`seed ${seed}: ${invariant}: ${what}`);
    if (violations.length > shownMax) failed.push(`seed ${seed}: and ${violations.length - shownMax} more`);
    if (violations.length > 0) failed.push(`seed ${seed} again: ${replay(seed, shortest)}`);
  }
  if (sum.seeds % Math.ceil(seeds / 20) === 0) console.log(`${sum.seeds} of ${seeds} seeds, ${violated()} violations`);
});

for (const line of failed.slice(0, 50)) console.log(line);
for (const [rule, times] of byRule) console.log(`${rule}: broken ${times} times`);
const seconds = Number((process.hrtime.bigint() - since) / 1_000_000n) / 1_000;
console.log(
  `${sum.seeds} seeds of ${days} days each: ${sum.runs} runs, ${sum.faults} faults, ${violated()} violations, in ${Math.round(seconds)} s (${((60 * sum.seeds) / seconds).toFixed(1)} seeds a minute)`,
);
if (failed.length > 0) process.exitCode = 1;

function violated(): number {
  return [...byRule.values()].reduce((one, other) => one + other, 0);
}

function count(rule: string): void {
  byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
}

/** @param shortest the fewest faults; none when they are not known */
function replay(seed: number, shortest: readonly string[]): string {
  const quoted = shortest.map((fault) => ` --fault '${fault.replaceAll("'", "'\\''")}'`).join('');
  return `npm run soak -- --seeds 1 --from ${seed} --days ${days}${quoted}`;
}
