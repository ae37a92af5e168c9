/**
 * Properties are tried with the same examples each time, so that a change is what makes one fail. FC_SEED tries
 * others, and FC_RUNS more of them where so many take long.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_123) });

/** How many examples are tried. @param usual so many, unless FC_RUNS says otherwise */
export function runs(usual: number): { numRuns: number } {
  return { numRuns: Number(process.env.FC_RUNS ?? usual) };
}

export { fc };
