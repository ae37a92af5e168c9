/**
 * Which service of a fallback answered, until it is noted in the run's record: with the next step that is finished, so that
 * a call costs no write of its own.
 */

import type { Served } from '../../policies/run.ts';

export class ServedBy {
  #served: Served;
  #isNews = false;

  /** @param served what the run's record has of it */
  constructor(served: Served | undefined) {
    this.#served = served ?? {};
  }

  note(name: string, by: string): void {
    const before = Object.hasOwn(this.#served, name) ? this.#served[name] : undefined;
    if (before?.includes(by)) return;
    this.#served = { ...this.#served, [name]: [...(before ?? []), by] };
    this.#isNews = true;
  }

  /** What the record does not have yet, to be put into an event; nothing when there is no news. */
  take(): { served?: Served } {
    if (!this.#isNews) return {};
    this.#isNews = false;
    return { served: this.#served };
  }
}
