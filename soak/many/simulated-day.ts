/**
 * A simulated day of two hundred jobs, with whatever the hostile preset does to them, and what they hold in memory hour by hour.
 */
import {
  answer,
  defaultInvariants,
  faultRates,
  invariant,
  presets,
  randomChaos,
  type Violation,
  World,
  type WorldOptions,
} from 'nightshift/testing';
import { apis } from '../../examples/hostile-world/apis.ts';
import type { Sample } from './trend.ts';

export interface SimulatedDay {
  engines: number;
  runs: number;
  faults: number;
  crashes: number;
  violations: Violation[];
  /** Of the heap after a collection, in megabytes. */
  heapMb: Sample[];
}

export interface DayOptions {
  /** What `nightshift.config.ts` exports, loaded with `WORLD_SCALE=1`. */
  config: WorldOptions['config'];
  hours: number;
  seed: number;
  /** Collects garbage. */
  collect: () => void;
  tell?: (text: string) => void;
}

/** Rows of the ledger stay as long: the world's disk lies in memory, and what a real one would hold is no leak. */
const ledgerKeptMs = 3_600_000;

export async function simulatedDay({ config, hours, seed, collect, tell }: DayOptions): Promise<SimulatedDay> {
  const day: SimulatedDay = { engines: 0, runs: 0, faults: 0, crashes: 0, violations: [], heapMb: [] };
  const counter = invariant('runs and crashes are counted', () => (event) => {
    if (event.type === 'run.began') day.runs += 1;
    if (event.type === 'process.ended') day.crashes += 1;
  });
  const startAt = Date.UTC(2026, 0, 5);
  await using world = new World({
    config,
    seed,
    startAt,
    faults: randomChaos(faultRates(presets.hostile, 'hostile'), { seed, config, startAt }),
    services: services(Object.keys(config.services ?? {})),
    history: 'digest',
    invariants: [...defaultInvariants, counter],
  });
  for (let hour = 1; hour <= hours; hour++) {
    await world.run({ hours: 1 });
    forget(world, world.now - ledgerKeptMs);
    collect();
    const value = process.memoryUsage().heapUsed / 2 ** 20;
    day.heapMb.push({ hours: hour, value });
    tell?.(`hour ${hour} of ${hours}: ${value.toFixed(1)} MB after ${day.runs} runs and ${day.crashes} crashes`);
  }
  world.judged();
  return Object.assign(day, {
    engines: world.config.engines.size,
    faults: world.injected.length,
    violations: world.violations,
  });
}

function forget(world: World, before: number): void {
  for (const { key } of world.rows('ledger:')) {
    if (Number(key.split(':').at(-2)) < before) world.put(key, null);
  }
}

/** As the hostile world answers on a good day, of all that it has. @param names of those that are in the config */
function services(names: readonly string[]): NonNullable<WorldOptions['services']> {
  const handlers: NonNullable<WorldOptions['services']> = {
    ...Object.fromEntries(
      Object.entries(apis).map(([name, api]) => [
        name,
        ({ method, url, body, nth }) =>
          answer(200, api.answer({ method, path: url.pathname, body: body === '' ? {} : JSON.parse(body) }, nth)),
      ]),
    ),
    groq: ({ nth }) => answer(200, { text: `draft number ${nth}` }),
  };
  return Object.fromEntries(Object.entries(handlers).filter(([name]) => names.includes(name)));
}
