/**
 * Slots: how many runs may be under way at once, in all and by tag.
 *
 * They live in memory: what died with the process holds none. Whoever finds no slot waits in line, the more important
 * first and then in the order of coming. A run with several tags needs a slot of each, and takes them together or not at all.
 */
import type { Clock } from '../clock.ts';
import type { Address } from '../stream.ts';

interface Waiter {
  who: Address;
  names: readonly string[];
  importance: number;
  /** Order of coming. */
  turn: number;
  grant: () => void;
}

/** A slot that was given is kept for so long for a run that does not come to take it, as when it was paused meanwhile. */
const keptMs = 30_000;

export class Slots {
  readonly #limits: ReadonlyMap<string, number>;
  readonly #clock: Clock;
  readonly #taken = new Map<string, number>();
  /** Who holds slots, of which limits; `forget` ends what is only kept. */
  readonly #holders = new Map<Address, { names: readonly string[]; forget?: () => void }>();
  /** A line for each combination of limits and importance: in a line, the first is always the next. */
  readonly #lines = new Map<string, Waiter[]>();
  #turns = 0;

  /** @param limits by name, how many runs at once */
  constructor(limits: ReadonlyMap<string, number>, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Takes a slot of each limit.
   *
   * @returns the name of a limit that has none left; null when they were taken, or kept for this one
   */
  take(who: Address, names: readonly string[]): string | null {
    const held = this.#holders.get(who);
    held?.forget?.();
    const full = held ? undefined : names.find((name) => !this.#hasRoom(name));
    if (full !== undefined) return full;
    if (!held) this.#count(names, 1);
    this.#holders.set(who, { names });
    return null;
  }

  /** Gives back what was taken; whoever waited longest for it gets it. */
  release(who: Address): void {
    const held = this.#holders.get(who);
    if (!held) return;
    held.forget?.();
    this.#holders.delete(who);
    this.#count(held.names, -1);
    this.#serve();
  }

  /** Resolves when slots are kept for this one; rejects with the signal's reason. */
  turn(who: Address, names: readonly string[], importance: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const key = JSON.stringify([importance, ...names]);
      const line = this.#lines.get(key) ?? [];
      this.#lines.set(key, line);
      const leave = () => {
        line.splice(line.indexOf(waiter), 1);
        reject(signal.reason);
      };
      this.#turns += 1;
      const grant = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiter: Waiter = { who, names, importance, turn: this.#turns, grant };
      line.push(waiter);
      signal.addEventListener('abort', leave, { once: true });
      this.#serve();
    });
  }

  #serve(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      const { who, names, grant } = next;
      this.#count(names, 1);
      const forget = this.#clock.after(keptMs, () => this.release(who));
      this.#holders.set(who, { names, forget });
      grant();
    }
  }

  /** Takes the first one out of its line for whom there is room; looks at the heads of the lines alone. */
  #next(): Waiter | undefined {
    const heads = [...this.#lines.values()].flatMap(([head]) => head ?? []);
    const [next] = heads
      .filter(({ names }) => names.every((name) => this.#hasRoom(name)))
      .sort((a, b) => a.importance - b.importance || a.turn - b.turn);
    if (next) this.#lines.get(JSON.stringify([next.importance, ...next.names]))?.shift();
    return next;
  }

  #hasRoom(name: string): boolean {
    return (this.#taken.get(name) ?? 0) < (this.#limits.get(name) ?? Number.POSITIVE_INFINITY);
  }

  #count(names: readonly string[], change: 1 | -1): void {
    for (const name of names) this.#taken.set(name, (this.#taken.get(name) ?? 0) + change);
  }
}
