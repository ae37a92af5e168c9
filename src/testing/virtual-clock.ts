/**
 * A clock that stands still until it is told to go on: wall time, monotonic time and that of the machine are one here.
 */
import type { Cancel, Clock } from '../clock.ts';

interface Alarm {
  at: number;
  order: number;
  callback: () => void;
}

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #alarms = new Set<Alarm>();

  /** @param start epoch ms */
  constructor(start: number = Date.UTC(2026, 0, 5, 8)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sinceBoot(): number {
    return this.#now;
  }

  at(instant: number, callback: () => void): Cancel {
    this.#order += 1;
    const alarm = { at: Math.max(instant, this.#now), order: this.#order, callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  after(ms: number, callback: () => void): Cancel {
    return this.at(this.#now + ms, callback);
  }

  /** The instant of the next alarm, epoch ms; undefined when none is set. */
  next(): number | undefined {
    return this.#first()?.at;
  }

  /** Goes on by `ms`, ringing what is due on the way; between two alarms everything that is not waiting settles. */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.#now + ms);
  }

  /** @param instant epoch ms */
  async advanceTo(instant: number): Promise<void> {
    await settled();
    for (let alarm = this.#first(); alarm && alarm.at <= instant; alarm = this.#first()) {
      this.#now = Math.max(this.#now, alarm.at);
      this.#alarms.delete(alarm);
      alarm.callback();
      await settled();
    }
    this.#now = Math.max(this.#now, instant);
  }

  /** Sets the wall clock, as an operator or a time server would; nothing rings by it. */
  jumpTo(instant: number): void {
    this.#now = instant;
  }

  #first(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (!first || alarm.at < first.at || (alarm.at === first.at && alarm.order < first.order)) first = alarm;
    }
    return first;
  }
}

/** Resolves once every promise that waits for nothing outside has settled. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((next) => setImmediate(next));
}
