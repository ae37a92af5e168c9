/**
 * Watches the clocks: notices that the machine slept, that the service stood still, and that somebody set the clock.
 *
 * No event says so, so the clocks are compared: every few seconds, and before anything is taken from a timer, so that what comes
 * of such a time is told after it. Between those beats a look at two clocks is enough, and costs next to nothing.
 */
import type { Cancel, Clock } from '../clock.ts';
import { type ClockReading, type Upset, upsetMsMin, upsetsBetween } from '../policies/clock-upset.ts';

export interface ClockWatchOptions {
  clock: Clock;
  /** How often the clocks are compared though no timer rings, in milliseconds. Default: never. */
  everyMs?: number;
  /** What a beat that comes late shows where the monotonic clock went on: see {@link upsetsBetween}. Default `stood`. */
  gap?: 'slept' | 'stood';
  upset: (upset: Upset) => void;
}

/** On macOS Node's monotonic clock goes on while the machine sleeps. */
export const gapHere = process.platform === 'darwin' ? 'slept' : 'stood';

export class ClockWatch {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #gap: 'slept' | 'stood';
  readonly #upset: (upset: Upset) => void;
  #before: ClockReading;
  #awakeSince: number;
  #cancel: Cancel = () => {};

  constructor({ clock, everyMs = Number.POSITIVE_INFINITY, gap = 'stood', upset }: ClockWatchOptions) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#gap = gap;
    this.#upset = upset;
    this.#before = this.#reading();
    this.#awakeSince = this.#before.wall;
    if (everyMs < Number.POSITIVE_INFINITY) this.#beat();
  }

  /** Since when somebody has been there without a gap, by a clock that nobody has set since: epoch ms. */
  get awakeSince(): number {
    this.look();
    return this.#awakeSince;
  }

  /** Tells at once of what is over. */
  look(): void {
    const wallMs = this.#clock.now() - this.#before.wall;
    const awakeMs = this.#clock.monotonic() - this.#before.monotonic;
    if (Math.abs(wallMs - awakeMs) < upsetMsMin && awakeMs - this.#everyMs < upsetMsMin) return;
    this.#compare();
  }

  stop(): void {
    this.#cancel();
  }

  #beat(): void {
    this.#cancel = this.#clock.after(this.#everyMs, () => {
      this.#compare();
      this.#beat();
    });
  }

  #compare(): void {
    const [before, after] = [this.#before, this.#reading()];
    this.#before = after;
    const upsets = upsetsBetween(before, after, this.#everyMs, this.#gap);
    if (upsets.length > 0) this.#awakeSince = after.wall;
    for (const upset of upsets) this.#upset(upset);
  }

  #reading(): ClockReading {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic(), sinceBoot: this.#clock.sinceBoot() };
  }
}
