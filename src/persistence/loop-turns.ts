/**
 * Lets the event loop turn.
 *
 * SQLite answers at once, so jobs that wait for nothing else go on from flush to flush in promises alone, and Node
 * takes no timer, no socket and no signal before the last promise has settled. A busy service would be deaf.
 */
import type { Clock } from '../clock.ts';

export class LoopTurns {
  readonly #clock: Clock;
  readonly #msMax: number;
  #next: Promise<void> | undefined;
  #since = 0;

  /** @param msMax how long a turn of the event loop may take before it is given way to, in milliseconds */
  constructor(clock: Clock, msMax: number) {
    this.#clock = clock;
    this.#msMax = msMax;
  }

  /** Resolves on the loop's next turn when the present one has taken too long; undefined while it has not. */
  overdue(): Promise<void> | undefined {
    const now = this.#clock.monotonic();
    if (this.#next) return now - this.#since < this.#msMax ? undefined : this.#next;
    this.#since = now;
    this.#next = new Promise((turned) => {
      setImmediate(() => {
        this.#next = undefined;
        turned();
      });
    });
    return undefined;
  }
}
