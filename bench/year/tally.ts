/**
 * Counts what happens in a world, for the table.
 */
import type { Invariant, WorldEvent } from '../../src/testing/invariants/invariant.ts';
import type { Weather } from './weather.ts';

export interface Counts {
  calls: number;
  /** Calls to a service while it, or the line to it, was down. */
  wasted: number;
  /** Calls past a quota. */
  violations: number;
  /** Messages to a person, by their kind: `opened`, `reminder`, `resolved`. */
  alerts: Record<string, number>;
  /** What a person put right. */
  fixes: Record<string, number>;
  /** Troubles that only a person can mend, from when the program could know of them until a person was told, in milliseconds. */
  announcedAfterMs: number[];
}

export class Tally {
  readonly counts: Counts = {
    calls: 0,
    wasted: 0,
    violations: 0,
    alerts: {},
    fixes: {},
    announcedAfterMs: [],
  };
  readonly #weather: Weather;
  /** By the cause that an alert will name: since when the program could know. */
  readonly #known = new Map<string, number>();

  constructor(weather: Weather) {
    this.#weather = weather;
  }

  /** Something was put right, by its kind, as in `lock`. */
  fixed(what: string): void {
    this.counts.fixes[what] = (this.counts.fixes[what] ?? 0) + 1;
  }

  /** For a world to tell it of everything. */
  readonly watching: Invariant = {
    name: 'tally',
    watch: () => ({ seen: (event) => this.#seen(event) }),
  };

  #seen(event: WorldEvent): void {
    const { counts } = this;
    switch (event.type) {
      case 'call.sent': {
        const { service } = event.request;
        if (service.startsWith('alert-')) return;
        counts.calls += 1;
        if (this.#weather.isOut(service, event.at)) counts.wasted += 1;
        return;
      }
      case 'call.ended': {
        const { request, status } = event.exchange;
        const token = /^token server https:\/\/login\.(\w+)\./.exec(request.service)?.[1];
        if (token !== undefined && status === 400) this.#couldKnow(`token:${token}`, event.at);
        return;
      }
      case 'offence':
        if (event.offence === 'past quota') counts.violations += 1;
        return;
      case 'fault':
        if (event.injection.fault.kind === 'disk') this.#couldKnow('store', event.at);
        return;
      case 'alert':
        counts.alerts[event.kind] = (counts.alerts[event.kind] ?? 0) + 1;
        this.#told(event.cause, event.at);
        return;
      case 'person':
        this.#known.delete(event.cause);
        this.fixed(event.cause.split(':')[0] ?? '');
        return;
    }
  }

  #couldKnow(cause: string, at: number): void {
    if (!this.#known.has(cause)) this.#known.set(cause, at);
  }

  #told(cause: string, at: number): void {
    const since = this.#known.get(cause);
    if (since === undefined || since === Number.POSITIVE_INFINITY) return;
    this.counts.announcedAfterMs.push(at - since);
    // Told once: reminders tell nothing new.
    this.#known.set(cause, Number.POSITIVE_INFINITY);
  }
}
