/**
 * What it takes to break what did not hold, and the line for a shell that has it happen again.
 */
import { shellQuoted } from '../policies/shell-quoted.ts';
import type { Culprits } from '../testing/simulate/simulate.ts';
import { oneLine } from './output.ts';

/** What the simulation was told. Places are as they were written. */
export interface Told {
  days: number;
  seed: number;
  config?: string;
  world?: string;
}

export function culpritsText(culprits: Culprits, told: Told): string {
  const { violation, faults } = culprits;
  const few = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
  return [
    `It takes ${faults.length === 0 ? 'no fault at all' : few} to break '${oneLine(violation.invariant)}' with the seed ${told.seed}${faults.length === 0 ? '.' : ':'}`,
    ...faults.map((fault) => `  ${oneLine(fault)}`),
    '',
    `Again: ${replayLine(culprits, told)}`,
  ].join('\n');
}

/** Has the same happen, and nothing else. */
export function replayLine({ faults }: Culprits, { days, seed, config, world }: Told): string {
  const named = faults.length === 0 ? ['--faults', 'none'] : faults.flatMap((fault) => ['--fault', fault]);
  const where = Object.entries({ config, world }).flatMap(([name, file]) =>
    file === undefined ? [] : [`--${name}`, file],
  );
  return ['nightshift', 'simulate', '--days', String(days), '--seed', String(seed), ...where, ...named]
    .map(shellQuoted)
    .join(' ');
}
