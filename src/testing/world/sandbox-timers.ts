/**
 * Timers and immediates inside of a world: they are those of the life that asks.
 */
import { AsyncResource } from 'node:async_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import type { Cancel } from '../../clock.ts';
import type { Life } from './life.ts';
import { type AnyFunction, inside } from './replacing.ts';

export function installTimers(): void {
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
