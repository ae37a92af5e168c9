/**
 * A simulation: a config lives through so many days of faults, and is then watched getting well again.
 */
import type { ConfigDefinition } from '../../config/definition.ts';
import { defaultInvariants } from '../invariants/default-invariants.ts';
import { healingBoundMs } from '../invariants/heals.ts';
import type { Invariant, Violation } from '../invariants/invariant.ts';
import { shrunk } from '../shrink.ts';
import { helpfulPerson } from '../world/alert-inbox.ts';
import { type Injection, injectionName } from '../world/chaos.ts';
import { World, type WorldOptions } from '../world/world.ts';
import type { FaultRates } from './fault-rates.ts';
import { checkSimulation } from './options.ts';
import { randomChaos } from './rates.ts';
import type { SimulationReport } from './report.ts';
import { tallying } from './tally.ts';

export interface SimulationOptions extends Pick<WorldOptions, 'services' | 'steps' | 'programs'> {
  config: ConfigDefinition;
  days: number;
  seed: number;
  /** What goes wrong: at random by rates, or exactly these. */
  faults: FaultRates | readonly Injection[];
  /** How the faults are called in the report. */
  faultsName: string;
  /** Hears how far it is, from 0 to 1. */
  progress?: (share: number) => void;
  /** Something did not hold: what it takes is going to be looked for, and that takes a while. */
  searching?: () => void;
  /** What must hold. Default: all that there is. */
  invariants?: readonly Invariant[];
}

export interface Simulation {
  report: SimulationReport;
  /** What it takes to break what did not hold; null when everything held. */
  culprits: Culprits | null;
}

export interface Culprits {
  violation: Violation;
  /** The shortest list that was found, by name. */
  faults: string[];
}

/** When every simulation begins: Monday, 5 January 2026, 00:00 UTC. */
const startAt = Date.UTC(2026, 0, 5);
const dayMs = 86_400_000;
/** A clock that was ahead when faults ended is given as much time again. */
const clockMarginMs = 3_600_000;
/** How often it is said how far it is. */
const parts = 200;
/** How many days all tries to make the list of faults shorter may take together, and how many tries there are at least and at most. */
const shrinking = { days: 600, triesMin: 8, triesMax: 200 };

/** @throws {SimulationError} for options that lead nowhere, and when a job reached outside of the world @throws {ConfigError} */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  checkSimulation(options);
  const { days, seed, faultsName, config } = options;
  const faults = isList(options.faults) ? options.faults : randomChaos(options.faults, { seed, config, startAt });
  const past = await lived(options, faults);
  const { report, injected } = past;
  const [violation] = report.violations;
  return {
    report: { seed, days, faults: faultsName, ...report },
    culprits: violation ? await culpritsOf(options, injected, violation) : null,
  };
}

interface Past {
  report: Omit<SimulationReport, 'seed' | 'days' | 'faults'>;
  injected: readonly Injection[];
}

async function lived(options: SimulationOptions, faults: WorldOptions['faults']): Promise<Past> {
  const { days, progress = () => {} } = options;
  const tally = tallying({ lengthMs: days * dayMs, violations: () => world.violations });
  await using world: World = worldOf(options, faults, [tally.invariant]);
  const to = startAt + days * dayMs;
  for (let part = 1; part <= parts; part++) {
    await world.runUntil(() => false, startAt + Math.round((part / parts) * days * dayMs));
    progress(part / parts);
  }
  await recover(world);
  const report = { ...tally.report(), to, healedBy: world.now, digest: world.history.digest() };
  return { report, injected: [...world.injected] };
}

/** Faults end, and it has time to get well. */
async function recover(world: World): Promise<void> {
  world.calm();
  await world.run({ ms: healingBoundMs(world.config) + clockMarginMs });
  world.judged();
}

/** Lives through the same with fewer and fewer of its faults, as long as the same does not hold. */
async function culpritsOf(
  options: SimulationOptions,
  injected: readonly Injection[],
  violation: Violation,
): Promise<Culprits> {
  const { days, searching = () => {} } = options;
  searching();
  const end = startAt + days * dayMs;
  // Without some of the faults it may come later.
  const latest = Math.min(end, violation.at + dayMs);
  const breaksToo = async (faults: readonly Injection[]) => {
    await using world = worldOf(options, faults, []);
    const isBroken = () => world.violations.some(({ invariant }) => invariant === violation.invariant);
    await world.runUntil(isBroken, latest);
    if (isBroken() || latest < end) return isBroken();
    await recover(world);
    return isBroken();
  };
  const { days: daysMax, triesMin, triesMax } = shrinking;
  const tries = Math.floor(daysMax / ((latest - startAt) / dayMs));
  const shortest = await shrunk(injected, breaksToo, { triesMax: Math.min(Math.max(tries, triesMin), triesMax) });
  return { violation, faults: shortest.map(injectionName) };
}

function worldOf(options: SimulationOptions, faults: WorldOptions['faults'], more: readonly Invariant[]): World {
  const { config, seed, services, steps, programs, invariants = defaultInvariants } = options;
  return new World({
    config,
    seed,
    startAt,
    person: helpfulPerson,
    history: 'digest',
    invariants: [...invariants, ...more],
    ...(faults && { faults }),
    ...(services && { services }),
    ...(steps && { steps }),
    ...(programs && { programs }),
  });
}

function isList(faults: FaultRates | readonly Injection[]): faults is readonly Injection[] {
  return Array.isArray(faults);
}
