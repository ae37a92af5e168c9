/**
 * One seed of the town: so many days of whatever the hostile preset does to it, then calm, until all that can heal has healed.
 */
import {
  type Chaos,
  defaultInvariants,
  type FaultRates,
  faultRates,
  healingBoundMs,
  helpfulPerson,
  type Injection,
  type Invariant,
  injectionName,
  invariant,
  presets,
  randomChaos,
  shrunk,
  type Violation,
  World,
} from 'nightshift/testing';
import { Recovery } from '../src/testing/invariants/heals.ts';
import { town, townServices } from './town.ts';

export interface Lived {
  seed: number;
  runs: number;
  faults: number;
  violations: Pick<Violation, 'invariant' | 'what'>[];
  /** Of its faults, the fewest with which the first of these rules is broken; none where no rule was, or nobody asked. */
  shortest: string[];
  /** The digest of its history. */
  digest: string;
}

const dayMs = 86_400_000;
/** A try takes a few seconds; more than this few it need not be to be looked into. */
const shrinkTriesMax = 60;

/** Nobody is called for what mends itself: people are told of what they alone can do, and find it so. */
const peopleAreNeeded = invariant('people are needed', (_, broken) => {
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

/** For every fifth seed, which begins within a week of the clocks being set: the machine sleeps until then. */
const drowsy = faultRates({ ...presets.hostile, clocksChange: { every: '3d' } }, 'drowsy');
/** When the clocks of the town are set in the year of the soak. */
const changes = [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1)] as const;

export interface LivedOptions {
  /** Looks for the fewest faults where a rule is broken, which takes minutes. Default false. */
  shorten?: boolean;
  /** What happens, in place of what the hostile preset does. */
  faults?: readonly Injection[];
  /** Ends once all is well again, instead of when all should be. Default false. */
  untilWell?: boolean;
  /** What has to hold besides. */
  invariants?: readonly Invariant[];
}

/** @param days of faults; those of calm come on top */
export async function lived(
  seed: number,
  days: number,
  { shorten = false, untilWell = false, faults, invariants = [] }: LivedOptions = {},
): Promise<Lived> {
  // Over a thousand seeds, each day of the year has its turn, and each change of the clocks.
  const startAt = startOf(seed);
  let runs = 0;
  const counter = invariant('runs are counted', () => (event) => {
    if (event.type === 'run.began') runs += 1;
  });
  let recovery: Recovery | undefined;
  const healing = invariant('recovery is watched', (world) => {
    const watched = new Recovery(world);
    recovery = watched;
    return (event) => watched.seen(event);
  });
  const chaos = faults ?? randomChaos(ratesOf(seed), { seed, config: town, startAt });
  await using world = townOf(seed, chaos, [...invariants, counter, healing]);
  await world.run({ days });
  await recover(world, () => untilWell && recovery?.isOver === true);
  const [first] = world.violations;
  return {
    seed,
    runs,
    faults: world.injected.length,
    violations: world.violations.map(({ invariant, what, at }) => ({
      invariant,
      what: `${what} (after ${at - startAt} ms)`,
    })),
    shortest: first && shorten ? await shortestFor(seed, days, world.injected, first, invariants) : [],
    digest: world.history.digest(),
  };
}

function ratesOf(seed: number): FaultRates {
  if (seed % 5 === 4) return drowsy;
  return seed % 3 === 0 ? stormy : hostile;
}

function startOf(seed: number): number {
  if (seed % 5 !== 4) return Date.UTC(2026, 0, 5) + (seed % 365) * dayMs;
  const turn = Math.floor(seed / 5);
  return (changes[turn % 2] as number) - ((turn % 7) + 0.5) * dayMs;
}

function townOf(seed: number, faults: Chaos | readonly Injection[], more: readonly Invariant[] = []): World {
  return new World({
    config: town,
    ...(townServices && { services: townServices }),
    seed,
    startAt: startOf(seed),
    person: helpfulPerson,
    faults,
    // Every other disk takes its time, and some take very long, so that more can come in between.
    writeMs: seed % 2 === 0 ? (random) => Math.floor(random() * (seed % 4 === 2 ? 1_500 : 20)) : () => 0,
    history: 'digest',
    invariants: [...defaultInvariants, peopleAreNeeded, ...more],
  });
}

/** @param isWell ends it before its time */
async function recover(world: World, isWell = () => false): Promise<void> {
  world.calm();
  await world.runUntil(isWell, world.now + healingBoundMs(world.config));
  world.judged();
}

/** The fewest of the faults with which the same rule is broken, each as a replay of `nightshift simulate` has it. */
async function shortestFor(
  seed: number,
  days: number,
  injected: readonly Injection[],
  { invariant, at }: Violation,
  more: readonly Invariant[],
): Promise<string[]> {
  const end = startOf(seed) + days * dayMs;
  // Without some of the faults it may come later.
  const latest = Math.min(end, at + dayMs);
  const breaksToo = async (faults: readonly Injection[]) => {
    await using world = townOf(seed, faults, more);
    const isBroken = () => world.violations.some((each) => each.invariant === invariant);
    await world.runUntil(isBroken, latest);
    if (!isBroken() && latest === end) await recover(world);
    return isBroken();
  };
  return (await shrunk(injected, breaksToo, { triesMax: shrinkTriesMax })).map(injectionName);
}
