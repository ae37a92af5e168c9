/**
 * What ran out while nobody was there. After an outage, or a sleep of the machine, every timer is late at once: they fire in order of
 * importance, then of age, a few at a time and unevenly, so that a restart is no thundering herd.
 */
import type { Cancel, Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { LiveActor } from './live-actor.ts';

const atOnce = 20;
const gapMs = 50;

export class Backlog {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #fire: (actor: LiveActor) => void;
  readonly #late = new Map<LiveActor, { importance: number; dueAt: number }>();
  #queue: LiveActor[] = [];
  #cancel: Cancel | undefined;

  constructor(clock: Clock, random: Random, fire: (actor: LiveActor) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#fire = fire;
  }

  get size(): number {
    return this.#late.size;
  }

  has(actor: LiveActor): boolean {
    return this.#late.has(actor);
  }

  /** @param dueAt epoch ms */
  add(actor: LiveActor, importance: number, dueAt: number): void {
    this.#late.set(actor, { importance, dueAt });
  }

  /** Lets the first go on the next turn, then some more every 50 to 100 ms; whoever has come since has its place among them. */
  start(): void {
    this.#queue = [...this.#late]
      .sort(([, a], [, b]) => a.importance - b.importance || a.dueAt - b.dueAt)
      .map(([actor]) => actor);
    if (this.#queue.length > 0) this.#cancel ??= this.#clock.after(0, () => this.#release());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #release() {
    this.#cancel = undefined;
    for (const actor of this.#queue.splice(0, atOnce)) {
      this.#late.delete(actor);
      this.#fire(actor);
    }
    if (this.#queue.length === 0) return;
    this.#cancel = this.#clock.after(gapMs * (1 + this.#random()), () => this.#release());
  }
}
