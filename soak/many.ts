/**
 * Two hundred jobs in the hostile world, and whether what they hold grows: `npm run soak:day`, a simulated day, and
 * `npm run soak:real`, half an hour of the real command, after an hour in which it gets warm. Both print what they found.
 *
 * Exit code 0 when nothing grows, nothing strayed and no rule was broken; 1 otherwise; 2 for wrong usage.
 */
import { parseArgs } from 'node:util';
import { type Sample, trendOf } from './many/trend.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    hours: { type: 'string', default: '24' },
    minutes: { type: 'string', default: '30' },
    'warm-up': { type: 'string', default: '60' },
  },
});
const [seed, hours, minutes, warmUpMinutes] = [values.seed, values.hours, values.minutes, values['warm-up']].map(
  Number,
) as [number, number, number, number];
const [mode] = positionals;
const shownMax = 20;

const isRight = [seed, hours, minutes, warmUpMinutes].every(Number.isSafeInteger) && hours >= 5 && minutes >= 3;
if (!((mode === 'day' || mode === 'real') && isRight && warmUpMinutes >= 0)) {
  console.error(
    `Found '${process.argv.slice(2).join(' ')}', expected: npm run soak:day -- --hours 24 --seed 1, or npm run soak:real -- --minutes 30 --warm-up 60 --seed 1; five hours, or three minutes, at least.`,
  );
  process.exit(2);
}

process.exitCode = (await (mode === 'day' ? day() : real())) ? 0 : 1;

async function day(): Promise<boolean> {
  // Half an hour takes half an hour here.
  process.env.WORLD_SCALE = '1';
  const { default: config } = await import('./many/nightshift.config.ts');
  const { simulatedDay } = await import('./many/simulated-day.ts');
  const collect = globalThis.gc;
  if (!collect) throw new Error('found no collector, expected Node with --expose-gc: npm run soak:day');
  const strays: string[] = [];
  process.on('unhandledRejection', (error) => strays.push(String(error)));
  process.on('warning', (warning) => strays.push(String(warning)));
  const { heapMb, ...told } = await simulatedDay({
    config,
    hours,
    seed,
    collect: () => collect(),
    tell: console.error,
  });
  const { engines, runs, faults, crashes, violations } = told;
  console.log(
    `${engines} engines, ${hours} simulated hours, seed ${seed}: ${runs} runs, ${faults} faults, ${crashes} crashes, ${violations.length} violations, ${strays.length} strays`,
  );
  const isFlat = tellTrend('heap', 'MB', heapMb, hours / 3);
  return isSound([...violations.map(({ invariant, what }) => `${invariant}: ${what}`), ...strays]) && isFlat;
}

async function real(): Promise<boolean> {
  // Half an hour takes half a minute here: some ten runs begin a second.
  process.env.WORLD_SCALE ??= '60';
  const { realTime } = await import('./many/real-time.ts');
  const { held, runs, requests, hostile, violations, strays, exit, integrity } = await realTime({
    minutes: warmUpMinutes + minutes,
    seed,
    tell: console.error,
  });
  console.log(
    `200 engines, ${minutes} minutes in real time after ${warmUpMinutes} of warming up, seed ${seed}: ${runs} runs, ${requests} requests, of which ${hostile} met with trouble; killed once, then ended with ${exit}`,
  );
  console.log(`${violations.length} violations, ${strays.length} strays, the store's integrity: ${integrity}`);
  const isFlat = (
    [
      ['heap', 'MB', 'heapMb'],
      ["memory that is not V8's", 'MB', 'outsideMb'],
      ['open handles', '', 'handles'],
      ['threads', '', 'threads'],
    ] as const
  ).map(([name, unit, key]) =>
    tellTrend(
      name,
      unit,
      held.map((each) => ({ hours: each.hours, value: each[key] })),
      warmUpMinutes / 60,
    ),
  );
  const all = held.map(({ privateMb }) => privateMb);
  console.log(
    `private memory in all, with pages that V8 keeps in reserve: ${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)} MB`,
  );
  console.log(`the store: ${held.at(-1)?.storeMb.toFixed(1)} MB at the end, its log with it`);
  const wrong = [...violations.map(({ kind, evidence }) => `${kind}: ${evidence}`), ...strays];
  return isSound(wrong) && isFlat.every(Boolean) && exit === 0 && integrity === 'ok';
}

/**
 * Says how it goes, and whether it does not grow.
 *
 * @param from in hours: until then V8 learns what is hot, and what is bounded fills, as the latest 20,000 steps and waits of the page
 */
function tellTrend(name: string, unit: string, samples: readonly Sample[], from: number): boolean {
  const { mean, slope, error, isFlat } = trendOf(samples.filter(({ hours }) => hours > from));
  const [first, last] = [samples[0]?.value ?? Number.NaN, samples.at(-1)?.value ?? Number.NaN];
  console.log(
    `${name}: ${[mean, first, last].map((value) => value.toFixed(1)).join(', ')} ${unit} (mean, first, last), ${slope.toFixed(2)} ± ${(2 * error).toFixed(2)} an hour: ${isFlat ? 'flat' : 'GROWS'}`,
  );
  return isFlat;
}

/** Shows what went wrong. @returns whether nothing did */
function isSound(wrong: readonly string[]): boolean {
  for (const line of wrong.slice(0, shownMax)) console.log(line);
  return wrong.length === 0;
}
