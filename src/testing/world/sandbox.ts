/**
 * The sandbox: inside of a simulated world, time, chance and the network are the world's, and anything else that reaches outside
 * of the process fails loudly.
 *
 * Whether code is inside is told by its asynchronous context, so a test runner and everything else in the same process go on as
 * they are. What is replaced is looked up at each call; a function that a module took out of a global before the first world was
 * opened is out of reach.
 */
import childProcess from 'node:child_process';
import nodeCrypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import dnsPromises from 'node:dns/promises';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import perfHooks from 'node:perf_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import tls from 'node:tls';
import workers from 'node:worker_threads';
import type { Cancel } from '../../clock.ts';
import { type Life, never, presentLife } from './life.ts';
import { SimulationError } from './simulation-error.ts';

/** The real ones, for whoever drives a world from outside. */
export const realImmediate = globalThis.setImmediate;

type Anything = Record<PropertyKey, unknown>;
type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

let users = 0;
let putBack: (() => void)[] = [];

/** Puts the sandbox up, for one more world. Returns a function that takes it down, once the last world has done so. */
export function enterSandbox(): () => void {
  users += 1;
  if (users === 1) install();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    users -= 1;
    if (users > 0) return;
    for (const undo of putBack.splice(0).reverse()) undo();
    syncBuiltinESMExports();
  };
}

function install(): void {
  putBack = [];
  installTime();
  installChance();
  inside(globalThis, 'fetch', (life, _, input, init) => life.fetch(input as never, init as never));
  for (const [name, module] of Object.entries(outside)) forbid(name, module);
  syncBuiltinESMExports();
}

/** Replaces a function: inside by what is given, outside by itself. */
function inside(
  owner: object,
  name: string,
  replacement: (life: Life, original: AnyFunction, ...args: unknown[]) => unknown,
): void {
  const holder = owner as Anything;
  const original = holder[name] as AnyFunction;
  const replaced = function (this: unknown, ...args: unknown[]) {
    const life = presentLife();
    return life ? replacement(life, original.bind(this), ...args) : original.apply(this, args);
  };
  replace(holder, name, Object.defineProperties(replaced, Object.getOwnPropertyDescriptors(original)));
}

function replace(holder: Anything, name: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  // Node keeps a few for itself, each of which is there under another name as well.
  if (before?.configurable === false) return;
  Object.defineProperty(holder, name, {
    configurable: true,
    enumerable: before?.enumerable ?? true,
    writable: true,
    value,
  });
  putBack.push(() => {
    if (before) Object.defineProperty(holder, name, before);
    else delete holder[name];
  });
}

function installTime(): void {
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
    inside(owner, 'setImmediate', (life, original, callback, ...args) => immediate(life, original, callback, args));
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
      inside(owner, name, (_, original, timer) => (timer instanceof WorldTimer ? timer.close() : original(timer)));
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

/** An immediate takes no time: the world waits for it before it goes on. */
function immediate(life: Life, original: AnyFunction, callback: unknown, args: unknown[]): unknown {
  if (!life.alive) return undefined;
  life.immediates += 1;
  return original(() => {
    life.immediates -= 1;
    if (life.alive) (callback as AnyFunction)(...args);
  });
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

function installChance(): void {
  inside(Math, 'random', ({ random }) => random());
  const bytes = (life: Life, size: number) =>
    Buffer.from(Array.from({ length: size }, () => Math.floor(life.random() * 256)));
  const fill = (life: Life, array: ArrayBufferView) => {
    const { buffer, byteOffset, byteLength } = array;
    new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).set(bytes(life, byteLength));
    return array;
  };
  const uuid = (life: Life) => {
    const raw = bytes(life, 16);
    raw[6] = (raw.readUInt8(6) & 0x0f) | 0x40;
    raw[8] = (raw.readUInt8(8) & 0x3f) | 0x80;
    return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
  for (const owner of [nodeCrypto, globalThis.crypto]) {
    inside(owner, 'randomUUID', uuid);
    inside(owner, 'getRandomValues', (life, _, array) => fill(life, array as never));
  }
  inside(nodeCrypto, 'randomFillSync', (life, _, array) => fill(life, array as never));
  inside(nodeCrypto, 'randomBytes', (life, _, size, callback) => {
    const made = bytes(life, Number(size));
    if (typeof callback !== 'function') return made;
    queueMicrotask(() => callback(null, made));
    return undefined;
  });
  inside(nodeCrypto, 'randomInt', (life, _, ...args) => {
    const [min, max] = typeof args[1] === 'number' ? (args as number[]) : [0, args[0] as number];
    return (min ?? 0) + Math.floor(life.random() * ((max ?? 0) - (min ?? 0)));
  });
}

/** What reaches outside of the process, by module. */
const outside: Record<string, object> = {
  'node:fs': fs,
  'node:fs/promises': fsPromises,
  'node:child_process': childProcess,
  'node:dgram': dgram,
  'node:dns': dns,
  'node:dns/promises': dnsPromises,
  'node:http': http,
  'node:http2': http2,
  'node:https': https,
  'node:net': net,
  'node:tls': tls,
  'node:worker_threads': workers,
};

/** Functions of those modules that reach nowhere. */
const harmless = new Set([
  ...['isIP', 'isIPv4', 'isIPv6', 'validateHeaderName', 'validateHeaderValue', 'isMainThread', 'checkServerIdentity'],
  ...['getDefaultSettings', 'getPackedSettings', 'getUnpackedSettings', 'getCiphers', 'createSecureContext'],
  ...['_toUnixTimestamp', 'toUnixTimestamp', 'structuredClone', 'markAsUntransferable', 'isMarkedAsUntransferable'],
]);

function forbid(module: string, owner: object): void {
  for (const [name, value] of Object.entries(owner)) {
    const isClass = /^[A-Z]/.test(name);
    if (typeof value !== 'function' || harmless.has(name) || isClass) continue;
    inside(owner, name, (life, original, ...args) => {
      // Whoever imports a module inside of a run has Node read it.
      if (isLoading()) return original(...args);
      throw refused(life, `${module}.${name}`);
    });
  }
}

function isLoading(): boolean {
  return /node:internal\/modules\/(cjs|esm|package_json_reader|run_main)/.test(new Error('where').stack ?? '');
}

/** Code of a dead process is no news. */
function refused(life: Life, what: string): unknown {
  if (!life.alive) return never();
  const error = new SimulationError(
    'REAL_IO',
    `${what}: found a call of it in a simulated world, expected that everything outside goes through a service. Call it in service(…).call(…) of a service that the world answers for, or give the world a double of the step that does it.`,
  );
  life.refuse(error);
  return error;
}
