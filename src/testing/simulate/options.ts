/**
 * What is wrong with the options of a simulation. What it hands on to its world as it is, is looked at there.
 */
import { found } from '../../config/found.ts';
import { checkSeed, isObject, misused, mustBeOneOf } from '../world/options.ts';
import type { SimulationOptions } from './simulate.ts';

const optionNames = [
  'config',
  'days',
  'seed',
  'faults',
  'faultsName',
  'progress',
  'searching',
  'services',
  'steps',
  'programs',
  'invariants',
] as const satisfies (keyof SimulationOptions)[];

/** @throws {SimulationError} `WORLD_MISUSED` */
export function checkSimulation(options: SimulationOptions): void {
  if (!isObject(options)) {
    throw misused(`simulate: found ${found(options)}, expected simulate({ config, days, seed, faults, faultsName }).`);
  }
  for (const name of Object.keys(options)) mustBeOneOf('simulate', 'option', name, optionNames);
  const { config, days, seed, faults } = options;
  if (!isObject(config)) throw misused(`config: found ${found(config)}, expected what a config file exports.`);
  if (!(Number.isFinite(days) && days > 0)) throw misused(`days: found ${found(days)}, expected a number above 0.`);
  checkSeed(seed);
  const areRates = isObject(faults) && isObject((faults as { calls?: unknown }).calls);
  if (!Array.isArray(faults) && !areRates) {
    const write = "Write faultRates(presets.hostile, 'hostile').";
    throw misused(`faults: found ${found(faults)}, expected rates, or a list of faults with their places. ${write}`);
  }
}
