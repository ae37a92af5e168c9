/**
 * What `simulate` is told: for how long, by which seed, and what goes wrong; and the files that say more.
 */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../config/config-error.ts';
import type { ConfigDefinition } from '../config/definition.ts';
import { importFailure } from '../config/import-failure.ts';
import { didYouMean } from '../testing/simulate/did-you-mean.ts';
import { type Doubles, doubles } from '../testing/simulate/doubles.ts';
import type { FaultRates } from '../testing/simulate/fault-rates.ts';
import { injectionNamed } from '../testing/simulate/injection-text.ts';
import { type Preset, presets } from '../testing/simulate/presets.ts';
import { faultRates } from '../testing/simulate/rates-schema.ts';
import type { SimulationOptions } from '../testing/simulate/simulate.ts';
import type { Injection } from '../testing/world/chaos.ts';
import { refusePlanted } from './output-file.ts';
import { UsageError } from './usage-error.ts';

export interface SimulateOptions {
  config?: string;
  days?: string;
  seed?: string;
  faults?: string;
  /** Exactly these, by name, in place of random ones. */
  fault?: string[];
  world?: string;
  out?: string;
  json?: boolean;
}

const daysDefault = '7';
const seedDefault = '1';
const faultsDefault: Preset = 'hostile';
const daysMax = 3_660;
const seedMax = 2 ** 32 - 1;

export function daysOf(text: string = daysDefault): number {
  const days = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && days > 0 && days <= daysMax) return days;
  throw new UsageError(`--days: found '${text}', expected a number of days up to ${daysMax}, such as 7 or 0.5.`);
}

export function seedOf(text: string = seedDefault): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= seedMax) return seed;
  throw new UsageError(`--seed: found '${text}', expected a whole number up to ${seedMax}.`);
}

export function outOf(text: string): string {
  const file = resolve(text);
  refusePlanted('--out', file);
  if (existsSync(dirname(file))) return file;
  throw new UsageError(`--out: found no folder ${dirname(file)}, expected one that exists. Make it, or name another.`);
}

type Faults = Pick<SimulationOptions, 'faults' | 'faultsName'>;

export async function faultsOf({ faults: named = faultsDefault, fault }: SimulateOptions): Promise<Faults> {
  if (fault) return { faults: fault.map(injectionOf), faultsName: 'as listed' };
  if (Object.hasOwn(presets, named)) {
    return { faults: faultRates(presets[named as Preset], named), faultsName: named };
  }
  if (!isFile(named)) throw new UsageError(unknownFaults(named));
  const faults = faultRates(await valueIn(named), named);
  if (isNothing(faults)) throw new ConfigError([{ path: named, ...noRate }]);
  return { faults, faultsName: named };
}

const noRate = {
  found: 'no fault rate',
  expected: 'one at least',
  fix: 'Write { "calls": { "serverError": 0.01 } }, or use --faults none, with which nothing goes wrong.',
};

function isNothing({ calls, programs, ...timed }: FaultRates): boolean {
  return [calls, programs, timed].every((rates) => Object.keys(rates).length === 0);
}

function unknownFaults(named: string): string {
  return `--faults: found '${named}', expected a preset or a file. ${didYouMean(named, Object.keys(presets))}`;
}

function injectionOf(text: string): Injection {
  const injection = injectionNamed(text);
  if (injection) return injection;
  throw new UsageError(
    `--fault: found '${text}', expected one as a simulation prints it, such as 'call 3 to shop: 503' or 'after 60000 ms: killed, back after 5s'.`,
  );
}

export async function doublesIn(file: string, config: ConfigDefinition): Promise<Doubles> {
  if (!isFile(file)) throw new UsageError(`--world: found no file '${file}', expected one that exports doubles.`);
  return doubles(await valueIn(file), file, config);
}

/** A folder is none. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** What a file holds: JSON, or what a module exports. @throws {ConfigError} when it cannot be read */
async function valueIn(file: string): Promise<unknown> {
  try {
    if (extname(file) === '.json') return JSON.parse(await readFile(file, 'utf8'));
    const module = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
    return 'default' in module ? module.default : { ...module };
  } catch (thrown) {
    if (extname(file) === '.json') {
      const found = `what is no JSON (${(thrown as Error).message})`;
      throw new ConfigError([{ path: file, found, expected: 'JSON', fix: 'Mend it.' }], { cause: thrown });
    }
    throw new ConfigError([await importFailure(file, thrown)], { cause: thrown });
  }
}
