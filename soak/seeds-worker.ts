import { injectionNamed } from '../src/testing/simulate/injection-text.ts';
import { serve } from './in-parallel.ts';
import { type Lived, lived } from './lived.ts';

/** One seed's work. */
export interface Seed {
  seed: number;
  days: number;
  /** As `injectionName` writes them; without them, what the hostile preset does. */
  faults?: readonly string[];
}

serve<Seed, Lived>(async ({ seed, days, faults }) =>
  faults ? lived(seed, days, { faults: faults.map(injectionOf) }) : lived(seed, days, { shorten: true }),
);

function injectionOf(text: string) {
  const injection = injectionNamed(text);
  if (!injection) throw new Error(`--fault: found '${text}', expected one as the soak prints it.`);
  return injection;
}
