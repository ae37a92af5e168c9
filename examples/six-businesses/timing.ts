/**
 * What the six jobs have in common: how they retry, and how long they may take.
 *
 * They live in a world in which time goes a hundred times as fast: `scaled('30m')` is 18 s. Outside, one writes '30m'.
 */
import { scaled } from '../hostile-world/scale.ts';

export const timing = {
  retry: { base: scaled('1m'), cap: scaled('10m'), tries: 12 },
  timeout: scaled('50m'),
  // The world is at its worst all day long here; nobody is called for that.
  maxFailures: 20,
};
