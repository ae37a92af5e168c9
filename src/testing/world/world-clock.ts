/**
 * The time of a simulated world: it stands still until it is told to go on.
 *
 * Three clocks run here. The true time is that of the world outside, in which services work and people act. A process has a wall
 * clock, which somebody may set wrong, and a monotonic clock, which stands still while the machine sleeps. As with Node's own
 * timers, who waits for an instant looks at the wall clock at least every 30 s, and so finds out that it was set.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Cancel, Clock } from '../../clock.ts';

interface Alarm {
  /** By the monotonic clock. */
  at: number;
  order: number;
  /** The instant on the wall clock that is waited for, and when the wait began; absent for a length of time. */
  wall?: { instant: number; since: number };
  /** The instant of true time that is waited for; absent for what a process waits for. */
  outside?: number;
  callback: () => void;
  /** Whether the process is there that waits for it; absent for the world outside. */
  isAwaited?: () => boolean;
  isOver: boolean;
}

const wallCheckMs = 30_000;

export class WorldClock {
  #monotonic = 0;
  /** What the wall clock is ahead of the monotonic one. */
  #ahead: number;
  /** What the true time is ahead of the monotonic one. */
  #slept: number;
  #order = 0;
  #twice = false;
  readonly #heap: Alarm[] = [];

  /** @param start epoch ms */
  constructor(start: number) {
    this.#ahead = start;
    this.#slept = start;
  }

  /** True time, epoch ms. */
  get trueNow(): number {
    return this.#monotonic + this.#slept;
  }

  /** What a process sees on the wall, epoch ms. */
  get wallNow(): number {
    return this.#monotonic + this.#ahead;
  }

  get monotonicNow(): number {
    return this.#monotonic;
  }

  /** The clock of a process: what it waits for never comes once `isAlive` says no. */
  forProcess(isAlive: () => boolean): Clock {
    const ring = (callback: () => void) => {
      // As with Node's timers, what rings is still part of what set it.
      const within = new AsyncResource('WorldAlarm');
      return () => {
        if (!isAlive()) return;
        within.runInAsyncScope(callback);
        if (!this.#twice) return;
        this.#twice = false;
        within.runInAsyncScope(callback);
      };
    };
    return {
      now: () => this.wallNow,
      monotonic: () => this.#monotonic,
      sinceBoot: () => this.trueNow,
      at: (instant, callback) =>
        this.#set(instant - this.#ahead, ring(callback), {
          wall: { instant, since: this.#monotonic },
          isAwaited: isAlive,
        }),
      after: (ms, callback) => this.#set(this.#monotonic + ms, ring(callback), { isAwaited: isAlive }),
    };
  }

  /**
   * Calls back at an instant of true time, epoch ms: for the world outside, which goes on while the machine sleeps.
   *
   * What came in such a sleep is made up for at its end, before anybody wakes up, and is told when it was.
   */
  atTrue(instant: number, callback: (at: number) => void): Cancel {
    const whole = Math.ceil(Math.max(instant, this.trueNow));
    return this.#set(whole - this.#slept, () => callback(whole), { outside: whole });
  }

  /** When something rings next, by true time, epoch ms; undefined when nothing will. */
  get next(): number | undefined {
    this.#dropOver();
    const [first] = this.#heap;
    return first && Math.max(first.at, this.#monotonic) + this.#slept;
  }

  /** Goes on to what rings next and rings it. */
  ring(): void {
    this.#dropOver();
    const alarm = this.#take();
    if (!alarm) return;
    this.#monotonic = Math.max(this.#monotonic, alarm.at);
    alarm.isOver = true;
    if (alarm.wall && this.wallNow < alarm.wall.instant) {
      // It was woken to look at the wall, where it is not time yet.
      const { callback, isAwaited } = alarm;
      const wall = { ...alarm.wall, since: this.#monotonic };
      this.#set(wall.instant - this.#ahead, callback, { wall, ...(isAwaited && { isAwaited }) });
      return;
    }
    alarm.callback();
  }

  /** Goes on without ringing anything. @param instant true time, epoch ms */
  goTo(instant: number): void {
    this.#monotonic = Math.max(this.#monotonic, instant - this.#slept);
  }

  /** Lets go of what dead processes waited for, which may be months away. */
  sweep(): void {
    const all = this.#heap.splice(0);
    for (const alarm of all) if (!alarm.isOver && (alarm.isAwaited?.() ?? true)) this.#put(alarm);
  }

  /** The next timer of a process rings twice. */
  ringTwice(): void {
    this.#twice = true;
  }

  /** Somebody sets the wall clock, by so many milliseconds. */
  setWall(byMs: number): void {
    this.#ahead += byMs;
    this.#lookAgain();
  }

  /** The machine sleeps: true time and the wall clock go on, the monotonic clock does not. */
  sleep(ms: number): void {
    this.#ahead += ms;
    this.#slept += ms;
    this.#lookAgain();
  }

  /** Who waits for an instant finds out at its next look; the world outside has not waited. */
  #lookAgain(): void {
    for (const alarm of this.#heap) {
      if (alarm.outside !== undefined) alarm.at = alarm.outside - this.#slept;
      if (!alarm.wall) continue;
      const { instant, since } = alarm.wall;
      const nextLook = since + Math.ceil((this.#monotonic - since + 1) / wallCheckMs) * wallCheckMs;
      alarm.at = Math.max(instant - this.#ahead, Math.min(alarm.at, nextLook), this.#monotonic);
    }
    const all = this.#heap.splice(0);
    for (const alarm of all) this.#put(alarm);
  }

  #set(at: number, callback: () => void, what: Pick<Alarm, 'wall' | 'outside' | 'isAwaited'> = {}): Cancel {
    this.#order += 1;
    const alarm: Alarm = {
      // As with Node's timers and its clock, there are no parts of a millisecond.
      at: Math.ceil(Math.max(at, this.#monotonic)),
      order: this.#order,
      callback,
      isOver: false,
      ...what,
    };
    this.#put(alarm);
    return () => {
      alarm.isOver = true;
    };
  }

  #dropOver(): void {
    while (this.#heap[0]?.isOver) this.#take();
  }

  #put(alarm: Alarm): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(alarm);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Alarm;
      if (!comesBefore(alarm, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = alarm;
  }

  #take(): Alarm | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesBefore(heap[child + 1] as Alarm, heap[child] as Alarm)) child += 1;
      if (!comesBefore(heap[child] as Alarm, last)) break;
      heap[place] = heap[child] as Alarm;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function comesBefore(one: Alarm, other: Alarm): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
