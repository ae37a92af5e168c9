/**
 * Lives: whose code is running, and whether it may still do anything.
 *
 * A process of the simulated world is a life. What a killed process had under way does not go on: whatever it asks of the world
 * from then on gets no answer, neither good nor bad, and its timers never ring.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../clock.ts';
import type { Random } from '../../random.ts';

/** One process of the world, from its start to its end. */
export interface Life {
  /** Counts the processes of a world, from 1. */
  readonly number: number;
  readonly clock: Clock;
  readonly random: Random;
  /** The network as this process sees it. */
  readonly fetch: typeof fetch;
  /** False once it was killed. */
  alive: boolean;
  /** What it has asked to do on the next turn of the event loop. */
  readonly immediates: Set<() => void>;
  /** How much is being worked out for it beside the event loop. */
  elsewhere: number;
  /** Notes what the world cannot allow; the world's next step throws it. */
  refuse(error: Error): void;
}

const lives = new AsyncLocalStorage<Life>();

/** The life that the present code belongs to; undefined outside of every world. */
export function presentLife(): Life | undefined {
  return lives.getStore();
}

/** Does the work as the life. */
export function as<T>(life: Life, work: () => T): T {
  return lives.run(life, work);
}

/** A promise that is never settled, as what a dead process waits for. */
export function never<T = never>(): Promise<T> {
  return new Promise(() => {});
}
