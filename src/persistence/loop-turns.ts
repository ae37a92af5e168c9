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
    if (!this.#next) this.#begin();
    if (this.#clock.monotonic() - this.#since < this.#msMax) return undefined;
    return this.#next?.then(() => this.#begin());
  }

  #begin(): void {
    this.#since = this.#clock.monotonic();
    this.#next = new Promise((turned) => {
      setImmediate(() => {
        this.#next = undefined;
        turned();
      });
    });
  }
}
