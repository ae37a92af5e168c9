/**
 * What becomes of actors when the clock was hours ahead and has been set right: while the service was there, or while it was not.
 *
 * Engines are told, and go by their schedules from the present time on; none in the middle of a run, which would be cut off by it: it
 * hears once the run has ended or waits. Of all others what they wait for is as far away as it was: a breaker's probe, the next try of a
 * refresh, a reminder. Heartbeats follow the runs.
 */
import type { Cancel, Clock } from '../clock.ts';
import type { Upset } from '../policies/clock-upset.ts';
import type { EngineContext } from '../policies/engine.ts';
import { correctionMsMin, lastKnownAt, waitsPast } from '../policies/set-right.ts';
import type { Address } from '../stream.ts';
import type { EmbeddedHost } from './embedded-host.ts';

/** A time server has answered by then. */
const patienceMs = 10 * 60_000;

/** Kinds whose waits are as long as they were to be, and when in their contexts that began which they wait for. */
const begunAt = [
  ['breaker', 'openedAt'],
  ['token', 'refreshingSince'],
  ['incident', 'since', 'toldAt'],
] as const;

export class SetRight {
  readonly #host: EmbeddedHost;
  readonly #clock: Clock;
  /** Who is to hear of it yet, and how far the clock was ahead. */
  readonly #toTell = new Map<Address, number>();
  readonly #waits = new Set<Cancel>();
  #unlisten = () => {};

  constructor(host: EmbeddedHost, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /**
   * Once the actors are back: nobody has seen what was done to the clock before. It may have been ahead, and be right now; or it may be
   * behind now, as that of a machine without a battery, which is right as soon as there is a network. That is waited for first.
   */
  start(): void {
    this.#unlisten = this.#host.inspect({ transition: ({ address }) => this.#tell(address) });
    let known = Number.NEGATIVE_INFINITY;
    for (const address of this.#all('engine')) known = Math.max(known, lastKnownAt(this.#contextOf(address)));
    if (this.#isAhead(known)) this.#after(patienceMs, () => this.#setBackFrom(known));
    // What was to ring may have been in the memory of the service before.
    for (const [kind, ...names] of begunAt) {
      for (const address of this.#all(kind)) {
        const context = this.#contextOf(address) as unknown as Record<string, number>;
        const began = Math.max(...names.map((name) => context[name] ?? 0));
        if (this.#isAhead(began))
          this.#after(patienceMs, () => this.#isAhead(began) && this.#keepLengths(address, began));
      }
    }
  }

  clockSet({ from }: Upset): void {
    this.#setBackFrom(from);
  }

  stop(): void {
    for (const cancel of this.#waits) cancel();
    this.#unlisten();
  }

  /** @param from what the wrong clock has shown last, epoch ms */
  #setBackFrom(from: number): void {
    if (!this.#isAhead(from)) return;
    const ms = from - this.#clock.now();
    for (const address of this.#all('engine')) {
      if (this.#isRunning(address)) this.#keepLengths(address, from);
      this.#toTell.set(address, ms);
      this.#tell(address);
    }
    for (const [kind] of begunAt) for (const address of this.#all(kind)) this.#keepLengths(address, from);
    // One that was obtained meanwhile is over as early as it was to be.
    for (const address of this.#all('token')) this.#send(address, { setBackMs: ms });
    for (const address of this.#all('quota')) {
      for (const { dueAt } of this.#timersOf(address)) this.#after(dueAt - from, () => this.#giveRoom(address));
      // What was spent counts no longer than what is spent now.
      this.#send(address, {});
    }
  }

  #isAhead(at: number): boolean {
    return Number.isFinite(at) && at - this.#clock.now() >= correctionMsMin;
  }

  #tell(address: Address): void {
    const setBackMs = this.#toTell.get(address);
    if (setBackMs === undefined || this.#isRunning(address) || this.#host.standOf(address).halted) return;
    this.#toTell.delete(address);
    const [context, now] = [this.#contextOf(address), this.#clock.now()];
    if (waitsPast(context, now) || lastKnownAt(context) > now) this.#send(address, { setBackMs });
  }

  /** What is to ring rings when it would have rung, unless it is not waited for any more. */
  #keepLengths(address: Address, from: number): void {
    for (const { id, ticket, dueAt } of this.#timersOf(address))
      this.#after(dueAt - from, () => this.#host.ring(address, id, ticket));
  }

  /** A quota that waits still, for an instant that only the wrong clock has made one: what it knows is worth nothing. */
  #giveRoom(address: Address): void {
    const waitsPast = this.#timersOf(address).some(({ dueAt }) => dueAt - this.#clock.now() >= correctionMsMin);
    if (waitsPast) this.#host.send(address, { type: 'quota.reset' }).catch(() => {});
  }

  #send(address: Address, facts: object): void {
    const { settings } = this.#contextOf(address);
    // With a store that takes nothing, it is taken later: nothing else is waited for here. Who was given up hears of nothing.
    this.#host.send(address, { type: 'settings.changed', settings, ...facts } as never).catch(() => {});
  }

  #after(ms: number, work: () => void): void {
    const cancel = this.#clock.after(Math.max(ms, 0), () => {
      this.#waits.delete(cancel);
      work();
    });
    this.#waits.add(cancel);
  }

  #all(kind: string): Address[] {
    return this.#host.addresses().filter((address) => address.startsWith(`${kind}/`));
  }

  #timersOf(address: Address) {
    return Object.entries(this.#host.standOf(address).stand.timers).map(([id, timer]) => ({ id, ...timer }));
  }

  #isRunning(address: Address): boolean {
    return this.#host.standOf(address).stand.value === 'running';
  }

  #contextOf(address: Address): EngineContext {
    return this.#host.standOf(address).stand.context as unknown as EngineContext;
  }
}
