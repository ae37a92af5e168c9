/**
 * One seed of the town: so many days of whatever the hostile preset does to it, then calm, until all that can heal has healed.
 */
import {
  defaultInvariants,
  faultRates,
  healingBoundMs,
  helpfulPerson,
  invariant,
  presets,
  randomChaos,
  World,
} from 'nightshift/testing';
import { town, townServices } from './town.ts';

export interface Lived {
  seed: number;
  runs: number;
  faults: number;
  /** Each as `invariant: what`. */
  violations: string[];
  /** The digest of its history. */
  digest: string;
}

const dayMs = 86_400_000;
const hostile = faultRates(presets.hostile, 'hostile');
/** For every third seed: the process dies at one commit after the other, the disk refuses many, and token servers are away. */
const stormy = faultRates(
  {
    ...presets.hostile,
    crashesAtCommit: { every: '1h', down: '5s' },
    diskBusy: { every: '20m', lasts: '3s' },
    tokenServers: { every: '8h', lasts: '40m' },
  },
  'stormy',
);

/** @param days of faults; those of calm come on top */
export async function lived(seed: number, days: number): Promise<Lived> {
  // Over a thousand seeds, each day of the year has its turn, and each change of the clocks.
  const startAt = Date.UTC(2026, 0, 5) + (seed % 365) * dayMs;
  let runs = 0;
  const counter = invariant('runs are counted', () => (event) => {
    if (event.type === 'run.began') runs += 1;
  });
  const needed = invariant('people are needed', (_, broken) => {
    const revoked = new Set<string>();
    return (event) => {
      if (event.type === 'fault' && event.injection.fault.name.startsWith('grant of ')) {
        revoked.add(`token:${event.injection.fault.name.split(' ')[2]}`);
      }
      if (event.type === 'alert' && event.kind === 'resolved') revoked.delete(event.cause);
      if (event.type !== 'person' || !event.cause.startsWith('token:') || revoked.has(event.cause)) return;
      broken(`somebody ${event.did}, and nobody had taken it back`);
    };
  });
  await using world = new World({
    config: town,
    ...(townServices && { services: townServices }),
    seed,
    startAt,
    person: helpfulPerson,
    faults: randomChaos(seed % 3 === 0 ? stormy : hostile, { seed, config: town, startAt }),
    // Every other disk takes its time, and some take very long, so that more can come in between.
    writeMs: seed % 2 === 0 ? (random) => Math.floor(random() * (seed % 4 === 2 ? 1_500 : 20)) : () => 0,
    history: 'digest',
    invariants: [...defaultInvariants, needed, counter],
  });
  await world.run({ days });
  world.calm();
  await world.run({ ms: healingBoundMs(world.config) });
  const violations = world
    .judged()
    .map(({ invariant, what, at }) => `${invariant}: ${what} (after ${at - startAt} ms)`);
  return { seed, runs, faults: world.injected.length, violations, digest: world.history.digest() };
}
