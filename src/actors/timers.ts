/**
 * Timers: one alarm for all actors, set to the earliest of their deadlines on disk.
 *
 * What rings long after its time was not watched by anybody: the machine slept, the store took nothing. It is treated as what ran out
 * before a start, and fires in turn, so that an awakening is no thundering herd either.
 */
import type { Cancel, Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import { Backlog } from './backlog.ts';
import { currentEffect } from './current-effect.ts';
import { Deadlines } from './deadlines.ts';
import type { LiveActor } from './live-actor.ts';

export interface TimerPorts {
  clock: Clock;
  random: Random;
  /** Whether anything new may begin: with a store that takes no writes, nothing may. */
  mayFire: () => boolean;
  /** The actor has a timer that is due. */
  fire: (actor: LiveActor) => void;
  /** What is waited for before anything late fires; undefined for nothing. Default: nothing. */
  comeBack?: () => Promise<void> | undefined;
}

const lateMs = 10_000;

export class Timers {
  readonly #ports: TimerPorts;
  readonly #deadlines = new Deadlines<LiveActor>();
  readonly #backlog: Backlog;
  #cancel: Cancel | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #stopped = false;
  /** Somebody is waited for before the backlog goes on. */
  #isComingBack = false;

  constructor(ports: TimerPorts) {
    this.#ports = ports;
    this.#backlog = new Backlog(ports.clock, ports.random, ports.fire);
  }

  /** Sets the actor's earliest deadline, or takes it out when it has none. */
  arm(actor: LiveActor): void {
    this.#deadlines.set(actor, this.#backlog.has(actor) ? undefined : actor.dueAt);
    this.resume();
  }

  /** What ran out before `since` (epoch ms), while nobody was there, waits for its turn. */
  recover(actor: LiveActor, since: number): void {
    const { dueAt } = actor;
    if (dueAt === undefined || dueAt >= since) return;
    this.#deadlines.set(actor, undefined);
    this.#backlog.add(actor, actor.importance, dueAt);
  }

  /** Whether a timer of the actor has run out and waits for its turn. */
  isLate(actor: LiveActor): boolean {
    return this.#backlog.has(actor);
  }

  /** Lets what has been recovered fire, a few at a time. */
  start(): void {
    if (this.#stopped || this.#isComingBack || this.#backlog.size === 0) return;
    const back = this.#ports.comeBack?.();
    if (back) void this.#startAfter(back);
    else this.#backlog.start();
  }

  /** Looks at the clock on the wall at once: it may have gone on without anybody there. */
  lookAgain(): void {
    this.#cancel?.();
    this.#alarmAt = Number.POSITIVE_INFINITY;
    this.resume();
  }

  /** Sets the alarm, unless nothing may fire. */
  resume(): void {
    const next = this.#deadlines.next;
    if (next === undefined || next >= this.#alarmAt || this.#stopped || !this.#ports.mayFire()) return;
    this.#cancel?.();
    this.#alarmAt = next;
    this.#cancel = currentEffect.exit(() => this.#ports.clock.at(next, () => this.#ring()));
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#backlog.stop();
  }

  async #startAfter(back: Promise<void>): Promise<void> {
    this.#isComingBack = true;
    await back;
    this.#isComingBack = false;
    if (!this.#stopped) this.#backlog.start();
  }

  #ring(): void {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const { clock, mayFire, fire } = this.#ports;
    if (!mayFire()) return;
    const now = clock.now();
    const due: LiveActor[] = [];
    for (let actor = this.#deadlines.take(now); actor; actor = this.#deadlines.take(now)) due.push(actor);
    // Each once: whoever is due again is so at the next alarm, and the loop turns in between.
    for (const actor of due) {
      this.recover(actor, now - lateMs);
      if (!this.isLate(actor)) fire(actor);
    }
    if (due.some((actor) => this.isLate(actor))) this.start();
    this.resume();
  }
}
