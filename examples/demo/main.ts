/**
 * `npm run demo`: shows what heals, for three minutes unless it is told otherwise.
 *
 *     npm run demo -- --minutes 10 --seed 7
 *
 * Exit codes: 0 when the world has no violation to tell of, 1 otherwise, 2 for wrong usage.
 */
import { parseArgs } from 'node:util';
import { runDemo } from './demo.ts';
import { summaryOf } from './summary.ts';

const minutesDefault = 3;
const minutesMin = 0.5;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { minutes, seed } = options();
  if (!(minutes >= minutesMin))
    return refuse(`--minutes: expected a number of at least ${minutesMin}. Write --minutes 3.`);
  if (!Number.isSafeInteger(seed)) return refuse('--seed: expected a whole number. Write --seed 7.');
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!ending.signal.aborted) tell('demo', 'ends early: the service is stopped');
      ending.abort();
    });
  }
  console.log(
    `Six jobs in a world that does its worst, for ${minutes} min. Time goes a hundred times as fast: an hour takes 36 s.`,
  );
  console.log(`The same weather again: --seed ${seed}. Ctrl-C ends it.\n`);
  const outcome = await runDemo({ durationMs: minutes * 60_000, seed, signal: ending.signal, tell });
  console.log(`\n${summaryOf(outcome)}`);
  for (const complaint of outcome.complaints) console.log(`The service wrote: ${complaint}`);
  return outcome.violations.length === 0 && outcome.exit === 0 ? 0 : 1;
}

function options() {
  try {
    const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
    return {
      minutes: Number(values.minutes ?? minutesDefault),
      seed: Number(values.seed ?? Date.now() % 100_000),
    };
  } catch {
    return { minutes: Number.NaN, seed: 0 };
  }
}

function refuse(message: string): number {
  console.error(message);
  return 2;
}

function tell(who: string, what: string) {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${who.padEnd(9)}  ${what}`);
}
