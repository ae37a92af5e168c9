/**
 * What is wrong with the options of a world. A name that leads nowhere, or a length that is none, would make a world in which
 * nothing of what was meant happens, and a test of it that passes.
 */
import type { Config } from '../../config/config.ts';
import { alternatives, found } from '../../config/found.ts';
import { nearest } from '../../config/nearest.ts';
import type { Fault } from '../faults/fault.ts';
import { SimulationError } from './simulation-error.ts';
import type { Stretch, WorldOptions } from './world.ts';

const optionNames = [
  'config',
  'seed',
  'startAt',
  'services',
  'programs',
  'steps',
  'faults',
  'inhabitant',
  'invariants',
  'person',
  'writeMs',
  'history',
] as const satisfies (keyof WorldOptions)[];

const stretchNames = ['days', 'hours', 'minutes', 'ms'] as const satisfies (keyof Stretch)[];

/** The word that says where a fault of each kind happens. */
const places: Readonly<Record<Fault['kind'], readonly string[]>> = {
  call: ['call'],
  disk: ['write'],
  kill: ['write', 'afterMs'],
  machine: ['afterMs'],
  program: ['program'],
};

/** What can be told before there is a config. @throws {SimulationError} `WORLD_MISUSED` */
export function checkOptions(options: WorldOptions): void {
  if (!isObject(options)) throw misused(`World: found ${found(options)}, expected new World({ config }).`);
  for (const name of Object.keys(options)) mustBeOneOf('World', 'option', name, optionNames);
  const { seed, startAt, faults, invariants } = options;
  if (seed !== undefined) checkSeed(seed);
  if (startAt !== undefined && !Number.isFinite(startAt)) {
    throw misused(`startAt: found ${found(startAt)}, expected epoch ms. Write Date.parse('2026-01-05T00:00:00Z').`);
  }
  if (faults !== undefined && !isObject(faults)) {
    throw misused(`faults: found ${found(faults)}, expected a list such as [{ fault: faults.silence, ${example} }].`);
  }
  if (Array.isArray(faults)) for (const [n, each] of faults.entries()) checkInjection(`faults.${n}`, each);
  if (invariants !== undefined) checkInvariants(invariants);
}

/** @throws {SimulationError} `WORLD_MISUSED` */
export function checkSeed(seed: number): void {
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw misused(`seed: found ${found(seed)}, expected a whole number from 0 on.`);
}

/**
 * What leads nowhere in this config.
 *
 * @param addressed whom calls can go to, by the names that faults of calls have for them
 * @throws {SimulationError} `WORLD_MISUSED`
 */
export function checkNames(options: WorldOptions, config: Config, addressed: readonly string[]): void {
  const { services = {}, steps = {}, programs = {}, faults = [] } = options;
  const engines = [...config.engines.keys()];
  for (const name of Object.keys(services)) mustBeOneOf('services', 'service', name, [...config.services.keys()]);
  for (const name of Object.keys(steps)) mustBeOneOf('steps', 'engine', name, engines);
  for (const name of Object.keys(programs)) mustBeOneOf('programs', 'engine', name, engines);
  if (!Array.isArray(faults)) return;
  for (const [n, each] of faults.entries()) {
    if ('call' in each) mustBeOneOf(`faults.${n}.call`, 'service', each.call.service, addressed);
    if ('program' in each) mustBeOneOf(`faults.${n}.program`, 'engine', each.program.engine, engines);
  }
}

/** @returns milliseconds @throws {SimulationError} `WORLD_MISUSED` */
export function lengthOf(stretch: Stretch): number {
  if (!isObject(stretch) || Object.keys(stretch).length === 0) {
    throw misused(
      `run: found ${isObject(stretch) ? '{}' : found(stretch)}, expected a length. Write run({ days: 1 }).`,
    );
  }
  for (const [name, value] of Object.entries(stretch)) {
    mustBeOneOf('run', 'length', name, stretchNames);
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      throw misused(`run: found ${name}: ${found(value)}, expected a number from 0 on.`);
    }
  }
  const { days = 0, hours = 0, minutes = 0, ms = 0 } = stretch;
  return ((days * 24 + hours) * 60 + minutes) * 60_000 + ms;
}

const example = "call: { service: 'shop', nth: 3 }";

function checkInjection(where: string, written: unknown): void {
  const { fault } = (isObject(written) ? written : {}) as { fault?: Partial<Fault> };
  const expected = places[fault?.kind as Fault['kind']];
  if (!isObject(fault) || !expected) {
    const value = isObject(written) && 'fault' in written ? written.fault : written;
    const isFault = isObject(value) && 'kind' in value;
    const what = isFault ? 'a fault without a place' : found(value);
    throw misused(
      `${where}: found ${what}, expected a fault and its place. Write { fault: faults.silence, ${example} }.`,
    );
  }
  const place = expected.find((name) => name in (written as object));
  if (!place) {
    const { name } = fault;
    throw misused(`${where}: found no place at which '${name}' happens, expected ${alternatives(expected)} beside it.`);
  }
  const at = (written as Record<string, unknown>)[place];
  const { nth } = (isObject(at) ? at : { nth: at }) as { nth?: unknown };
  const least = place === 'afterMs' ? 0 : 1;
  if (typeof nth !== 'number' || !(nth >= least)) {
    const path = isObject(at) ? `${place}.nth` : place;
    throw misused(`${where}.${path}: found ${found(nth)}, expected a number from ${least} on.`);
  }
}

function checkInvariants(invariants: unknown): void {
  if (!Array.isArray(invariants)) {
    throw misused(`invariants: found ${found(invariants)}, expected a list. Write [...defaultInvariants, your own].`);
  }
  for (const [n, each] of invariants.entries()) {
    if (isObject(each) && typeof (each as { watch?: unknown }).watch === 'function') continue;
    const hint = "Write invariant('no run fails', (world, broken) => (event) => { … }).";
    throw misused(`invariants.${n}: found ${found(each)}, expected an invariant. ${hint}`);
  }
}

/** @throws {SimulationError} `WORLD_MISUSED` */
export function mustBeOneOf(where: string, what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearest(name, known);
  const expected = known.length === 0 ? `none, for there is no ${what}` : `one of ${alternatives(known)}`;
  const hint = near ? ` Did you mean '${near}'?` : '';
  throw misused(`${where}: found the unknown ${what} ${found(name)}, expected ${expected}.${hint}`);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function misused(message: string): SimulationError {
  return new SimulationError('WORLD_MISUSED', message);
}
