/**
 * Time inside of a world: `Date`, timers and immediates are those of the life that asks.
 */
import { AsyncResource } from 'node:async_hooks';
import perfHooks from 'node:perf_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import type { Cancel } from '../../clock.ts';
import { type Life, presentLife } from './life.ts';
import { type AnyFunction, inside, replace } from './replacing.ts';

export function installTime(): void {
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

  const { performance } = perfHooks;
  inside(performance, 'now', ({ clock }) => clock.monotonic());
  inside(process, 'hrtime', ({ clock }) => [Math.floor(clock.monotonic() / 1e3), (clock.monotonic() % 1e3) * 1e6]);
  inside(process, 'uptime', ({ clock }) => clock.monotonic() / 1e3);

  for (const owner of [globalThis, timers]) {
    inside(owner, 'setTimeout', (life, _, callback, ms, ...args) => new WorldTimer(life, callback, ms, args, false));
    inside(owner, 'setInterval', (life, _, callback, ms, ...args) => new WorldTimer(life, callback, ms, args, true));
    inside(owner, 'setImmediate', (life, _, callback, ...args) => new WorldImmediate(life, callback, args));
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
      inside(owner, name, (_, original, timer) => (isOfWorld(timer) ? timer.close() : original(timer)));
    }
  }
  inside(timersPromises, 'setTimeout', (life, _, ms, value, options) => sleep(life, ms, value, options));
  inside(timersPromises, 'setImmediate', (life, _, value, options) => sleep(life, 0, value, options));
  inside(timersPromises, 'setInterval', (life, _, ms, value, options) => ticks(life, ms, value, options));
  inside(timersPromises.scheduler, 'wait', (life, _, ms, options) => sleep(life, ms, undefined, options));
  inside(AbortSignal, 'timeout', (life, _, ms) => {
    const over = new AbortController();
    const late = () => over.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    life.clock.after(Number(ms), late);
    return over.signal;
  });
}

/** What `setTimeout` and `setInterval` give back inside. */
class WorldTimer {
  #cancel: Cancel;

  constructor(life: Life, callback: unknown, ms: unknown, args: unknown[], again: boolean) {
    const wait = Math.max(1, Number(ms) || 1);
    const ring = () => {
      if (again) this.#cancel = life.clock.after(wait, ring);
      (callback as AnyFunction)(...args);
    };
    this.#cancel = life.clock.after(wait, ring);
  }

  close(): void {
    this.#cancel();
  }

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

/** What `setImmediate` gives back inside: it takes no time, and its turn comes once everything else has come to rest. */
class WorldImmediate {
  readonly #life: Life;
  readonly #ring: () => void;

  constructor(life: Life, callback: unknown, args: unknown[]) {
    const within = new AsyncResource('WorldImmediate');
    this.#life = life;
    this.#ring = () => within.runInAsyncScope(callback as AnyFunction, undefined, ...args);
    life.immediates.add(this.#ring);
  }

  close(): void {
    this.#life.immediates.delete(this.#ring);
  }

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

function isOfWorld(timer: unknown): timer is WorldTimer | WorldImmediate {
  return timer instanceof WorldTimer || timer instanceof WorldImmediate;
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
