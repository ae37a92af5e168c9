/**
 * Time inside of a world: `Date`, timers and immediates are those of the life that asks.
 */
import { AsyncResource } from 'node:async_hooks';
import perfHooks from 'node:perf_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import type { Cancel, Clock } from '../../clock.ts';
import { type Life, presentLife } from './life.ts';
import { refused } from './refusal.ts';
import { type AnyFunction, guarded, inside, insideRead, replace } from './replacing.ts';

export function installTime(): void {
  installDate();
  installClocks();
  installTimers();
  installWaits();
}

function installDate(): void {
  const RealDate = Date;
  const WorldDate = function (this: unknown, ...args: unknown[]) {
    if (!new.target) return new WorldDate().toString();
    const life = presentLife();
    const given = args.length > 0 || !life ? args : [life.clock.now()];
    return Reflect.construct(RealDate, given, new.target === WorldDate ? RealDate : new.target);
  } as unknown as DateConstructor;
  Object.defineProperties(WorldDate, {
    ...Object.getOwnPropertyDescriptors(RealDate),
    now: {
      configurable: true,
      writable: true,
      value: () => {
        const life = presentLife();
        return life ? life.clock.now() : RealDate.now();
      },
    },
  });
  replace(globalThis as never, 'Date', WorldDate);
  replace(RealDate.prototype as never, 'constructor', WorldDate);
  const { prototype } = Intl.DateTimeFormat;
  insideRead(prototype, 'format', (life, format) => (date: unknown) => {
    return (format() as AnyFunction)(date === undefined ? life.clock.now() : date);
  });
  inside(prototype, 'formatToParts', (life, original, date) => original(date === undefined ? life.clock.now() : date));
  installTemporal();
}

/** Where this Node has it: whatever says what time it is comes down to the instant. */
function installTemporal(): void {
  const { Temporal } = globalThis as unknown as { Temporal?: AnyTemporal };
  if (!Temporal) return;
  const { Now, Instant } = Temporal;
  const zoned = (life: Life, zone: unknown = Now.timeZoneId()) =>
    Instant.fromEpochMilliseconds(life.clock.now()).toZonedDateTimeISO(zone);
  inside(Now, 'instant', (life) => Instant.fromEpochMilliseconds(life.clock.now()));
  inside(Now, 'zonedDateTimeISO', (life, _, zone) => zoned(life, zone));
  inside(Now, 'plainDateTimeISO', (life, _, zone) => zoned(life, zone).toPlainDateTime());
  inside(Now, 'plainDateISO', (life, _, zone) => zoned(life, zone).toPlainDate());
  inside(Now, 'plainTimeISO', (life, _, zone) => zoned(life, zone).toPlainTime());
}

type Zoned = Record<'toPlainDateTime' | 'toPlainDate' | 'toPlainTime', () => unknown>;

interface AnyTemporal {
  Now: { timeZoneId(): string };
  Instant: { fromEpochMilliseconds(at: number): { toZonedDateTimeISO(zone: unknown): Zoned } };
}

function installClocks(): void {
  const prototype = Object.getPrototypeOf(perfHooks.performance);
  inside(prototype, 'now', ({ clock }) => clock.monotonic());
  insideRead(prototype, 'timeOrigin', ({ clock }) => clock.now() - clock.monotonic());
  inside(process.hrtime, 'bigint', ({ clock }) => nanoseconds(clock));
  inside(process, 'hrtime', ({ clock }, _, since) => {
    const [seconds, rest] = (since ?? [0, 0]) as [number, number];
    const passed = nanoseconds(clock) - BigInt(seconds) * 1_000_000_000n - BigInt(rest);
    return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)];
  });
  inside(process, 'uptime', ({ clock }) => clock.monotonic() / 1e3);
}

function nanoseconds({ monotonic }: Clock): bigint {
  return BigInt(Math.round(monotonic() * 1e6));
}

/** What waits with the processor's own means, or looks at its real time. */
function installWaits(): void {
  const real: [owner: object, where: string, names: string[]][] = [
    [Atomics, 'Atomics', ['wait', 'waitAsync']],
    [
      Object.getPrototypeOf(perfHooks.performance),
      'performance',
      ['mark', 'measure', 'timerify', 'eventLoopUtilization'],
    ],
    [perfHooks, 'node:perf_hooks', ['timerify', 'monitorEventLoopDelay', 'eventLoopUtilization']],
  ];
  for (const [owner, where, names] of real) {
    for (const name of names) {
      if (!(name in owner)) continue;
      guarded(owner, name, (life) => {
        throw refused(life, `${where}.${name}`, 'REAL_TIME');
      });
    }
  }
}

function installTimers(): void {
  for (const owner of [globalThis, timers]) {
    inside(owner, 'setTimeout', (life, _, callback, ms, ...args) => new WorldTimer(life, callback, ms, args, false));
    inside(owner, 'setInterval', (life, _, callback, ms, ...args) => new WorldTimer(life, callback, ms, args, true));
    inside(owner, 'setImmediate', (life, _, callback, ...args) => new WorldImmediate(life, callback, args));
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
      inside(owner, name, (_, original, timer) => (timer instanceof Waiting ? timer.close() : original(timer)));
    }
  }
  inside(timersPromises, 'setTimeout', (life, _, ms, value, options) => sleep(life, ms, value, options));
  inside(timersPromises, 'setImmediate', (life, _, value, options) => sleep(life, 0, value, options));
  inside(timersPromises, 'setInterval', (life, _, ms, value, options) => ticks(life, ms, value, options));
  inside(timersPromises.scheduler, 'yield', (life) => new Promise((resolve) => new WorldImmediate(life, resolve, [])));
  inside(timersPromises.scheduler, 'wait', (life, _, ms, options) => sleep(life, ms, undefined, options));
  inside(AbortSignal, 'timeout', (life, _, ms) => {
    const over = new AbortController();
    const late = () => over.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    life.clock.after(Number(ms), late);
    return over.signal;
  });
}

/** What is waited for inside: as Node's own, but that nothing holds the process. */
abstract class Waiting {
  abstract close(): void;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What `setTimeout` and `setInterval` give back inside. */
class WorldTimer extends Waiting {
  readonly #begin: () => void;
  #cancel: Cancel = () => {};

  constructor(life: Life, callback: unknown, ms: unknown, args: unknown[], again: boolean) {
    super();
    const wait = Math.max(1, Number(ms) || 1);
    this.#begin = () => {
      this.#cancel = life.clock.after(wait, ring);
    };
    const ring = () => {
      if (again) this.#begin();
      (callback as AnyFunction)(...args);
    };
    this.#begin();
  }

  /** Begins to wait anew. */
  refresh(): this {
    this.close();
    this.#begin();
    return this;
  }

  close(): void {
    this.#cancel();
  }
}

/** What `setImmediate` gives back inside: it takes no time, and its turn comes once everything else has come to rest. */
class WorldImmediate extends Waiting {
  readonly #life: Life;
  readonly #ring: () => void;

  constructor(life: Life, callback: unknown, args: unknown[]) {
    super();
    const within = new AsyncResource('WorldImmediate');
    this.#life = life;
    this.#ring = () => within.runInAsyncScope(callback as AnyFunction, undefined, ...args);
    life.immediates.add(this.#ring);
  }

  close(): void {
    this.#life.immediates.delete(this.#ring);
  }
}

function sleep(life: Life, ms: unknown, value: unknown, options: unknown): Promise<unknown> {
  const { signal } = (options ?? {}) as { signal?: AbortSignal };
  return new Promise((resolve, reject) => {
    const give = () => {
      cancel();
      reject(Object.assign(new DOMException('The operation was aborted', 'AbortError'), { cause: signal?.reason }));
    };
    const cancel = life.clock.after(Math.max(1, Number(ms) || 1), () => {
      signal?.removeEventListener('abort', give);
      resolve(value);
    });
    if (signal?.aborted) give();
    else signal?.addEventListener('abort', give, { once: true });
  });
}

async function* ticks(life: Life, ms: unknown, value: unknown, options: unknown): AsyncGenerator<unknown> {
  for (;;) yield await sleep(life, ms, value, options);
}
