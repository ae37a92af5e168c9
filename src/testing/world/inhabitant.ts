/**
 * Inhabitants: other programs than Nightshift that live in a simulated world.
 *
 * The same services, faults and crashes meet them, so that one way of running jobs can be held against another.
 */
import type { Clock } from '../../clock.ts';
import type { Store } from '../../persistence/store.ts';
import type { Random } from '../../random.ts';

/** Where a program finds itself when its process begins. What it keeps in memory ends with that. */
export interface Habitat {
  /** Counts the processes of the world, from 1. */
  life: number;
  clock: Clock;
  random: Random;
  fetch: typeof fetch;
  /** The disk: what is on it survives a crash. */
  store: Store;
}

/** Starts the program. Called anew for each process; resolves once it is up. */
export type Inhabitant = (habitat: Habitat) => void | Promise<void>;
