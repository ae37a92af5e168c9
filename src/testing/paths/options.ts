/**
 * What is wrong with the options of failure paths. A name that leads nowhere would let a test pass that tries nothing.
 */
import { alternatives, found } from '../../config/found.ts';
import { nearest } from '../../config/nearest.ts';
import { PathsError } from './explore.ts';
import type { FailurePathsOptions } from './failure-paths.ts';
import { pathSeparator, pathVariable, seedVariable } from './replay.ts';

const optionNames = [
  'config',
  'services',
  'faults',
  'depth',
  'crash',
  'seed',
  'startAt',
  'steps',
  'program',
  'invariants',
  'nodesMax',
] as const satisfies (keyof FailurePathsOptions)[];

/** @throws {PathsError} `OPTION_INVALID` */
export function checkOptions(options: FailurePathsOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid(
      `failurePaths: found ${found(options)}, expected options. Write { config, faults: [faults.status(503)] }.`,
    );
  }
  for (const name of Object.keys(options)) mustBeOneOf('failurePaths', 'option', name, optionNames);
  const { faults, services, config, depth, crash, seed, startAt, nodesMax, invariants } = options;
  mustBeWhole('depth', depth, 1);
  mustBeWhole('seed', seed, 0);
  mustBeWhole('nodesMax', nodesMax, 1);
  if (startAt !== undefined && !Number.isFinite(startAt)) {
    throw invalid(`startAt: found ${found(startAt)}, expected epoch ms. Write Date.parse('2026-01-05T18:00:00Z').`);
  }
  if (crash !== undefined && typeof crash !== 'boolean') {
    throw invalid(`crash: found ${found(crash)}, expected true or false.`);
  }
  if (invariants !== undefined && !Array.isArray(invariants)) {
    throw invalid(`invariants: found ${found(invariants)}, expected a list. Write [...defaultInvariants, your own].`);
  }
  if (!Array.isArray(faults)) {
    throw invalid(`faults: found ${found(faults)}, expected a list of faults. Write faults: [faults.status(503)].`);
  }
  for (const [n, fault] of faults.entries()) {
    const isFault = typeof fault === 'object' && fault !== null && typeof fault.kind === 'string';
    if (!isFault) {
      const hint = typeof fault === 'function' ? ' Call it, as in faults.status(503).' : '';
      throw invalid(`faults.${n}: found ${found(fault)}, expected a fault.${hint}`);
    }
  }
  const known = Object.entries(config?.services ?? {}).flatMap(([name, service]) =>
    'fallback' in service ? [] : [name],
  );
  const named = Object.keys((typeof services === 'function' ? services() : services) ?? {});
  if (config) for (const name of named) mustBeOneOf('services', 'service', name, known);
}

/**
 * A double for a step that the job does not do when nothing goes wrong may be one for what it does otherwise; unless it is but a
 * letter away from one that it does.
 *
 * @param steps those that the job does when nothing goes wrong
 * @throws {PathsError} `OPTION_INVALID`
 */
export function checkDoubles(doubles: FailurePathsOptions['steps'], steps: readonly string[]): void {
  for (const name of Object.keys(doubles ?? {})) if (nearest(name, steps)) mustBeOneOf('steps', 'step', name, steps);
}

/**
 * The variables that name one path. One that leads nowhere would let all tests pass, for there are none.
 *
 * @throws {PathsError} `OPTION_INVALID`
 */
export function checkReplay(path: string | undefined, seed: string | undefined): void {
  if (path !== undefined && !path.includes(pathSeparator)) {
    throw invalid(
      `${pathVariable}: found ${found(path)}, expected an engine and a path, such as 'orders${pathSeparator}fetch: 503 → backoff → success'.`,
    );
  }
  if (seed !== undefined && !/^\d+$/.test(seed)) {
    throw invalid(`${seedVariable}: found ${found(seed)}, expected a whole number from 0 on.`);
  }
}

function mustBeWhole(name: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) return;
  throw invalid(`${name}: found ${found(value)}, expected a whole number from ${least} on.`);
}

function mustBeOneOf(where: string, what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearest(name, known);
  const expected = known.length === 0 ? `none, for there is no ${what}` : `one of ${alternatives(known)}`;
  throw invalid(
    `${where}: found the unknown ${what} '${name}', expected ${expected}.${near ? ` Did you mean '${near}'?` : ''}`,
  );
}

export function invalid(message: string): PathsError {
  return new PathsError('OPTION_INVALID', message);
}
