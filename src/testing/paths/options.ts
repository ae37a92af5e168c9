/**
 * What is wrong with the options of failure paths. A name that leads nowhere would let a test pass that tries nothing.
 */
import { alternatives, found } from '../../config/found.ts';
import { nearest } from '../../config/nearest.ts';
import { PathsError } from './explore.ts';
import type { FailurePathsOptions } from './failure-paths.ts';

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
  for (const name of Object.keys(options)) mustBeOneOf('failurePaths', 'option', name, optionNames);
  const { faults, services, config } = options;
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
