/**
 * Which services have answered a run, and which of a fallback did, until it is noted in the run's record: with the next step that is
 * finished, so that a call costs no write of its own.
 */

import type { Run, Served } from '../../policies/run.ts';

/** What the record does not have yet. */
export type ServedNews = Pick<Run, 'served' | 'services'>;

export class ServedBy {
  #served: Served;
  #services: readonly string[];
  #isNews = { served: false, services: false };

  /** @param run what its record has of it */
  constructor({ served = {}, services = [] }: Pick<Run, 'served' | 'services'>) {
    this.#served = served;
    this.#services = services;
  }

  /** A service of a fallback has answered. */
  note(name: string, by: string): void {
    this.used(by);
    const before = Object.hasOwn(this.#served, name) ? this.#served[name] : undefined;
    if (before?.includes(by)) return;
    this.#served = { ...this.#served, [name]: [...(before ?? []), by] };
    this.#isNews.served = true;
  }

  /** A service has answered. */
  used(service: string): void {
    if (this.#services.includes(service)) return;
    this.#services = [...this.#services, service];
    this.#isNews.services = true;
  }

  /** What the record does not have yet, to be put into an event; nothing when there is no news. */
  take(): ServedNews {
    const { served, services } = this.#isNews;
    this.#isNews = { served: false, services: false };
    return { ...(served && { served: this.#served }), ...(services && { services: [...this.#services] }) };
  }
}
