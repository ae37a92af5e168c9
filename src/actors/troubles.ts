/**
 * Troubles that everybody has: no network, a full disk. Nobody can be asked whether one is over, so somebody has to try.
 *
 * Whoever meets a trouble waits in its line. Every thirty seconds the first of the line looks whether it is over, and none of the others;
 * when it gets on, all do. The lines live in memory: after a restart, the first to come looks at once.
 */
import type { Clock } from '../clock.ts';
import type { Address } from '../stream.ts';

/** Whether one is to look, or need not any more. */
export type Turn = 'look' | 'over';

interface Line {
  waiters: Map<Address, (turn: Turn) => void>;
  /** By the monotonic clock. */
  lookAt: number;
  cancel: () => void;
}

const everyMs = 30_000;

export class Troubles {
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();
  /** Who was told to look, at which trouble. */
  readonly #lookers = new Map<Address, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody has met a trouble. */
  met(trouble: string, who: Address): void {
    this.#lookers.delete(who);
    const line = this.#line(trouble);
    const now = this.#clock.monotonic();
    // Whoever meets it next does not put the look off.
    if (line.lookAt <= now) line.lookAt = now + everyMs;
    this.#arm(trouble, line);
  }

  /** Somebody got on: if it was told to look at a trouble, that one is over for all. */
  gotOn(who: Address): void {
    const trouble = this.#lookers.get(who);
    if (trouble === undefined) return;
    this.#lookers.delete(who);
    const line = this.#lines.get(trouble);
    this.#lines.delete(trouble);
    line?.cancel();
    for (const go of line?.waiters.values() ?? []) go('over');
  }

  /** Resolves when it is this one's turn to look, or when somebody else got on; rejects with the signal's reason. */
  turn(trouble: string, who: Address, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const line = this.#line(trouble);
      const leave = () => {
        line.waiters.delete(who);
        reject(signal.reason);
      };
      line.waiters.set(who, (turn) => {
        signal.removeEventListener('abort', leave);
        line.waiters.delete(who);
        if (turn === 'look') this.#lookers.set(who, trouble);
        resolve(turn);
      });
      signal.addEventListener('abort', leave, { once: true });
      this.#arm(trouble, line);
    });
  }

  #line(trouble: string): Line {
    const line = this.#lines.get(trouble) ?? { waiters: new Map(), lookAt: this.#clock.monotonic(), cancel: () => {} };
    this.#lines.set(trouble, line);
    return line;
  }

  /** Sends the first of the line when the time has come; should it not be heard of again, the next one after that. */
  #arm(trouble: string, line: Line): void {
    line.cancel();
    line.cancel = this.#clock.after(Math.max(0, line.lookAt - this.#clock.monotonic()), () => {
      const [first] = line.waiters.values();
      if (!first) return;
      line.lookAt = this.#clock.monotonic() + everyMs;
      first('look');
      this.#arm(trouble, line);
    });
  }
}
